# SPDX-License-Identifier: Apache-2.0
"""A run of 20 steps with dropout and clipping, on 1 to 8 ranks with 1 and 2 threads each: the same
weights, moments and losses, to the last bit."""
import json

from lockstep import SAMPLE, ProgramTest

RANKS_AND_THREADS = [(ranks, threads) for ranks in (1, 2, 3, 4, 8) for threads in (1, 2)]
STEPS = 20
# Always clips: no gradient is that short.
CLIP_NORM = 0.05

TINY = {"name": "tiny", "n_layer": 2, "n_head": 4, "n_embd": 32, "block_size": 32}
SMALL = {"name": "custom", "n_layer": 4, "n_head": 4, "n_embd": 128, "block_size": 64}
# Whose numbers no count of threads cuts into whole vectors.
ODD = {"name": "custom", "n_layer": 2, "n_head": 2, "n_embd": 50, "block_size": 201, "gelu": "tanh"}


class WorldSizesProgramTest(ProgramTest):
    def configuration(self, model):
        text = self.folder / "text.txt"
        text.write_text(3 * SAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
        config = {"model": {**model, "vocab_size": 0, "dropout": 0.1},
                  "data": {"files": [str(text)], "tokenizer": "sentencepiece",
                           "tokenizer_vocab_size": 2000},
                  "train": {"batch_size": 8, "epochs": 1, "max_steps": STEPS},
                  "optim": {"learning_rate": 1e-3, "clip_norm": CLIP_NORM}}
        path = self.folder / "config.json"
        path.write_text(json.dumps(config), encoding="utf-8")
        return path

    def outcome(self, config, ranks, threads):
        """What must not depend on ranks and threads: root, losses and history as texts."""
        name = f"ranks{ranks}threads{threads}"
        metrics = self.folder / f"{name}.jsonl"
        # Threads of many ranks on few cores must not spin while they wait.
        done = self.run_program("trainer", "--config", config, "--threads", threads, "--output-dir",
                                name, "--metrics-file", metrics, "--lang", "en", ranks=ranks,
                                OMP_WAIT_POLICY="passive")
        steps = self.metrics(metrics.name)
        self.assertEqual(len(steps), STEPS)
        self.assertTrue(all(step["gradient_norm"] > CLIP_NORM for step in steps))
        history = (self.folder / name / "training_history.json").read_text(encoding="utf-8")
        return {"roots": self.roots(done.stdout), "history": history,
                "losses": [(step["loss"], step["gradient_norm"]) for step in steps]}

    def check(self, model, *others):
        config = self.configuration(model)
        expected = self.outcome(config, 1, 1)
        self.assertEqual(len(expected["roots"]), 1)
        for ranks, threads in others or RANKS_AND_THREADS[1:]:
            with self.subTest(ranks=ranks, threads=threads):
                self.assertEqual(self.outcome(config, ranks, threads), expected)

    def test_the_tiny_model_has_the_same_bits_at_any_world_size(self):
        self.check(TINY)

    def test_a_model_of_four_layers_has_the_same_bits_at_any_world_size(self):
        self.check(SMALL)

    def test_a_model_of_odd_sizes_has_the_same_bits_with_any_number_of_threads(self):
        self.check(ODD, (1, 2), (1, 3), (1, 5), (2, 2), (3, 1))
