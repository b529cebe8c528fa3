# SPDX-License-Identifier: Apache-2.0
"""The server writes what the same model in PyTorch finds most likely."""
import unittest

import torch

from lockstep import ProgramTest
from python_gpt import Gpt
from served_model import served

PROMPT = "今天的"
NEW_TOKENS = 150  # more than the context of the tiny model has room for


def most_likely(model, prompt):
    """The next byte tokens, each found by going over all that the context has before it; once it is
    full, over its newer half."""
    most = model.config["block_size"]
    tokens = list(prompt.encode("utf-8"))
    written = []
    with torch.no_grad():
        while len(written) < NEW_TOKENS:
            written.append(int(model.logits(torch.tensor([tokens]))[0, -1].argmax()))
            tokens.append(written[-1])
            if len(tokens) > most:
                tokens = tokens[-(most // 2):]
    return bytes(written).decode("utf-8", errors="replace")


class ServeParityProgramTest(ProgramTest):
    def test_the_most_likely_text_is_pytorchs(self):
        self.train("--data-file", self.sample(), "--epochs", 4, "--learning-rate", "3e-3")
        file = torch.load(self.folder / "checkpoints/latest.pt", weights_only=True)
        model = Gpt(file["model_config"])
        model.load_state_dict(file["model"], strict=True)
        with served(self.folder, "--checkpoint", "latest") as server:
            written = server.ask("/v1/completions", prompt=PROMPT, max_tokens=NEW_TOKENS,
                                 temperature=0)
        text = written["choices"][0]["text"]
        self.assertEqual(text, most_likely(model, PROMPT))
        self.assertGreater(len(set(text)), 3, text)


if __name__ == "__main__":
    unittest.main()
