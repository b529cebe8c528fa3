# SPDX-License-Identifier: Apache-2.0
"""A run that loses a rank in the middle of an epoch again and again, and goes on with 8, 4, 8 and 3
ranks: it ends where the undisturbed run ends, to the last bit."""
import os
import signal
import subprocess
import time

from lockstep import TINY, ProgramTest, command, environment

WORLD_SIZES = [8, 4, 8, 3]
SAVE_EVERY = 3
PATIENCE = 120  # seconds


class ChangingRanksProgramTest(ProgramTest):
    def arguments(self, name):
        return [*TINY, "--data-file", self.sample(9000), "--batch-size", 8,
                "--dropout", 0.1, "--epochs", 2, "--save-every-steps", SAVE_EVERY, "--output-dir",
                name, "--metrics-file", f"{name}.jsonl"]

    def killed_after(self, steps, ranks, victim, arguments):
        """Runs until that many steps are made, then kills a rank; the job must fail."""
        metrics = self.folder / "torn.jsonl"
        process = subprocess.Popen(command("trainer", arguments, ranks), cwd=self.folder, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   env=environment())
        deadline = time.monotonic() + PATIENCE
        while not metrics.exists() or self.newest_step("torn.jsonl") < steps:
            self.assertIsNone(process.poll(), "the run ended too soon")
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)
        os.kill(self.ranks_running("torn")[victim % ranks], signal.SIGKILL)
        output, _ = process.communicate(timeout=PATIENCE)
        self.assertNotEqual(process.returncode, 0, output)

    def newest_step(self, name):
        lines = [line for line in (self.folder / name).read_text().splitlines(keepends=True)
                 if line.endswith("\n") and '"loss"' in line]
        return max((int(line.split('"step":')[1].split(",")[0]) for line in lines), default=0)

    def test_a_run_that_changes_its_ranks_ends_like_the_one_that_does_not(self):
        straight = self.run_program("trainer", *self.arguments("straight"))
        expected = self.losses_by_step("straight.jsonl")
        per_epoch = len(expected) // 2
        self.assertGreater(per_epoch, 4 * SAVE_EVERY)
        # In the first epoch, in the first again, in the second. Far enough from the end for a kill.
        moments = [per_epoch // 3, 2 * per_epoch // 3, per_epoch + per_epoch // 4]
        for place, (ranks, moment) in enumerate(zip(WORLD_SIZES, moments)):
            start = self.arguments("torn") if place == 0 else ["--resume", *self.arguments("torn")]
            self.killed_after(moment, ranks, victim=place + 1, arguments=start)
        done = self.run_program("trainer", "--resume", *self.arguments("torn"),
                                ranks=WORLD_SIZES[-1])
        self.assertEqual(self.roots(done.stdout)[-1], self.roots(straight.stdout)[-1])
        history = "training_history.json"
        self.assertEqual((self.folder / "torn" / history).read_text(),
                         (self.folder / "straight" / history).read_text())
        # Every step, those made twice too, saw the samples of the undisturbed run.
        self.assertEqual(self.losses_by_step("torn.jsonl"), expected)

    def losses_by_step(self, name):
        losses = {}
        for line in self.metrics(name):
            loss = losses.setdefault(line["step"], line["loss"])
            self.assertEqual(loss, line["loss"], f"step {line['step']} made again differs")
        return losses
