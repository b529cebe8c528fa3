# SPDX-License-Identifier: Apache-2.0
"""A trainer that was built for GPUs on a machine that has none."""
from lockstep import ProgramTest


class WithoutGpuProgramTest(ProgramTest):
    def run_tiny(self, *arguments, status=0):
        return self.run_program(
            "trainer", "--model", "tiny", "--tokenizer", "byte", "--lang", "en", "--data-file",
            self.sample(), "--max-steps", 3, *arguments, status=status, CUDA_VISIBLE_DEVICES="")

    def test_it_says_that_there_is_no_gpu(self):
        done = self.run_tiny("--device", "cuda", status=2)
        self.assertRegex(done.stderr, "^error: looking for a GPU: .*; use --device cpu")
        self.assertFalse((self.folder / "checkpoints").exists())

    def test_it_trains_on_the_cpu(self):
        self.assertIn("Root: ", self.run_tiny().stdout)
