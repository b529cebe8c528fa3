# SPDX-License-Identifier: Apache-2.0
"""What both sides of a comparison read: token files, and the model as the trainer's configuration."""
import dataclasses
import json
import pathlib

import shapes
import zipf_tokens

VALIDATION_WINDOWS = 8


@dataclasses.dataclass(frozen=True)
class Data:
    folder: pathlib.Path
    model: pathlib.Path  # a file for --config
    train: pathlib.Path
    validation: pathlib.Path


def write(folder, model, windows):
    """REQUIRES: a folder that is there."""
    shape = shapes.SHAPES[model]
    data = Data(folder, folder / "model.json", folder / "train.tokens", folder / "validation.tokens")
    data.model.write_text(json.dumps({"model": {"name": model, **shape.configuration()}}),
                          encoding="ascii")
    for path, count in ((data.train, windows), (data.validation, VALIDATION_WINDOWS)):
        zipf_tokens.write_token_file(path, count * shape.positions + 1, shape.vocabulary, seed=1)
    zipf_tokens.write_tokenizer(folder)
    return data
