# SPDX-License-Identifier: Apache-2.0
"""The GPT that our files say they are, in a few lines of PyTorch: the peer of the comparison."""
import torch
from torch import nn
from torch.nn import functional


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, positions = config["n_embd"], config["block_size"]
        self.heads = config["n_head"]
        self.c_attn = nn.Linear(width, 3 * width, bias=config["bias"])
        self.c_proj = nn.Linear(width, width, bias=config["bias"])
        mask = torch.tril(torch.ones(positions, positions)).view(1, 1, positions, positions)
        self.register_buffer("bias", mask)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = (part.view(B, T, self.heads, C // self.heads).transpose(1, 2)
                   for part in self.c_attn(x).split(C, dim=2))
        scores = (q @ k.transpose(-2, -1)) / (C // self.heads) ** 0.5
        scores = scores.masked_fill(self.bias[:, :, :T, :T] == 0, float("-inf"))
        mixed = functional.softmax(scores, dim=-1) @ v
        return self.c_proj(mixed.transpose(1, 2).reshape(B, T, C))


class Mlp(nn.Module):
    def __init__(self, config):
        super().__init__()
        width = config["n_embd"]
        self.c_fc = nn.Linear(width, 4 * width, bias=config["bias"])
        self.c_proj = nn.Linear(4 * width, width, bias=config["bias"])
        self.gelu = "tanh" if config.get("gelu") == "tanh" else "none"

    def forward(self, x):
        return self.c_proj(functional.gelu(self.c_fc(x), approximate=self.gelu))


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln_1 = nn.LayerNorm(config["n_embd"], bias=config["bias"])
        self.attn = Attention(config)
        self.ln_2 = nn.LayerNorm(config["n_embd"], bias=config["bias"])
        self.mlp = Mlp(config)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Gpt(nn.Module):
    """Dropout is left out: every comparison runs with dropout 0."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(config["vocab_size"], config["n_embd"]),
            "wpe": nn.Embedding(config["block_size"], config["n_embd"]),
            "h": nn.ModuleList(Block(config) for _ in range(config["n_layer"])),
            "ln_f": nn.LayerNorm(config["n_embd"], bias=config["bias"]),
        })
        self.lm_head = nn.Linear(config["n_embd"], config["vocab_size"], bias=False)
        self.lm_head.weight = self.transformer.wte.weight

    def logits(self, inputs):
        x = self.transformer.wte(inputs) + self.transformer.wpe(
            torch.arange(inputs.shape[1], device=inputs.device))
        for block in self.transformer.h:
            x = block(x)
        return self.lm_head(self.transformer.ln_f(x))

    def loss(self, tokens_BT1):
        """The mean cross-entropy of windows of T + 1 tokens."""
        inputs, targets = tokens_BT1[:, :-1], tokens_BT1[:, 1:]
        logits = self.logits(inputs)
        return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
