# SPDX-License-Identifier: Apache-2.0
"""Side by side with PyTorch: the same weights and batches give the same losses."""
from gpu_peer import DEVICE, GpuPeerTest
from pytorch_peer import Peer


class GpuParityProgramTest(GpuPeerTest):
    def test_twenty_steps_in_fp32_have_the_losses_of_pytorch(self):
        peer = Peer(self.text, device=DEVICE)
        ours = self.train_from(peer, 20, "--precision", "fp32")
        theirs = [peer.step(number) for number in range(20)]
        self.assertLess(theirs[-1], theirs[0] - 0.5, "the comparison is not about learning")
        for step, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            self.assertLess(abs(a / b - 1), 1e-5, f"step {step}: {a} and {b}")
