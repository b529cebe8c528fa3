# SPDX-License-Identifier: Apache-2.0
"""Side by side with PyTorch: the same weights and batches give the same losses and weights, and the
files go both ways."""
import subprocess
import sys
import unittest

import numpy
import torch

from lockstep import SAMPLE, ProgramTest
from python_gpt import Gpt
from pytorch_peer import BATCH, CONFIG, Peer, RATE, SEED, distance


class ParityTest(ProgramTest):
    def setUp(self):
        super().setUp()
        torch.set_num_threads(1)
        self.text = self.sample(20000)
        self.arguments = ["--tokenizer", "byte", "--data-file", self.text, "--batch-size", BATCH,
                          "--learning-rate", RATE, "--seed", SEED]

    def assert_close(self, ours, theirs, relative):
        self.assertEqual(len(ours), len(theirs))
        for step, (a, b) in enumerate(zip(ours, theirs)):
            self.assertLess(abs(a / b - 1), relative, f"step {step}: {a} and {b}")

    def test_twenty_steps_have_the_losses_of_pytorch_at_every_world_size(self):
        peer = Peer(self.text)
        peer.save(self.folder / "start.pt")
        theirs = [peer.step(number) for number in range(20)]
        self.assertLess(theirs[-1], theirs[0] - 0.5, "the comparison is not about learning")
        for ranks in (1, 2, 4):
            self.run_program("trainer", "--checkpoint", "start.pt", *self.arguments, "--max-steps",
                             20, "--output-dir", f"out{ranks}", "--metrics-file", f"{ranks}.jsonl",
                             ranks=ranks)
            self.assert_close(self.losses(f"{ranks}.jsonl"), theirs, 1e-5)

    def test_gelu_by_tanh_is_that_of_pytorch(self):
        config = {**CONFIG, "gelu": "tanh"}
        peer, exact = Peer(self.text, config), Peer(self.text)
        peer.save(self.folder / "start.pt")
        theirs = [peer.step(number) for number in range(20)]
        others = [exact.step(number) for number in range(20)]
        apart = max(abs(a / b - 1) for a, b in zip(others, theirs))
        self.assertGreater(apart, 3e-5, "the comparison is not about it")
        self.run_program("trainer", "--checkpoint", "start.pt", *self.arguments, "--max-steps", 20,
                         "--metrics-file", "m.jsonl", ranks=2)
        self.assert_close(self.losses("m.jsonl"), theirs, 1e-5)
        stored = torch.load(self.folder / "checkpoints" / "latest.pt", weights_only=True)
        self.assertEqual(stored["model_config"], config)

    def test_five_hundred_steps_learn_what_pytorch_learns(self):
        # Rounding grows over so many steps: the yardstick is PyTorch itself, begun one part in ten
        # million away.
        peer, other = Peer(self.text), Peer(self.text)
        with torch.no_grad():
            for parameter in other.model.parameters():
                parameter.mul_(1 + 1e-7)
        peer.save(self.folder / "start.pt")
        theirs = [peer.step(number) for number in range(500)]
        nearby = [other.step(number) for number in range(500)]
        self.run_program("trainer", "--checkpoint", "start.pt", *self.arguments, "--max-steps", 500,
                         "--epochs", 100, "--output-dir", "out", "--metrics-file", "m.jsonl",
                         "--export", "none", ranks=2)
        ours = self.losses("m.jsonl")
        self.assertLess(numpy.mean(theirs[-50:]), 0.5 * theirs[0], "it is not about learning")
        noise = distance(nearby, theirs)
        self.assertLess(distance(ours, theirs), max(10 * noise, 1e-5), f"noise {noise}")

    def test_pytorch_takes_our_file_and_its_next_step_is_ours(self):
        self.run_program("trainer", "--model", "tiny", *self.arguments, "--epochs", 1)
        file = self.folder / "checkpoints" / "latest.pt"
        subprocess.run(["unzip", "-tq", file], check=True, capture_output=True)
        for memory_mapped in (False, True):
            stored = torch.load(file, weights_only=True, mmap=memory_mapped)
        self.assertEqual(stored["model_config"], CONFIG)
        self.assertEqual(stored["epoch"], 1)
        self.assertEqual(stored["history"]["val_loss"], [stored["val_loss"]])
        self.assertRegex(stored["lockstep"]["root"], "^[0-9a-f]{64}$")
        chunks = -(-sum(p.numel() for p in Gpt(CONFIG).parameters()) // 16384)
        self.assertEqual(stored["lockstep"]["chunk_digests"].shape, (3 * chunks, 16))
        model = stored["model"]
        self.assertEqual(model["lm_head.weight"].data_ptr(),
                         model["transformer.wte.weight"].data_ptr())
        self.assertEqual(model["transformer.h.0.attn.bias"].data_ptr(),
                         model["transformer.h.1.attn.bias"].data_ptr())

        peer = Peer(self.text)
        self.assertEqual(list(peer.model.state_dict()), list(model))
        peer.model.load_state_dict(model, strict=True)
        peer.optimizer.load_state_dict(stored["optimizer"])
        peer.step(peer.steps_per_epoch)
        self.run_program("trainer", "--resume", "--epochs", 2, "--max-steps",
                         peer.steps_per_epoch + 1)
        ours = torch.load(file, weights_only=True)["model"]
        for name, theirs in peer.model.state_dict().items():
            torch.testing.assert_close(ours[name], theirs, rtol=0, atol=1e-6, msg=name)

    def test_a_file_of_pytorch_continues_here(self):
        peer = Peer(self.text)
        for number in range(peer.steps_per_epoch):
            peer.step(number)
        (self.folder / "checkpoints").mkdir()
        peer.save(self.folder / "checkpoints" / "latest.pt", optimizer=peer.optimizer.state_dict(),
                  epoch=1, best_loss=4.25, train_loss=4.5, val_loss=4.25,
                  history={"train_loss": [4.5], "val_loss": [4.25], "epochs": [1]})
        theirs = [peer.step(peer.steps_per_epoch + number) for number in range(10)]
        self.run_program("trainer", "--resume", *self.arguments, "--epochs", 2, "--max-steps",
                         peer.steps_per_epoch + 10, "--metrics-file", "m.jsonl", ranks=2)
        self.assert_close(self.losses("m.jsonl"), theirs, 1e-5)
        stored = torch.load(self.folder / "checkpoints" / "latest.pt", weights_only=True)
        self.assertEqual(stored["history"]["epochs"], [1, 2])
        self.assertEqual(stored["history"]["val_loss"][0], 4.25)

    def test_our_gpt2_small_loads_strictly(self):
        # One step of the whole model: the names, shapes and shared storages at full size.
        self.run_program("trainer", "--data-file", SAMPLE, "--tokenizer", "byte", "--batch-size", 1,
                         "--block-size", 64, "--max-steps", 1, "--no-save-every-epoch",
                         "--val-fraction", 0.01)
        stored = torch.load(self.folder / "checkpoints" / "latest.pt", weights_only=True, mmap=True)
        Gpt(stored["model_config"]).load_state_dict(stored["model"], strict=True)
        # Large tensors lie in a page of the file as in one of the flat space.
        place = 0
        for name, tensor in stored["model"].items():
            if name == "lm_head.weight" or name.endswith(".attn.bias"):
                continue
            if tensor.nbytes >= 1 << 20:
                self.assertEqual(tensor.data_ptr() % 4096, place % 4096, name)
            place += tensor.nbytes

    def test_debians_torch_of_2022_reads_the_same_tensors(self):
        # Without weights_only, whose reader of 1.13 knows no floats, not even those it wrote itself.
        self.run_program("trainer", "--model", "tiny", *self.arguments, "--max-steps", 2)
        file = self.folder / "checkpoints" / "latest.pt"
        code = """
import hashlib, sys, torch
stored = torch.load(sys.argv[1])
digest = hashlib.sha256()
tensors = [*stored["model"].values(), *(s["exp_avg"] for s in stored["optimizer"]["state"].values())]
for tensor in tensors:
    digest.update(bytes(tensor.contiguous().flatten().view(torch.uint8).tolist()))
print(torch.__version__[:4], stored["epoch"], digest.hexdigest())
"""
        said = {}
        for python in ("/usr/bin/python3", sys.executable):
            done = subprocess.run([python, "-c", code, str(file)], capture_output=True, text=True,
                                  env={"PATH": "/usr/bin"})
            self.assertEqual(done.returncode, 0, done.stderr)
            version, *said[python] = done.stdout.split()
            self.assertEqual(version, "1.13" if python == "/usr/bin/python3" else "2.11")
        self.assertEqual(said["/usr/bin/python3"], said[sys.executable])


if __name__ == "__main__":
    unittest.main()
