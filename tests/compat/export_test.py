# SPDX-License-Identifier: Apache-2.0
"""What `ckpt-tool export` writes, read by hand and held against what PyTorch reads in the `.pt` file
of the same state."""
import json
import struct
import unittest

import torch

from lockstep import ProgramTest
from python_gpt import Gpt
from pytorch_peer import CONFIG

# The layers whose weights transformers keeps as [in, out].
TURNED = ("attn.c_attn.weight", "attn.c_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight")


def read_safetensors(path):
    """The tensors, and the metadata."""
    content = path.read_bytes()
    length, = struct.unpack("<Q", content[:8])
    header, data = json.loads(content[8:8 + length]), content[8 + length:]
    metadata = header.pop("__metadata__")
    tensors, end = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        first, last = entry["data_offsets"]
        assert entry["dtype"] == "F32" and first == end, f"{name} has {entry} behind {end}"
        numbers = torch.frombuffer(bytearray(data[first:last]), dtype=torch.float32)
        tensors[name] = numbers.reshape(entry["shape"])
        end = last
    assert end == len(data), f"{len(data) - end} bytes behind the tensors"
    return tensors, metadata


def parameters_in(model):
    """Without the masks, and without a head that is the embedding."""
    tied = model["lm_head.weight"].data_ptr() == model["transformer.wte.weight"].data_ptr()
    return {name: tensor for name, tensor in model.items()
            if not name.endswith(".attn.bias") and not (tied and name == "lm_head.weight")}


class ExportProgramTest(ProgramTest):
    def export(self, *arguments):
        done = self.run_program("ckpt-tool", "export", *arguments, "--json")
        return json.loads(done.stdout)

    def assert_same(self, ours, theirs):
        self.assertEqual(sorted(ours), sorted(theirs))
        for name, tensor in ours.items():
            self.assertEqual(tensor.shape, theirs[name].shape, name)
            self.assertTrue(torch.equal(tensor, theirs[name]), name)

    def assert_is_conv1d(self, ours, model, width):
        """`ours` has the weights of `model` turned, and zeros for biases that it does not have."""
        expected = {name: tensor.T if name.endswith(TURNED) else tensor
                    for name, tensor in model.items()}
        for name, tensor in ours.items():
            if name.endswith(".bias") and name not in expected:
                expected[name] = torch.zeros(tensor.shape)
        self.assert_same(ours, expected)
        self.assertEqual(ours["transformer.h.0.mlp.c_fc.weight"].shape, (width, 4 * width))

    def test_a_run_gives_the_tensors_of_its_file(self):
        self.train("--data-file", self.sample(), "--epochs", 1, ranks=2)
        stored = torch.load(self.folder / "checkpoints" / "latest.pt", weights_only=True)
        model = parameters_in(stored["model"])
        said = self.export("--format", "safetensors", "-o", "plain")
        self.assertEqual(said["parameters"], sum(tensor.numel() for tensor in model.values()))
        tensors, metadata = read_safetensors(self.folder / "plain" / "model.safetensors")
        self.assert_same(tensors, model)
        self.assertEqual((metadata["format"], metadata["epoch"], metadata["root"]),
                         ("pt", "1", stored["lockstep"]["root"]))
        self.assertEqual(float(metadata["val_loss"]), stored["val_loss"])

        self.export("--format", "hf", "-o", "hf")
        tensors, _ = read_safetensors(self.folder / "hf" / "model.safetensors")
        self.assert_is_conv1d(tensors, model, 64)
        self.assertEqual(len(tensors), 2 + 12 * 2 + 2)
        config = json.loads((self.folder / "hf" / "config.json").read_text())
        self.assertEqual({key: config[key] for key in
                          ("model_type", "activation_function", "n_layer", "n_head", "n_embd",
                           "n_positions", "vocab_size", "tie_word_embeddings", "eos_token_id")},
                         {"model_type": "gpt2", "activation_function": "gelu", "n_layer": 2,
                          "n_head": 2, "n_embd": 64, "n_positions": 64, "vocab_size": 256,
                          "tie_word_embeddings": True, "eos_token_id": None})

    def test_the_sentencepiece_model_comes_along(self):
        self.run_program("trainer", "--model", "tiny", "--data-file", self.sample(20000),
                         "--max-steps", 2)
        said = self.export("--format", "hf", "-o", "hf")
        self.assertEqual([file["name"] for file in said["files"]],
                         ["model.safetensors", "tokenizer.model", "config.json"])
        stored = torch.load(self.folder / "checkpoints" / "latest.pt", weights_only=True)
        self.assertEqual((self.folder / "hf" / "tokenizer.model").read_bytes(),
                         bytes(stored["lockstep"]["tokenizer"].tolist()))

    def test_files_of_pytorch_are_exported_too(self):
        for name, changes, tied in (("plain", {}, True), ("no_biases", {"bias": False}, True),
                                    ("own_head", {}, False)):
            config = {**CONFIG, **changes}
            torch.manual_seed(2)
            gpt = Gpt(config)
            if not tied:
                gpt.lm_head.weight = torch.nn.Parameter(torch.randn(256, 64))
            file = self.folder / f"{name}.pt"
            torch.save({"model": gpt.state_dict(), "model_config": config}, file)
            model = parameters_in(gpt.state_dict())
            self.assertEqual("lm_head.weight" in model, not tied)
            said = self.export(file, "--format", "hf", "-o", name)
            self.assertEqual(said["zero_biases"], 0 if config["bias"] else 2 * 11 * 64 + 64)
            tensors, _ = read_safetensors(self.folder / name / "model.safetensors")
            self.assert_is_conv1d(tensors, model, 64)
            stored = json.loads((self.folder / name / "config.json").read_text())
            self.assertEqual(stored["tie_word_embeddings"], tied)
            self.export(file, "--format", "safetensors", "-o", f"{name}_plain")
            tensors, _ = read_safetensors(self.folder / f"{name}_plain" / "model.safetensors")
            self.assert_same(tensors, model)

    def test_files_of_16_bits_and_of_wrapped_models_are_exported_too(self):
        torch.manual_seed(2)
        gpt = Gpt(CONFIG)
        whole = gpt.state_dict()
        for name, change in (("half", torch.Tensor.half), ("bfloat16", torch.Tensor.bfloat16)):
            # Of the head and the embedding, which are one, this makes two.
            narrow = {key: change(tensor) for key, tensor in whole.items()}
            torch.save({"model": narrow, "model_config": CONFIG}, self.folder / f"{name}.pt")
            self.export(f"{name}.pt", "--format", "safetensors", "-o", name)
            tensors, _ = read_safetensors(self.folder / name / "model.safetensors")
            self.assert_same(tensors, {key: tensor.float() for key, tensor in narrow.items()
                                       if key in parameters_in(whole)})
        for name, wrapped in (("ddp", torch.nn.ModuleDict({"module": gpt})),
                              ("compiled", torch.compile(gpt))):
            torch.save({"model": wrapped.state_dict(), "model_args": CONFIG},  # as nanoGPT does
                       self.folder / f"{name}.pt")
            self.export(f"{name}.pt", "--format", "safetensors", "-o", name)
            tensors, _ = read_safetensors(self.folder / name / "model.safetensors")
            self.assert_same(tensors, parameters_in(whole))


if __name__ == "__main__":
    unittest.main()
