# SPDX-License-Identifier: Apache-2.0
"""What people type first, what they mistype, and how a run is stopped."""
import json
import os
import resource
import signal
import subprocess
import time
import unittest

from lockstep import ROOT, ProgramTest, TINY, command, environment


# What begins the error of a rank that ends the job by itself; those of all ranks name none.
ALONE = "error (rank "


class CommandsTest(ProgramTest):
    def dry_run(self, *arguments, ranks=0):
        return self.run_program("trainer", "--data-file", ROOT / "data/zh_sample.txt", *arguments,
                                "--dry-run", ranks=ranks)

    def test_the_dry_run_of_a_preset_on_eight_ranks_writes_nothing(self):
        done = self.dry_run("--preset", "extended", "--lang", "en", ranks=8)
        self.assertIn("124,046,592", done.stdout)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_the_quick_preset_trains_on_two_ranks(self):
        self.run_program("trainer", "--model", "tiny", "--preset", "quick", "--data-file",
                         self.sample(), ranks=2)
        self.assertIn("best_model.pt", self.files())

    def test_an_answer_that_cannot_be_written_is_an_error(self):
        for program, *arguments in (("trainer", "--list-presets"), ("ckpt-tool", "--version"),
                                    ("trainer", "--data-file", self.sample(), "--dry-run")):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run(command(program, arguments, 0), cwd=self.folder, stdout=full,
                                      stderr=subprocess.PIPE, text=True, env=environment())
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn("standard output: No space left on device", done.stderr)

    def test_a_model_that_the_memory_does_not_suffice_for_is_told_in_one_sentence(self):
        bytes_allowed = 3 << 30  # of addresses; parameters and moments alone take 4.3 GB
        done = subprocess.run(
            command("trainer", ["--model", "gpt2-medium", "--block-size", 64, "--batch-size", 1,
                                "--tokenizer", "byte", "--data-file", self.sample(), "--lang", "en"], 0),
            cwd=self.folder, capture_output=True, text=True, env=environment(), timeout=300,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (bytes_allowed,) * 2))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertRegex(done.stderr, r"^error: this host has not enough memory \(\d+ bytes more "
                                      r"were asked for\); .*--dry-run[^\n]*\n$")

    def test_a_wrong_preset_on_four_ranks_is_said_once(self):
        done = self.run_program("trainer", "--preset", "extendet", ranks=4, status=2)
        self.assertEqual(done.stderr.count("extendet"), 1)
        self.assertIn("extended", done.stderr)
        self.assertNotIn(ALONE, done.stderr)

    def test_all_problems_are_said_at_once(self):
        done = self.run_program("trainer", "--batch-size", 0, "--epochs", 0, status=2)
        self.assertIn("batch_size", done.stderr)
        self.assertIn("epochs", done.stderr)

    def test_a_missing_data_file_is_named(self):
        for ranks in (0, 2):
            done = self.train("--data-file", "missing.txt", ranks=ranks, status=3)
            self.assertEqual(done.stderr.count("missing.txt"), 1)
            self.assertNotIn(ALONE, done.stderr)
            self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_validation_text_is_looked_for_in_its_own_flag(self):
        texts = ["--data-file", self.sample(), "--val-file", "missing.txt"]
        for more in ([], ["--dry-run"]):
            done = self.train(*texts, *more, status=3)
            self.assertIn("missing.txt does not exist; check --val-file", done.stderr)

    def test_too_little_text_says_how_much_is_needed(self):
        (self.folder / "short.txt").write_text("太短了。")
        for ranks in (0, 2):
            done = self.train("--data-file", "short.txt", ranks=ranks, status=3)
            self.assertIn("at least", done.stderr)
            self.assertEqual(self.names_here(), ["short.txt"])

    def names_here(self):
        return sorted(path.name for path in self.folder.iterdir())

    def test_a_refused_start_leaves_no_metrics_file(self):
        start = ("--model", "tiny", "--data-file", "missing.txt", "--metrics-file")
        for place in ("m.jsonl", "checkpoints/m.jsonl"):
            self.run_program("trainer", *start, place, status=3)
            self.assertEqual(self.names_here(), [])
        (self.folder / "old.jsonl").write_text("mine\n")
        self.run_program("trainer", *start, "old.jsonl", status=3)
        self.assertEqual((self.folder / "old.jsonl").read_text(), "mine\n")

    def test_a_stride_beyond_the_context_is_told_with_what_it_leaves_out(self):
        for more in (["--dry-run"], ["--max-steps", 1]):
            done = self.train("--data-file", self.sample(), "--stride", 80, *more)
            self.assertIn("warning: the stride is of 80 tokens, but a window predicts only 64: 16 of "
                          "every 80 tokens (20 %) are never trained on", done.stderr)

    def test_cuda_is_refused_by_a_build_without_it(self):
        done = self.train("--data-file", self.sample(), "--device", "cuda", status=2)
        self.assertIn("cuda", done.stderr.lower())

    def test_presets_and_version_are_listed(self):
        for preset in ("quick", "standard", "extended", "precision"):
            self.assertIn(preset, self.run_program("trainer", "--list-presets").stdout)
        self.assertRegex(self.run_program("trainer", "--version").stdout, r"\d+\.\d+\.\d+")
        self.assertIn("--resume", self.run_program("trainer", "--help").stdout)
        self.assertIn("继续该目录中的训练", self.run_program("trainer", "--help", "--lang", "zh").stdout)

    def test_the_saved_configuration_runs_the_same(self):
        text = self.sample()
        self.train("--data-file", text, "--epochs", 1, "--batch-size", 8, "--output-dir", "a",
                   "--save-config", "run.json", "--metrics-file", "a.jsonl")
        self.run_program("trainer", "--config", "run.json", "--output-dir", "b", "--metrics-file",
                         "b.jsonl")
        self.assertEqual(self.losses("a.jsonl"), self.losses("b.jsonl"))

    def test_a_saved_fine_tune_runs_the_same(self):
        text = self.sample()
        self.train("--data-file", text, "--epochs", 1, "--output-dir", "a")
        tune = ("--checkpoint", "a/latest.pt", "--data-file", text, "--epochs", 1)
        plan = self.run_program("trainer", *tune, "--dry-run", "--save-config", "ft.json", "--lang",
                                "en")
        self.assertEqual(json.loads((self.folder / "ft.json").read_text())["data"]["tokenizer"],
                         "byte")
        self.assertNotIn("about", plan.stdout)  # bytes can be counted
        self.assertRegex(plan.stdout, r"Model +tiny\n")
        self.run_program("trainer", *tune, "--output-dir", "b", "--metrics-file", "b.jsonl")
        self.run_program("trainer", "--checkpoint", "a/latest.pt", "--config", "ft.json",
                         "--output-dir", "c", "--metrics-file", "c.jsonl")
        self.assertEqual(self.losses("b.jsonl"), self.losses("c.jsonl"))
        self.run_program("trainer", "--config", "ft.json", "--output-dir", "d")

    def test_weights_are_found_in_the_usual_directory(self):
        text = self.sample()
        self.train("--data-file", text, "--epochs", 1)
        for name in ("best", "latest", "1"):
            self.run_program("trainer", "--checkpoint", name, "--data-file", text, "--max-steps", 2,
                             "--output-dir", f"tuned{name}")
        self.run_program("trainer", "--checkpoint", "best", "--data-file", text, "--max-steps", 2,
                         "--output-dir", "tunedbest", "--overwrite")
        done = self.run_program("trainer", "--checkpoint", "7", "--data-file", text, "--output-dir",
                                "new", status=4)
        self.assertIn("checkpoints/shards/epoch_0007", done.stderr)
        self.assertIn("there is no run in new", done.stderr)

    def test_the_help_has_a_fine_tune_that_works(self):
        text = self.sample()
        self.train("--data-file", text, "--epochs", 1)
        line = [line for line in self.run_program("trainer", "--help").stdout.splitlines()
                if line.startswith("  trainer --checkpoint ")][0]
        self.run_program("trainer", *line.split()[1:], "--data-file", text, "--max-steps", 2)

    def test_a_preset_beside_a_file_that_names_one(self):
        (self.folder / "p.json").write_text('{"preset": "extended", "train": {"epochs": 2}}')
        self.dry_run("--config", "p.json", "--preset", "quick", "--save-config", "run.json")
        run = json.loads((self.folder / "run.json").read_text())
        self.assertEqual((run["preset"], run["train"]["batch_size"], run["train"]["epochs"]),
                         ("quick", 2, 2))

    def test_places_that_take_no_files_are_named_before_the_text_is_prepared(self):
        text = self.sample()
        (self.folder / "file").write_text("mine")
        (self.folder / "folder").mkdir()
        (self.folder / "dangling").symlink_to("nowhere")
        output, configuration = "; give another --output-dir", "; give --save-config a file in a "
        for arguments, status, part in (
                (["--output-dir", "file"], 2, "file is not a folder" + output),
                (["--output-dir", "file/run", "--resume"], 2, "file is not a folder" + output),
                (["--output-dir", "dangling"], 2, "is a link to nowhere, where there is nothing"),
                (["--save-config", "folder"], 3, "folder is a folder" + configuration),
                (["--save-config", "no/run.json"], 3, "there is no folder no" + configuration)):
            done = self.train("--data-file", text, *arguments, status=status)
            self.assertIn(part, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertEqual(done.stdout, "")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()),
                         sorted(["dangling", "file", "folder", os.path.basename(text)]))

    def test_missing_data_files_are_named_together(self):
        names = ["no1.txt", "no2.txt", "no3.txt"]
        done = self.train(*(word for name in names for word in ("--data-file", name)), status=3)
        for name in names:
            self.assertIn(name, done.stderr)

    def test_a_configuration_in_a_new_run_directory(self):
        text = self.sample()
        for folder, arguments in (("s1", ()), ("s2/logs", ("--dry-run",))):
            self.train("--data-file", text, "--max-steps", 1, "--output-dir", folder[:2],
                       "--save-config", f"{folder}/run.json", *arguments)
            saved = json.loads((self.folder / folder / "run.json").read_text())
            self.assertEqual(saved["checkpoint"]["directory"], folder[:2])
        self.train("--data-file", text, "--max-steps", 2, "--output-dir", "s2")

    def test_a_metrics_file_in_a_new_run_directory(self):
        for ranks, name in ((0, "s7/m.jsonl"), (2, "s8/logs/m.jsonl")):
            self.train("--data-file", self.sample(), "--max-steps", 3, "--output-dir", name[:2],
                       "--metrics-file", name, ranks=ranks)
            self.assertEqual(len(self.metrics(name)), 3)
        done = self.train("--data-file", self.sample(), "--output-dir", "s9", "--metrics-file",
                          "elsewhere/m.jsonl", status=3)
        self.assertIn("opening metrics file elsewhere/m.jsonl", done.stderr)
        self.train("--data-file", "missing.txt", "--output-dir", "s9", "--metrics-file",
                   "s9/m.jsonl", status=3)
        self.assertFalse((self.folder / "s9").exists())

    def test_a_batch_that_an_epoch_cannot_fill_is_warned_of(self):
        for extra in (("--dry-run",), ()):
            done = self.train("--data-file", self.sample(), "--batch-size", 5000, "--max-steps", 1,
                              *extra)
            self.assertIn("warning: a batch is of 5000 sequences, but an epoch has only ",
                          done.stderr)

    def test_presets_are_listed_in_one_language(self):
        said = {lang: self.run_program("trainer", "--list-presets", "--lang", lang).stdout
                for lang in ("zh", "en")}
        self.assertIn("默认", said["zh"])
        self.assertNotIn("the default", said["zh"])
        self.assertIn("the default", said["en"])
        self.assertNotIn("默认", said["en"])

    def test_metrics_have_one_line_for_each_step(self):
        self.train("--data-file", self.sample(), "--epochs", 1, "--max-steps", 7, "--metrics-file",
                   "m.jsonl", ranks=2)
        lines = self.metrics("m.jsonl")
        self.assertEqual([line["step"] for line in lines], [1, 2, 3, 4, 5, 6, 7])
        for key in ("epoch", "loss", "learning_rate", "gradient_norm", "tokens_per_second"):
            self.assertIn(key, lines[0])

    def test_metrics_have_one_line_for_each_epoch(self):
        self.train("--data-file", self.sample(), "--epochs", 2, "--quiet", "--metrics-file",
                   "m.jsonl")
        history = json.loads((self.folder / "checkpoints/training_history.json").read_text())
        steps = self.metrics("m.jsonl")[-1]["step"]
        epochs = [line for line in self.metrics_lines("m.jsonl") if line.get("event") == "epoch"]
        self.assertEqual(epochs, [{"event": "epoch", "epoch": epoch, "step": steps * epoch // 2,
                                   "train_loss": history["train_loss"][epoch - 1],
                                   "val_loss": history["val_loss"][epoch - 1]}
                                  for epoch in (1, 2)])

    def test_ranks_with_nothing_to_do_are_reported(self):
        done = self.train("--data-file", self.sample(), "--batch-size", 2, "--max-steps", 2, ranks=4)
        self.assertIn("--batch-size", done.stderr)

    def test_a_diverging_run_names_the_step_and_the_last_good_checkpoint(self):
        text = self.sample()
        self.train("--data-file", text, "--epochs", 1)
        done = self.run_program("trainer", "--resume", "--epochs", 2, "--learning-rate", "1e38",
                                "--clip-norm", 0, ranks=2, status=6)
        self.assertIn("; the step is skipped, and nothing is changed by it (1 in a row; 10 would "
                      "end the run)", done.stderr)
        self.assertIn("epoch_0001", done.stderr)
        self.assertEqual(json.loads((self.folder / "checkpoints/training_history.json")
                                    .read_text())["epochs"], [1])

    def test_a_stop_ends_all_ranks_and_names_the_last_checkpoint(self):
        for stop in (signal.SIGINT, signal.SIGTERM):
            folder = f"stopped{stop}"
            arguments = [*TINY, "--data-file", self.sample(20000), "--epochs", 1000, "--output-dir",
                         folder, "--metrics-file", f"{folder}.jsonl"]
            run = subprocess.Popen(command("trainer", arguments, 2), cwd=self.folder, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=environment())
            metrics = self.folder / f"{folder}.jsonl"
            deadline = time.monotonic() + 60
            while not metrics.exists() or metrics.stat().st_size < 500:
                self.assertLess(time.monotonic(), deadline, "the run never made a step")
                time.sleep(0.1)
            run.send_signal(stop)
            _, errors = run.communicate(timeout=60)
            self.assertNotEqual(run.returncode, 0)
            self.assertIn("stopp", errors.lower())
            self.assertNotIn(ALONE, errors)
            deadline = time.monotonic() + 30  # on a busy machine mpirun may end before its ranks have
            while self.ranks_running(folder):
                self.assertLess(time.monotonic(), deadline, "a rank goes on")
                time.sleep(0.1)


if __name__ == "__main__":
    unittest.main()
