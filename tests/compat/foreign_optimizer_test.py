# SPDX-License-Identifier: Apache-2.0
"""Files of PyTorch whose optimizer is not AdamW over all parameters: their weights are good for all
that needs weights alone, and no run goes on from them."""
import json
import unittest

import torch

from export_test import parameters_in, read_safetensors
from lockstep import ProgramTest
from python_gpt import Gpt
from pytorch_peer import CONFIG
from served_model import served


def trained(optimizer_of):
    """A model after one step, and its optimizer."""
    torch.manual_seed(3)
    model = Gpt(CONFIG)
    optimizer = optimizer_of(model)
    model.loss(torch.randint(256, (2, 65))).backward()
    optimizer.step()
    return model, optimizer


def of_what_is_not_frozen(model):
    model.transformer.wpe.weight.requires_grad_(False)
    return torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3)


def of_all_though_some_is_frozen(model):
    model.transformer.wpe.weight.requires_grad_(False)
    return torch.optim.AdamW(model.parameters(), lr=1e-3)


OPTIMIZERS = {
    "sgd": lambda model: torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9),
    "frozen": of_what_is_not_frozen,
    "partly_frozen": of_all_though_some_is_frozen,
}
if hasattr(torch.optim, "Adafactor"):
    OPTIMIZERS["adafactor"] = lambda model: torch.optim.Adafactor(model.parameters())


class ForeignOptimizerTest(ProgramTest):
    def saved_models(self):
        """The name of each file, and the model that is in it."""
        for name, optimizer_of in OPTIMIZERS.items():
            model, optimizer = trained(optimizer_of)
            torch.save({"model": model.state_dict(), "model_config": CONFIG, "epoch": 1,
                        "optimizer": optimizer.state_dict()}, self.folder / f"{name}.pt")
            yield name, model

    def test_the_weights_are_exported_compared_and_verified(self):
        for name, model in self.saved_models():
            file = f"{name}.pt"
            self.run_program("ckpt-tool", "export", file, "--format", "safetensors", "-o", name)
            tensors, _ = read_safetensors(self.folder / name / "model.safetensors")
            for key, tensor in parameters_in(model.state_dict()).items():
                self.assertTrue(torch.equal(tensors[key], tensor), key)
            self.run_program("ckpt-tool", "compare", file, file)
            self.run_program("ckpt-tool", "verify", file)

    def test_a_new_run_starts_from_the_weights(self):
        text = self.sample()
        for name, _ in self.saved_models():
            self.train("--checkpoint", f"{name}.pt", "--data-file", text, "--max-steps", 1,
                       "--output-dir", name)

    def test_no_run_goes_on_from_one(self):
        text = self.sample()
        for name, _ in self.saved_models():
            (self.folder / name).mkdir()
            (self.folder / f"{name}.pt").rename(self.folder / name / "latest.pt")
            done = self.train("--resume", "--data-file", text, "--output-dir", name, status=4)
            self.assertIn("no run can go on from it, but a new one can start from its weights",
                          done.stderr)

    def test_the_weights_are_served(self):
        self.train("--data-file", self.sample(), "--max-steps", 2)
        content = torch.load(self.folder / "checkpoints" / "latest.pt", weights_only=True)
        content["optimizer"] = trained(OPTIMIZERS["sgd"])[1].state_dict()
        torch.save(content, self.folder / "sgd.pt")
        said = json.loads(self.run_program("ckpt-tool", "verify", "sgd.pt", "--json").stdout)
        self.assertEqual((said["ok"], said["root"]), (True, None))
        with served(self.folder, "--checkpoint", "sgd.pt") as server:
            written = server.ask("/v1/completions", prompt="a", max_tokens=3, temperature=0)
        self.assertEqual(len(written["choices"]), 1)


if __name__ == "__main__":
    unittest.main()
