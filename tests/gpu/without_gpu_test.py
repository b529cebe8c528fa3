# SPDX-License-Identifier: Apache-2.0
"""A trainer that was built for GPUs on a machine that has none."""
from lockstep import BIN, ProgramTest

PRETENDED_GPU = BIN / "liblockstep_pretended_gpu.so"


class WithoutGpuProgramTest(ProgramTest):
    def run_tiny(self, *arguments, **how):
        return self.run_program(
            "trainer", "--model", "tiny", "--tokenizer", "byte", "--lang", "en", "--data-file",
            self.sample(), "--max-steps", 3, *arguments, CUDA_VISIBLE_DEVICES="", **how)

    def opening(self, capability):
        """What a trainer says of a GPU that is there, but not to be had."""
        return self.run_tiny("--device", "cuda", status=2,
                             before=["env", f"LD_PRELOAD={PRETENDED_GPU}",
                                     f"LOCKSTEP_PRETENDED_CAPABILITY={capability}"]).stderr

    def test_it_says_that_there_is_no_gpu(self):
        done = self.run_tiny("--device", "cuda", status=2)
        self.assertRegex(done.stderr, "^error: looking for a GPU: .*; use --device cpu")
        self.assertFalse((self.folder / "checkpoints").exists())

    def test_it_says_why_a_gpu_cannot_be_used(self):
        self.assertRegex(self.opening(9), "^error: opening GPU 0, a pretended GPU: .*busy or "
                         "unavailable; see in nvidia-smi whether other processes have it, ")
        self.assertRegex(self.opening(7), "^error: opening GPU 0: it is a pretended GPU of compute "
                         "capability 7.0, and this program needs 8.0 ")

    def test_it_trains_on_the_cpu(self):
        self.assertIn("Root: ", self.run_tiny().stdout)
