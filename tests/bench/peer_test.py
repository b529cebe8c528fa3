# SPDX-License-Identifier: Apache-2.0
"""PyTorch's side of the comparison on a GPU, tried on the CPU with a small model."""
import math
import pathlib
import tempfile
import types
import unittest

import peer
import peer_model
import shapes
import zipf_tokens

TINY = shapes.SHAPES["tiny"]


class Peer(unittest.TestCase):
    def options(self, **values):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / "train.tokens"
        zipf_tokens.write_token_file(path, 2000, TINY.vocabulary, seed=1)
        return types.SimpleNamespace(**{"tokens": path, "batch": 2, "compile": "", "padded": False,
                                        "model": "tiny", "device": "cpu", "precision": "bf16",
                                        "tuned": False, "warmup": 2, "steps": 3, "seed": 1,
                                        **values})

    def test_it_trains_and_tells_each_timed_step(self):
        found = peer.measure(self.options(batch=8, steps=20))
        self.assertEqual(len(found["step_ms"]), 20)
        self.assertLess(sum(found["step_ms"]) / 1e3, 1.01 * found["wall_seconds"] + 1e-3)
        self.assertLess(found["loss_after"], found["loss_before"])

    def test_its_model_has_the_parameters_that_mfu_counts(self):
        model = peer_model.Gpt(TINY, TINY.vocabulary)
        self.assertEqual(sum(parameter.numel() for parameter in model.parameters()),
                         TINY.parameters() + TINY.positions * TINY.width)

    def test_a_fresh_model_knows_nothing(self):
        training = peer.Training(self.options(precision="fp32"))
        loss = training.model(*training.batch).item()
        self.assertAlmostEqual(loss, math.log(TINY.vocabulary), delta=0.2)

    def test_targets_are_the_inputs_one_token_on(self):
        inputs, targets = peer.Batches(self.options(), TINY).next()
        self.assertEqual(tuple(inputs.shape), (2, TINY.positions))
        self.assertTrue((inputs[:, 1:] == targets[:, :-1]).all())


if __name__ == "__main__":
    unittest.main()
