# SPDX-License-Identifier: Apache-2.0
"""The files that an epoch leaves, and the tool that lists and cleans them."""
import json
import os
import pathlib
import socket
import subprocess
import unittest

from lockstep import BIN, ProgramTest


class CheckpointsTest(ProgramTest):
    def test_an_epoch_leaves_the_five_files_of_the_rules(self):
        done = self.train("--data-file", self.sample(), "--epochs", 2, "--lang", "zh")
        self.assertEqual(self.files(), ["best_model.pt", "latest.pt", "model.pt",
                                        "model_epoch_1.pt", "model_epoch_2.pt",
                                        "training_history.json"])
        for line in ("📊 Epoch 1/2 结果", "  📉 训练损失: ", "💾 保存检查点...",
                     "  ✓ Epoch检查点: model_epoch_2.pt (", "  📍 主检查点: model.pt ("):
            self.assertIn(line, done.stdout)

    def test_the_names_of_one_epoch_share_their_bytes(self):
        self.train("--data-file", self.sample(), "--epochs", 1)
        folder = self.folder / "checkpoints"
        inodes = {(folder / name).stat().st_ino for name in self.files() if name.endswith(".pt")}
        self.assertEqual(len(inodes), 1)

    def test_retention_keeps_the_newest_and_touches_no_foreign_file(self):
        folder = self.folder / "checkpoints"
        folder.mkdir()
        (folder / "model_epoch_3.pt.backup").write_text("mine")
        self.train("--data-file", self.sample(), "--epochs", 5, "--keep-last-n", 2)
        self.assertEqual([name for name in self.files() if name.startswith("model_epoch")],
                         ["model_epoch_3.pt.backup", "model_epoch_4.pt", "model_epoch_5.pt"])
        self.assertEqual((folder / "model_epoch_3.pt.backup").read_text(), "mine")

    def test_keep_last_n_zero_keeps_all_of_them(self):
        self.train("--data-file", self.sample(), "--epochs", 5, "--keep-last-n", 0)
        self.assertEqual(sum(name.startswith("model_epoch") for name in self.files()), 5)

    def test_no_save_every_epoch_leaves_the_other_names(self):
        self.train("--data-file", self.sample(), "--epochs", 2, "--no-save-every-epoch")
        self.assertEqual(self.files(),
                         ["best_model.pt", "latest.pt", "model.pt", "training_history.json"])

    def test_a_resumed_worse_epoch_leaves_the_best_alone(self):
        self.train("--data-file", self.sample(), "--epochs", 2)
        best = self.folder / "checkpoints" / "best_model.pt"
        before = best.read_bytes()
        # A rate that ruins the weights without making them infinite.
        done = self.run_program("trainer", "--resume", "--epochs", 3, "--learning-rate", 0.5,
                                "--lang", "zh")
        self.assertIn("ℹ️  验证损失未改进 (最佳: ", done.stdout)
        self.assertEqual(best.read_bytes(), before)

    def test_list_shows_every_file_and_what_is_damaged(self):
        self.train("--data-file", self.sample(), "--epochs", 2)
        (self.folder / "checkpoints" / "model_epoch_7.pt").write_bytes(b"half a file")
        done = self.run_program("ckpt-tool", "list", "--lang", "zh")
        for text in ("📋 训练检查点", "model_epoch_1.pt", "best_model.pt", "⭐", "📌",
                     "model_epoch_7.pt"):
            self.assertIn(text, done.stdout)
        files = json.loads(self.run_program("ckpt-tool", "list", "--json").stdout)["files"]
        self.assertEqual([file["name"] for file in files if not file["ok"]], ["model_epoch_7.pt"])

    def test_the_folder_may_stand_before_and_after_the_command(self):
        self.train("--data-file", self.sample(), "--epochs", 1, "--output-dir", "mine")
        before = self.run_program("ckpt-tool", "--checkpoint-dir", "mine", "list")
        after = self.run_program("ckpt-tool", "list", "--checkpoint-dir", "mine")
        self.assertEqual(before.stdout, after.stdout)

    def test_clean_removes_what_it_says(self):
        self.train("--data-file", self.sample(), "--epochs", 3)
        before = self.files()
        dry = self.run_program("ckpt-tool", "clean", "--keep", 1, "--dry-run", "--lang", "en")
        self.assertIn("model_epoch_1.pt", dry.stdout)
        self.assertEqual(self.files(), before)
        self.run_program("ckpt-tool", "clean", "--keep", 1)
        self.assertEqual(sorted(set(before) - set(self.files())),
                         ["model_epoch_1.pt", "model_epoch_2.pt"])

    def test_a_missing_folder_is_an_error_that_names_it(self):
        done = self.run_program("ckpt-tool", "list", "--checkpoint-dir", "nowhere", status=4)
        self.assertIn("nowhere", done.stderr)

    def test_the_tool_links_neither_mpi_nor_libtorch(self):
        libraries = subprocess.run(["ldd", BIN / "ckpt-tool"], check=True, capture_output=True,
                                   text=True).stdout
        self.assertIn("libc.so", libraries)
        self.assertNotIn("libmpi", libraries)
        self.assertNotIn("libtorch", libraries)

    def test_a_fresh_start_into_a_run_is_refused_with_the_ways_out(self):
        text = self.sample()
        self.train("--data-file", text, "--epochs", 1)
        done = self.train("--data-file", text, "--epochs", 1, ranks=2, status=2)
        for way in ("--resume", "--output-dir", "--overwrite"):
            self.assertIn(way, done.stderr)
        self.train("--data-file", text, "--epochs", 1, "--overwrite")

    def test_a_fresh_start_beside_a_process_that_trains_there_is_refused(self):
        shards = self.folder / "mine" / "shards"
        shards.mkdir(parents=True)
        started = pathlib.Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19]
        mark = json.dumps({"id": "1", "host": socket.gethostname(), "process": os.getpid(),
                           "started": int(started)})
        (shards / "owner.json").write_text(mark)
        new = ["--data-file", self.sample(), "--epochs", 1, "--output-dir", "mine"]
        done = self.train(*new, ranks=2, status=2)
        self.assertEqual(done.stderr, f"error: starting a new run in mine: process {os.getpid()} "
                                      f"on {socket.gethostname()} is running there; wait for it or "
                                      "stop it, or give another --output-dir\n")
        self.assertEqual((shards / "owner.json").read_text(), mark)
        self.assertEqual(self.train(*new, "--overwrite", ranks=2, status=2).stderr, done.stderr)
        self.assertEqual((shards / "owner.json").read_text(), mark)
        for more in (["--dry-run"], []):
            done = self.train(*new, "--auto-resume", *more)
            self.assertIn("resuming the run in mine takes it from a process that is alive and ends "
                          f"at its next save: process {os.getpid()} on {socket.gethostname()} is "
                          "running there; wait for it or stop it", done.stderr)
        self.assertNotEqual((shards / "owner.json").read_text(), mark)

    def test_a_checkpoint_of_the_very_run_that_is_in_the_way_is_known_for_one(self):
        text = self.sample()
        self.train("--data-file", text, "--epochs", 2, "--export", "every")
        start = ("starting a new run from {0} in checkpoints: it holds a run already, and this is "
                 "{1} of it; to ")
        newest = ("the newest checkpoint", "go on with that run give {0} instead of --checkpoint, to "
                  "begin a new one from it another --output-dir, to replace it --overwrite\n")
        for file in ("checkpoints/latest.pt", "checkpoints/shards/epoch_0002", "latest"):
            for asked, flags in ((["--epochs", 5], "--resume --epochs 5"),
                                 (["--epochs", 2], "--resume --more-epochs 2"),
                                 ([], "--resume --more-epochs N")):
                for more in ([], ["--dry-run"]):
                    done = self.run_program("trainer", "--checkpoint", file, "--data-file", text,
                                            *asked, *more, status=2)
                    self.assertEqual(done.stderr, "error: " + start.format(file, newest[0]) +
                                     newest[1].format(flags))
        older = "checkpoints/model_epoch_1.pt"
        done = self.run_program("trainer", "--checkpoint", older, "--data-file", text, status=2)
        self.assertIn(start.format(older, "an older checkpoint") + "begin a new run from it give "
                      "another --output-dir", done.stderr)
        (self.folder / "other").mkdir()
        (self.folder / "other" / "training_history.json").write_text("{}")
        done = self.run_program("trainer", "--checkpoint", older, "--data-file", text,
                                "--output-dir", "other", status=2)
        self.assertIn("in other: it holds a run already; give another --output-dir", done.stderr)
        self.run_program("trainer", "--resume", "--epochs", 3)

    def test_a_dry_run_where_a_run_is_shows_its_plan_and_then_the_refusal(self):
        text = self.sample()
        self.train("--data-file", text, "--epochs", 1)
        refused = self.train("--data-file", text, status=2)
        self.assertEqual(refused.stdout, "")
        for ranks in (0, 2):
            done = self.train("--data-file", text, "--dry-run", "--save-config", "run.json",
                              ranks=ranks, status=2)
            self.assertIn("Total steps", done.stdout)
            self.assertEqual(done.stderr, refused.stderr)
            self.assertFalse((self.folder / "run.json").exists())
        self.train("--data-file", text, "--dry-run", "--overwrite")

    def test_fine_tuning_starts_a_new_run_from_the_weights(self):
        text = self.sample()
        self.train("--data-file", text, "--epochs", 2, "--learning-rate", "1e-3",
                   "--metrics-file", "first.jsonl")
        tune = ["--checkpoint", "checkpoints/best_model.pt", "--data-file", text]
        refused = self.run_program("trainer", *tune, status=2).stderr
        self.assertIn("another --output-dir", refused)
        self.run_program("trainer", *tune, "--output-dir", "tuned", "--epochs", 1,
                         "--metrics-file", "tuned.jsonl")
        self.assertLess(self.losses("tuned.jsonl")[0], self.losses("first.jsonl")[0] - 0.5)
        history = json.loads((self.folder / "tuned" / "training_history.json").read_text())
        self.assertEqual(history["epochs"], [1])


if __name__ == "__main__":
    unittest.main()
