# SPDX-License-Identifier: Apache-2.0
"""A run of the trainer, done again by PyTorch, on either device."""
import copy

import numpy
import torch

from python_gpt import Gpt
from sample_order import SampleOrder

CONFIG = {"vocab_size": 256, "n_layer": 2, "n_head": 2, "n_embd": 64, "block_size": 64,
          "dropout": 0.0, "bias": True}
RATE, SEED, BATCH = 1e-3, 1337, 8


class Peer:
    """The run of the trainer, done again by PyTorch."""

    def __init__(self, text, config=None, device="cpu", precision=torch.float32):
        self.device = device
        self.precision = precision
        tokens = numpy.frombuffer(text.read_bytes(), dtype=numpy.uint8).astype(numpy.int64)
        train = len(tokens) - int(len(tokens) * 0.2)
        self.tokens = torch.from_numpy(tokens)
        self.context = CONFIG["block_size"]
        self.order = SampleOrder(SEED, (train - self.context - 1) // self.context + 1)
        self.steps_per_epoch = -(-self.order.count // BATCH)
        torch.manual_seed(1)
        self.model = Gpt(config or CONFIG).to(device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=RATE, weight_decay=0.01)

    def step(self, number):
        """The loss of step `number` of the run, and its update."""
        epoch, first = divmod(number, self.steps_per_epoch)
        places = range(first * BATCH, min((first + 1) * BATCH, self.order.count))
        starts = [self.order.window(epoch, place) * self.context for place in places]
        windows = torch.stack([self.tokens[s:s + self.context + 1] for s in starts])
        self.optimizer.zero_grad()
        with torch.autocast(self.device, self.precision, enabled=self.precision != torch.float32):
            loss = self.model.loss(windows.to(self.device))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return loss.item()

    def save(self, file, **entries):
        model = copy.deepcopy(self.model).cpu()
        torch.save({"model": model.state_dict(), "model_config": model.config, **entries}, file)


def distance(one, other):
    """The largest relative difference of two curves, each the mean of 50 steps."""
    one, other = (numpy.mean(numpy.reshape(curve, (-1, 50)), axis=1) for curve in (one, other))
    return float(numpy.max(numpy.abs(one / other - 1)))
