# SPDX-License-Identifier: Apache-2.0
"""A file system that takes long to free the bytes of old checkpoints: training does not wait for
it, not even where the next save is due, but that save is written only when there is room again."""
import json
import subprocess
import unittest

from fault_runs import read_counts, read_log, variables
from lockstep import BIN, ROOT, TINY, ProgramTest, environment

SECONDS = 3.0
# The save at step 9 removes the set of step 3. That of step 12 comes while its bytes are freed.
OPTIONS = ["--max-steps", 14, "--save-every-steps", 3, "--lang", "en"]
REMOVED = "tokenizer.model (deleted)"  # a file of a set whose name is gone, as the shim sees it


class SlowRemovalProgramTest(ProgramTest):
    def train(self, name, faults="", deadline=600):
        """Two ranks. The steps as their metrics tell them, what the shim has seen of rank 0, and
        what the run has said."""
        config = self.folder / "deadline.json"
        config.write_text(json.dumps({"checkpoint": {"save_deadline_seconds": deadline}}))
        log, count, metrics = (self.folder / (name + end) for end in (".log", ".count", ".jsonl"))
        watched = variables(self.folder / name, faults, log=log, count=count)
        preload = "LD_PRELOAD=" + watched.pop("LD_PRELOAD")
        command = [ROOT / "launch" / "run.sh", "--quiet", "--bind", "none", "-np", 2,
                   "/usr/bin/env", preload, BIN / "trainer", *TINY, "--data-file",
                   self.sample(), *OPTIONS, "--config", config, "--metrics-file", metrics,
                   "--output-dir", name]
        done = subprocess.run([str(word) for word in command], cwd=self.folder, text=True,
                              capture_output=True, timeout=300, env=environment(**watched))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        lines = [json.loads(line) for line in metrics.read_text().splitlines()]
        return ([line for line in lines if "event" not in line],
                [record for record in read_log(log) if record["rank"] == 0],
                read_counts(count, 0)[1], done)

    def stall(self, seconds):
        return f"stall:1:{seconds}:rank=0:call=close:file={REMOVED}"

    def test_training_goes_on_and_the_next_save_is_written_when_the_bytes_are_free(self):
        _, _, _, straight = self.train("quick")
        steps, records, fired, done = self.train("slow", self.stall(SECONDS))
        self.assertEqual(fired, 1)
        self.assertEqual(self.roots(done.stdout), self.roots(straight.stdout))
        self.assertNotIn("removing old checkpoints", done.stderr)
        self.assertEqual(len(steps), 14)
        self.assertLess(sum(step["save_stall_seconds"] for step in steps), SECONDS / 2)
        freed = next(place for place, record in enumerate(records)
                     if record["call"] == "close" and record["path"].endswith(REMOVED))
        drafts = [place for place, record in enumerate(records)
                  if record["call"] == "mkdir" and ".draft-" in record["path"]]
        self.assertEqual(sum(place < freed for place in drafts), 3)
        self.assertEqual(sum(place > freed for place in drafts), 2)

    def test_a_removal_that_hangs_holds_up_no_save_for_ever(self):
        steps, _, fired, done = self.train("stuck", self.stall(600), deadline=SECONDS)
        self.assertEqual(fired, 1)
        self.assertEqual(len(steps), 14)
        self.assertIn("removing old checkpoints in stuck: not done within 3 s", done.stderr)
        self.assertIn("step_00000012", done.stdout)
        self.assertEqual(len(self.roots(done.stdout)), 5)


if __name__ == "__main__":
    unittest.main()
