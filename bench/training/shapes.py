# SPDX-License-Identifier: Apache-2.0
"""The models that are measured, and what a token costs."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Shape:
    layers: int
    heads: int
    width: int
    positions: int
    vocabulary: int
    dropout: float

    def parameters(self):
        """Without the embedding of positions, which multiplies nothing. The head is the embedding
        of tokens, and counts once."""
        of_a_layer = 12 * self.width * self.width + 9 * self.width + 4 * self.width
        return self.vocabulary * self.width + self.layers * of_a_layer + 2 * self.width

    def configuration(self):
        """As the trainer's JSON names it."""
        return {"vocab_size": self.vocabulary, "n_layer": self.layers, "n_head": self.heads,
                "n_embd": self.width, "block_size": self.positions, "dropout": self.dropout}

    def padded_vocabulary(self):
        """The next multiple of 64, whose matrix products a GPU makes faster."""
        return -(-self.vocabulary // 64) * 64


# Of `tiny` the vocabulary is that of byte tokens. In `small`, what is around the matrix products
# costs about as much as they do.
SHAPES = {
    "gpt2-small": Shape(12, 12, 768, 512, 50257, 0.1),
    "small": Shape(4, 4, 128, 128, 2048, 0.1),
    "tiny": Shape(2, 2, 64, 64, 256, 0.0),
}

FORMULAS = {"mfu_6n": "6 N", "mfu_attention": "6 N + 12 L C T"}


def flops_per_token(shape):
    """By each formula: forward and backward pass are 6 operations for a parameter and token;
    attention is 12 more for each layer, element of the width and position."""
    of_parameters = 6 * shape.parameters()
    of_attention = 12 * shape.layers * shape.width * shape.positions
    return {"mfu_6n": of_parameters, "mfu_attention": of_parameters + of_attention}
