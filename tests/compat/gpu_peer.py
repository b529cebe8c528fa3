# SPDX-License-Identifier: Apache-2.0
"""A trainer on a GPU beside PyTorch on the same one. Where there is none PyTorch computes on the
processor, beside a trainer on an emulated GPU."""
import torch

from lockstep import ProgramTest
from pytorch_peer import BATCH, RATE, SEED

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class GpuPeerTest(ProgramTest):
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
                         100, "--device", "cuda", "--export", "none", "--metrics-file", "m.jsonl",
                         *arguments)
        return self.losses("m.jsonl")
