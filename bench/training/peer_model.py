# SPDX-License-Identifier: Apache-2.0
"""GPT-2 as a user of PyTorch writes it for speed: scaled_dot_product_attention, a tied head."""
import math

import torch
from torch import nn
from torch.nn import functional


class Attention(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.heads = shape.heads
        self.dropout = shape.dropout
        self.c_attn = nn.Linear(shape.width, 3 * shape.width)
        self.c_proj = nn.Linear(shape.width, shape.width)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = (part.view(B, T, self.heads, C // self.heads).transpose(1, 2)
                   for part in self.c_attn(x).split(C, dim=2))
        mixed = functional.scaled_dot_product_attention(
            q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=True)
        joined = self.c_proj(mixed.transpose(1, 2).reshape(B, T, C))
        return functional.dropout(joined, self.dropout, self.training)


class Mlp(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.dropout = shape.dropout
        self.c_fc = nn.Linear(shape.width, 4 * shape.width)
        self.c_proj = nn.Linear(4 * shape.width, shape.width)

    def forward(self, x):
        narrow = self.c_proj(functional.gelu(self.c_fc(x)))
        return functional.dropout(narrow, self.dropout, self.training)


class Block(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.ln_1 = nn.LayerNorm(shape.width, eps=1e-5)
        self.attn = Attention(shape)
        self.ln_2 = nn.LayerNorm(shape.width, eps=1e-5)
        self.mlp = Mlp(shape)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Gpt(nn.Module):
    """Called with inputs and targets [B, T], it returns their mean cross-entropy."""

    def __init__(self, shape, vocabulary):
        super().__init__()
        self.dropout = shape.dropout
        self.wte = nn.Embedding(vocabulary, shape.width)
        self.wpe = nn.Embedding(shape.positions, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.ln_f = nn.LayerNorm(shape.width, eps=1e-5)
        self.lm_head = nn.Linear(shape.width, vocabulary, bias=False)
        self.lm_head.weight = self.wte.weight
        self.initialize(shape.layers)

    @torch.no_grad()
    def initialize(self, layers):
        """As the trainer does, so that the losses of both sides can be compared."""
        for name, parameter in self.named_parameters():
            if parameter.dim() == 1:
                parameter.fill_(0.0 if name.endswith("bias") else 1.0)
                continue
            is_residual = name.endswith("c_proj.weight")
            parameter.normal_(0.0, 0.02 / math.sqrt(2 * layers) if is_residual else 0.02)

    def forward(self, inputs, targets):
        positions = torch.arange(inputs.shape[1], device=inputs.device)
        x = functional.dropout(self.wte(inputs) + self.wpe(positions), self.dropout, self.training)
        for block in self.blocks:
            x = block(x)
        logits = self.lm_head(self.ln_f(x))
        return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
