# SPDX-License-Identifier: Apache-2.0
"""A trainer on a GPU whose memory does not suffice says what for, how much there is, and the remedy."""
from lockstep import ProgramTest

ACCOUNT = (r"the GPU has not enough memory \(Tried to allocate \d+ bytes\. GPU 0 has a total capacity of "
           r"\d+ bytes of which \d+ bytes is free\); ")


class LittleGpuMemoryProgramTest(ProgramTest):
    def expect_refusal(self, megabytes, sentence, *arguments):
        done = self.run_program(
            "trainer", "--model", "tiny", "--tokenizer", "byte", "--lang", "en", "--data-file",
            self.sample(3000), "--device", "cuda", "--max-steps", 2, *arguments, status=2,
            LOCKSTEP_EMULATED_GPU_BYTES=str(int(megabytes * 1e6)))
        self.assertRegex(done.stderr, f"error: {sentence}\n$")

    def test_for_the_model(self):
        self.expect_refusal(1.5, "moving the model and the optimizer's moments to the GPU: " + ACCOUNT +
                            "choose a smaller --model")

    def test_for_the_gradients(self):
        self.expect_refusal(2, "placing the gradients on the GPU: " + ACCOUNT +
                            "give fewer --lanes, or choose a smaller --model", "--lanes", 8, "--batch-size", 8)

    def test_for_the_gradients_of_a_run_that_was_to_replace_another(self):
        self.train("--output-dir", "old", "--data-file", self.sample(3000), "--max-steps", 2)
        before = sorted(str(path) for path in self.folder.rglob("*"))
        self.expect_refusal(2, "placing the gradients on the GPU: " + ACCOUNT +
                            "give fewer --lanes, or choose a smaller --model", "--lanes", 8, "--batch-size", 8,
                            "--output-dir", "old", "--overwrite")
        self.assertEqual(before, sorted(str(path) for path in self.folder.rglob("*")))

    def test_for_a_lane(self):
        self.expect_refusal(5, "computing a lane of 16 sequences: " + ACCOUNT +
                            "cut the batch into more --lanes, or give a smaller --batch-size",
                            "--batch-size", 16)
