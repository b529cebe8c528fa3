# SPDX-License-Identifier: Apache-2.0
"""A run that was stopped and resumed is the run that was not."""
import json
import os
import shutil
import unittest

from lockstep import PreparedProgramTest, ProgramTest, flip_bit


class RunFiles:
    """What a run has left in the folder of a test."""

    def history(self, name):
        return json.loads((self.folder / name / "training_history.json").read_text())

    def manifest(self, name="checkpoints"):
        return json.loads((self.folder / name / "shards/latest/manifest.json").read_text())

    def manifest_state(self):
        return self.manifest()["state"]

    def damage(self, name):
        file = self.folder / "checkpoints" / name
        flip_bit(file, file.stat().st_size // 2)


class ResumeTest(RunFiles, ProgramTest):
    def train_two_epochs(self, name, ranks):
        self.train("--data-file", self.sample(), "--output-dir", name, "--epochs", 2,
                   "--metrics-file", f"{name}.jsonl", ranks=ranks)

    def test_stopped_after_one_epoch_and_resumed_gives_the_same_bits(self):
        for ranks in (0, 2):
            straight, resumed = f"straight{ranks}", f"resumed{ranks}"
            self.train_two_epochs(straight, ranks)
            self.train("--data-file", self.sample(), "--output-dir", resumed, "--epochs", 1,
                       "--metrics-file", f"{resumed}.jsonl", ranks=ranks)
            self.run_program("trainer", "--resume", "--output-dir", resumed, "--epochs", 2,
                             "--metrics-file", f"{resumed}.jsonl", ranks=ranks)
            self.assertEqual(self.losses(f"{straight}.jsonl"), self.losses(f"{resumed}.jsonl"))
            self.assertEqual(self.history(straight), self.history(resumed))
            self.assertEqual(self.manifest(straight)["root"], self.manifest(resumed)["root"])
            model = lambda name: (self.folder / name / "model.pt").stat().st_size
            self.assertEqual(model(straight), model(resumed))

    def test_resumes_at_another_world_size(self):
        self.train_two_epochs("straight", 0)
        for ranks in (2, 4):
            name = f"ranks{ranks}"
            self.train("--data-file", self.sample(), "--output-dir", name, "--epochs", 1)
            self.run_program("trainer", "--resume", "--output-dir", name, "--epochs", 2,
                             ranks=ranks)
            self.assertEqual(self.history(name), self.history("straight"))

    def test_another_batch_or_other_lanes_are_a_new_phase_and_said_to_be_one(self):
        self.train("--data-file", self.sample(), "--epochs", 1, "--batch-size", 8, "--lanes", 4)
        same = self.run_program("trainer", "--resume", "--more-epochs", 1, "--lang", "en")
        self.assertNotIn("new phase", same.stderr)
        lanes = lambda: self.manifest_state()["lanes"]
        self.assertEqual(lanes(), 4)
        larger = self.run_program("trainer", "--resume", "--more-epochs", 1, "--batch-size", 16,
                                  "--lang", "en")
        self.assertIn("a new phase begins: its batches are of 16 sequences in 4 lanes, those before "
                      "of 8 sequences in 4 lanes", larger.stderr)
        cut = self.run_program("trainer", "--resume", "--more-epochs", 1, "--lanes", 2, "--lang",
                               "en")
        self.assertIn("16 sequences in 2 lanes, those before of 16 sequences in 4 lanes", cut.stderr)
        self.assertEqual(lanes(), 2)
        shared = self.run_program("trainer", "--resume", "--more-epochs", 1, "--batch-per-rank", 4,
                                  "--lang", "en", ranks=2)
        self.assertIn("8 sequences in 2 lanes, those before of 16 sequences in 2 lanes",
                      shared.stderr)

    def everything_in(self, name):
        """Every file and folder, with when it was changed."""
        folder = self.folder / name
        return {str(path.relative_to(folder)): path.lstat().st_mtime_ns
                for path in (folder, *folder.rglob("*"))}

    def test_a_finished_run_needs_neither_its_text_nor_a_place_to_write_to(self):
        text = self.sample()
        for name, limit in (("epochs", ("--epochs", 1)), ("steps", ("--max-steps", 12))):
            self.train("--data-file", text, "--output-dir", name, *limit)
        text.unlink()
        for name in ("epochs", "steps"):
            before = self.everything_in(name)
            for flag in ("--resume", "--auto-resume"):
                for more in ([], ["--dry-run"]):
                    for ranks in (0, 2):
                        done = self.run_program("trainer", flag, "--output-dir", name, *more,
                                                "--metrics-file", f"{name}.jsonl", "--lang", "en",
                                                ranks=ranks)
                        self.assertIn("There is nothing to do", done.stdout)
                        self.assertEqual(len(done.stdout.splitlines()), 1, done.stdout)
                        self.assertEqual(done.stderr, "")
            self.assertEqual(self.everything_in(name), before)
            self.assertFalse((self.folder / f"{name}.jsonl").exists())

    def test_a_finished_run_without_its_text_gets_lost_files_again(self):
        text = self.sample()
        self.train("--data-file", text, "--epochs", 1)
        text.unlink()
        lost = [self.folder / "checkpoints" / name
                for name in ("best_model.pt", "training_history.json")]
        before = [file.read_bytes() for file in lost]
        for file in lost:
            file.unlink()
        for said in (("best_model.pt is not there; ", "has that name too now",
                      "training_history.json was not there; "), ()):
            done = self.run_program("trainer", "--resume", "--lang", "en")
            self.assertIn("There is nothing to do", done.stdout)
            for sentence in said:
                self.assertIn(sentence, done.stderr)
            self.assertEqual([file.read_bytes() for file in lost], before)
        self.assertEqual(done.stderr, "")

    def test_a_finished_run_with_a_commit_that_was_cut_short_is_completed(self):
        self.train("--data-file", self.sample(), "--epochs", 1)
        checkpoints = self.folder / "checkpoints"
        (checkpoints / "latest.pt").unlink()
        (checkpoints / "shards" / "epoch_0001" / "unpublished").touch()
        done = self.run_program("trainer", "--resume", "--lang", "en")
        self.assertIn("nothing to do", done.stdout)
        self.assertIn("finished the commit of epoch_0001", done.stderr)
        self.assertTrue((checkpoints / "latest.pt").exists())

    def test_a_dry_run_of_a_resume_says_where_it_goes_on_and_what_is_left(self):
        self.train("--data-file", self.sample(), "--epochs", 1)
        before = self.everything_in("checkpoints")
        steps = self.manifest_state()["step"]
        for flag, more in (("--resume", ("--more-epochs", 2)), ("--auto-resume", ("--epochs", 3))):
            done = self.run_program("trainer", flag, *more, "--dry-run", "--lang", "en")
            self.assertIn("Resuming from checkpoints/shards/epoch_0001: 1 epoch and "
                          f"{steps} steps completed\n", done.stdout)
            self.assertRegex(done.stdout, rf"Total steps +{3 * steps}\n")
            self.assertRegex(done.stdout, rf"Steps left +{2 * steps}\n")
        self.assertEqual(self.everything_in("checkpoints"), before)

    def test_a_dry_run_sees_a_set_whose_replacement_never_came_where_a_resume_does(self):
        self.train("--data-file", self.sample(), "--epochs", 1)
        shards = self.folder / "checkpoints" / "shards"
        (shards / "epoch_0001").rename(shards / "epoch_0001.replaced-0a1b2c3d")
        before = self.everything_in("checkpoints")
        for more in (["--dry-run"], []):
            done = self.run_program("trainer", "--resume", "--more-epochs", 1, *more, "--lang",
                                    "en")
            self.assertIn("Resuming from checkpoints/shards/epoch_0001: ", done.stdout)
            if more:
                self.assertEqual(self.everything_in("checkpoints"), before)

    def test_a_run_that_its_steps_ended_says_so_and_goes_on(self):
        self.train("--data-file", self.sample(), "--max-steps", 12)
        for lang, sentence in (("en", "--max-steps 12 is reached; give a larger one"),
                               ("zh", "已达到 --max-steps 12")):
            done = self.run_program("trainer", "--resume", "--lang", lang)
            self.assertIn(sentence, done.stdout)
        more = self.run_program("trainer", "--resume", "--epochs", 2, "--lang", "en")
        self.assertIn("limit of --max-steps 12 is dropped", more.stderr)
        self.assertEqual(self.history("checkpoints")["epochs"], [1, 2])
        done = self.run_program("trainer", "--resume", "--lang", "en")
        self.assertIn("the run's 2 epochs are completed", done.stdout)

    def test_more_epochs_go_on_behind_a_limit_of_steps(self):
        self.train("--data-file", self.sample(), "--max-steps", 12, "--epochs", 1)
        self.run_program("trainer", "--resume", "--more-epochs", 1)
        self.assertEqual(self.history("checkpoints")["epochs"], [1, 2])

    def test_another_validation_set_at_an_epochs_edge_begins_the_best_anew(self):
        self.train("--data-file", self.sample(), "--epochs", 1, "--learning-rate", "1e-2")
        self.assertIn("best_model.pt", self.files())
        done = self.run_program("trainer", "--resume", "--more-epochs", 1, "--val-fraction", 0.4,
                                "--learning-rate", "1e-9", "--seed", 7, "--lang", "en")
        self.assertIn("from here on data.val_fraction (--val-fraction) is 0.4 and no longer 0.2, "
                      "train.seed (--seed) is 7 and no longer 1337; the validation set is another "
                      "one, so the best loss begins anew", done.stderr)
        self.assertIn("[improvement: inf]", done.stdout)
        self.assertEqual(self.manifest_state()["best_epoch"], 2)
        same = self.run_program("trainer", "--resume", "--more-epochs", 1, "--lang", "en")
        self.assertNotIn("from here on", same.stderr)

    def test_other_windows_in_the_middle_of_an_epoch_are_refused(self):
        self.train("--data-file", self.sample(), "--epochs", 1, "--save-every-steps", 8,
                   "--max-steps", 20)
        for file in self.files():
            (self.folder / "checkpoints" / file).unlink()
        shutil.rmtree(self.folder / "checkpoints/shards/epoch_0001")
        for flag, value, before in (("--val-fraction", 0.3, 0.2), ("--stride", 32, 64),
                                    ("--seed", 7, 1337)):
            done = self.run_program("trainer", "--resume", flag, value, "--lang", "en", status=2)
            self.assertIn(f"({flag}) is {value}, but the epoch was begun with {before}",
                          done.stderr)
        self.run_program("trainer", "--resume", "--val-fraction", 0.2, "--stride", 64)

    def test_nothing_to_resume_is_said(self):
        done = self.run_program("trainer", "--resume", "--output-dir", "nowhere", status=4)
        self.assertIn("nowhere", done.stderr)
        self.assertFalse((self.folder / "nowhere").exists())

    def test_auto_resume_starts_and_then_goes_on(self):
        text = self.sample()
        for epochs in (1, 2):
            self.train("--auto-resume", "--data-file", text, "--epochs", epochs)
        self.assertEqual(self.history("checkpoints")["epochs"], [1, 2])

    def test_remains_of_a_run_without_a_checkpoint_are_nothing_to_resume(self):
        (self.folder / "checkpoints").mkdir()
        (self.folder / "checkpoints" / "training_history.json").write_text("{}")
        done = self.run_program("trainer", "--resume", status=4)
        self.assertIn("there is no checkpoint", done.stderr)
        done = self.train("--auto-resume", "--data-file", self.sample(), status=2)
        self.assertIn("no checkpoint to resume from", done.stderr)

    def test_a_damaged_set_is_named_and_the_file_of_the_same_epoch_used(self):
        self.train("--data-file", self.sample(), "--epochs", 2)
        self.damage("shards/epoch_0002/shard_00000_of_00001.h5")
        done = self.run_program("trainer", "--resume", "--epochs", 3, "--lang", "en", ranks=2)
        self.assertIn("shard_00000_of_00001.h5", done.stderr)
        self.assertIn("latest.pt instead", done.stderr)
        self.assertEqual(self.history("checkpoints")["epochs"], [1, 2, 3])

    def test_a_damaged_latest_is_named_and_the_newest_good_one_used(self):
        self.train("--data-file", self.sample(), "--epochs", 2)
        straight = self.losses_of_last_epoch()
        # The names of one epoch share their bytes, so damage in one is damage in all of them.
        self.damage("latest.pt")
        self.damage("shards/epoch_0002/shard_00000_of_00001.h5")
        done = self.run_program("trainer", "--resume", "--epochs", 2, "--lang", "en")
        for name in ("latest.pt", "shards/epoch_0002", "epoch_0001 instead"):
            self.assertIn(name, done.stderr)
        self.assertEqual(self.history("checkpoints")["epochs"], [1, 2])
        self.assertEqual(self.losses_of_last_epoch(), straight)
        # The second epoch was trained again, and its checkpoint is whole.
        self.run_program("ckpt-tool", "verify", "--all")

    def losses_of_last_epoch(self):
        return self.history("checkpoints")["val_loss"][-1]

    def test_goes_on_within_an_epoch_at_another_world_size(self):
        text = self.sample()
        self.train("--data-file", text, "--epochs", 1, "--max-steps", 20, "--save-every-steps", 8,
                   "--metrics-file", "first.jsonl", ranks=2)
        for name in ("epoch_0001",):
            shutil.rmtree(self.folder / "checkpoints" / "shards" / name)
        for file in self.files():
            (self.folder / "checkpoints" / file).unlink()
        done = self.run_program("trainer", "--resume", "--metrics-file", "second.jsonl", "--lang",
                                "en", ranks=3)
        self.assertIn("step_00000016", done.stdout)
        self.assertEqual([line["step"] for line in self.metrics("second.jsonl")],
                         [17, 18, 19, 20])
        self.assertEqual(self.losses("second.jsonl"), self.losses("first.jsonl")[16:])


class AfterAnEpochProgramTest(RunFiles, PreparedProgramTest):
    def prepare(self):
        self.train("--data-file", self.sample().name, "--epochs", 1)

    def test_a_finished_run_has_nothing_to_do(self):
        done = self.run_program("trainer", "--resume", "--lang", "en")
        self.assertIn("nothing to do", done.stdout)

    def test_a_finished_run_is_told_of_where_nothing_can_be_written(self):
        checkpoints = self.folder / "checkpoints"
        self.addCleanup(checkpoints.chmod, 0o755)
        checkpoints.chmod(0o555)
        as_others = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
        for more in ([], ["--dry-run"]):
            done = self.run_program("trainer", "--resume", *more, "--lang", "en", before=as_others)
            self.assertIn("nothing to do", done.stdout)
        done = self.run_program("trainer", "--resume", "--more-epochs", 1, status=2,
                                before=as_others)
        self.assertIn("no file can be made in checkpoints", done.stderr)

    def test_more_epochs_adds_to_the_total(self):
        self.run_program("trainer", "--resume", "--more-epochs", 2)
        self.assertEqual(self.history("checkpoints")["epochs"], [1, 2, 3])

    def test_lanes_nobody_named_give_way_to_another_batch(self):
        self.run_program("trainer", "--resume", "--more-epochs", 1)
        for batch in (2, 9):
            done = self.run_program("trainer", "--resume", "--more-epochs", 1, "--batch-size", batch,
                                    "--lang", "en")
            self.assertIn(f"its batches are of {batch} sequences in ", done.stderr)
        preset = self.run_program("trainer", "--resume", "--preset", "quick", "--epochs", 6,
                                  "--lang", "en", ranks=2)
        self.assertIn("its batches are of 2 sequences in ", preset.stderr)

    def test_another_tokenizer_is_refused(self):
        start = ("--checkpoint", "latest", "--data-file", "text.txt", "--output-dir", "tuned")
        for arguments in (("--resume",), start):
            done = self.run_program("trainer", *arguments, "--tokenizer", "sentencepiece", status=2)
            self.assertIn("its tokenizer is of the kind byte, the configuration asks for "
                          "sentencepiece", done.stderr)
        self.run_program("trainer", "--resume", "--tokenizer", "byte", "--more-epochs", 1)

    def test_a_changed_text_is_refused(self):
        tokens = "checkpoints/text/train.tokens"
        changed = "^error: resuming checkpoints/.*: the text is not the one this run was trained on "
        remedy = ("start a new run from these weights with --checkpoint checkpoints/.* and another "
                  "--output-dir\n$")
        self.sample(characters=5000)
        resume = ("trainer", "--resume", "--epochs", 2, "--lang", "en")
        done = self.run_program(*resume, status=3)
        self.assertRegex(done.stderr, changed + rf"\(tokens \w+, then \w+, which are still in "
                                      rf"{tokens}\); go on with those \(--data-file {tokens}\), "
                                      "give that text, or " + remedy)
        (self.folder / "kept.tokens").write_bytes((self.folder / tokens).read_bytes())
        (self.folder / tokens).unlink()
        done = self.run_program(*resume, status=3)
        self.assertRegex(done.stderr, changed + r"\(tokens \w+, then \w+\); give that text, or "
                                      + remedy)
        (self.folder / "kept.tokens").rename(self.folder / tokens)
        self.run_program(*resume, "--data-file", tokens)

    def test_one_file_alone_is_enough(self):
        for name in ("latest.pt", "model.pt"):
            moved = self.folder / f"moved_{name}"
            moved.mkdir()
            (self.folder / "checkpoints" / name).rename(moved / name)
            self.run_program("trainer", "--resume", "--output-dir", moved.name, "--epochs", 2)
            self.assertEqual(self.history(moved.name)["epochs"], [1, 2])

    def test_names_and_history_that_are_gone_come_back(self):
        whole, history = self.files(), self.history("checkpoints")
        for name in ("latest.pt", "training_history.json"):
            (self.folder / "checkpoints" / name).unlink()
        done = self.run_program("trainer", "--resume", "--epochs", 1, "--lang", "en")
        self.assertIn("latest.pt is not there; model_epoch_1.pt is of the same checkpoint",
                      done.stderr)
        self.assertIn("training_history.json was not there", done.stderr)
        self.assertEqual((self.files(), self.history("checkpoints")), (whole, history))
        again = self.run_program("trainer", "--resume", "--epochs", 1, "--lang", "en")
        self.assertNotIn("not there", again.stderr)

    def test_a_link_to_itself_is_named_and_the_set_used(self):
        latest = self.folder / "checkpoints" / "latest.pt"
        latest.unlink()
        latest.symlink_to("latest.pt")
        done = self.run_program("trainer", "--resume", "--epochs", 2)
        self.assertIn("Too many levels of symbolic links", done.stderr)
        self.assertEqual(self.history("checkpoints")["epochs"], [1, 2])

    def test_every_checkpoint_damaged_is_said_and_nothing_is_lost(self):
        self.damage("latest.pt")
        self.damage("shards/epoch_0001/shard_00000_of_00001.h5")
        done = self.run_program("trainer", "--resume", "--epochs", 2, status=4, ranks=2)
        self.assertIn("every checkpoint is damaged", done.stderr)
        self.assertTrue((self.folder / "checkpoints" / "shards" / "epoch_0001").exists())


if __name__ == "__main__":
    unittest.main()
