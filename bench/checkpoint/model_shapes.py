# SPDX-License-Identifier: Apache-2.0
"""Names and shapes of the parameters of a model, as the trainer lays them out."""

# Vocabulary, layers, width. Of `tiny` the vocabulary is that of byte tokens.
SIZES = {"tiny": (256, 2, 64), "gpt2-small": (50257, 12, 768)}
MODELS = list(SIZES)
ARRAYS = 3  # parameters and two moments, float32


def shapes_of(model, block_size):
    vocabulary, layers, width = SIZES[model]
    shapes = {"transformer.wte.weight": (vocabulary, width),
              "transformer.wpe.weight": (block_size, width)}

    def norm(name):
        shapes[f"{name}.weight"] = (width,)
        shapes[f"{name}.bias"] = (width,)

    def linear(name, wide_in, wide_out):
        shapes[f"{name}.weight"] = (wide_out, wide_in)
        shapes[f"{name}.bias"] = (wide_out,)

    for layer in range(layers):
        block = f"transformer.h.{layer}"
        norm(f"{block}.ln_1")
        linear(f"{block}.attn.c_attn", width, 3 * width)
        linear(f"{block}.attn.c_proj", width, width)
        norm(f"{block}.ln_2")
        linear(f"{block}.mlp.c_fc", width, 4 * width)
        linear(f"{block}.mlp.c_proj", 4 * width, width)
    norm("transformer.ln_f")
    return shapes


def elements_of(model, block_size):
    total = 0
    for shape in shapes_of(model, block_size).values():
        count = 1
        for size in shape:
            count *= size
        total += count
    return total


def state_bytes(model, block_size):
    return elements_of(model, block_size) * ARRAYS * 4
