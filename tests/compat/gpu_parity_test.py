# SPDX-License-Identifier: Apache-2.0
"""Side by side with PyTorch on the same GPU: the same weights and batches give the same losses."""
import os
import unittest

import numpy
import torch

from lockstep import ProgramTest
from pytorch_peer import BATCH, Peer, RATE, SEED, distance

# Both sides on a CPU show that the test itself works; bf16 is fp32 there.
DEVICE = os.environ.get("LOCKSTEP_TEST_DEVICE", "cuda")


class GpuParityProgramTest(ProgramTest):
    def setUp(self):
        super().setUp()
        torch.backends.cuda.matmul.allow_tf32 = False
        self.text = self.sample(20000)

    def train_from(self, peer, steps, *arguments):
        """The losses of the trainer from the peer's weights on."""
        peer.save(self.folder / "start.pt")
        self.run_program("trainer", "--checkpoint", "start.pt", "--tokenizer", "byte",
                         "--data-file", self.text, "--batch-size", BATCH, "--lanes", 1,
                         "--learning-rate", RATE, "--seed", SEED, "--max-steps", steps, "--epochs",
                         100, "--device", DEVICE, "--export", "none", "--metrics-file", "m.jsonl",
                         *arguments)
        return self.losses("m.jsonl")

    def test_twenty_steps_in_fp32_have_the_losses_of_pytorch(self):
        peer = Peer(self.text, device=DEVICE)
        ours = self.train_from(peer, 20, "--precision", "fp32")
        theirs = [peer.step(number) for number in range(20)]
        self.assertLess(theirs[-1], theirs[0] - 0.5, "the comparison is not about learning")
        for step, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            self.assertLess(abs(a / b - 1), 1e-5, f"step {step}: {a} and {b}")

    def test_bf16_is_as_near_to_fp32_as_that_of_pytorch_is(self):
        # The yardsticks: PyTorch's own two precisions, and a start one part in ten million away.
        bf16, fp32, nearby = (Peer(self.text, device=DEVICE, precision=precision)
                              for precision in (torch.bfloat16, torch.float32, torch.bfloat16))
        with torch.no_grad():
            for parameter in nearby.model.parameters():
                parameter.mul_(1 + 1e-7)
        precision = "bf16" if DEVICE == "cuda" else "fp32"
        ours = self.train_from(bf16, 300, "--precision", precision)
        bf16, fp32, nearby = ([peer.step(number) for number in range(300)]
                              for peer in (bf16, fp32, nearby))
        self.assertLess(numpy.mean(fp32[-50:]), 0.6 * fp32[0], "it is not about learning")
        noise = max(distance(bf16, fp32), distance(bf16, nearby))
        self.assertLess(distance(ours, fp32), 2 * noise, f"noise {noise}")


if __name__ == "__main__":
    unittest.main()
