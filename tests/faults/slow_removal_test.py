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
    def train(self, name, faults=""):
        """Two ranks; steps as their metrics tell them, and what the shim has seen of rank 0."""
        log, count, metrics = (self.folder / (name + end) for end in (".log", ".count", ".jsonl"))
        watched = variables(self.folder / name, faults, log=log, count=count)
        preload = "LD_PRELOAD=" + watched.pop("LD_PRELOAD")
        command = [ROOT / "launch" / "run.sh", "--quiet", "--bind", "none", "-np", 2,
                   "/usr/bin/env", preload, BIN / "trainer", *TINY[:-2], "--data-file",
                   self.sample(), *OPTIONS, "--metrics-file", metrics, "--output-dir", name]
        done = subprocess.run([str(word) for word in command], cwd=self.folder, text=True,
                              capture_output=True, timeout=300, env=environment(**watched))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        lines = [json.loads(line) for line in metrics.read_text().splitlines()]
        return ([line for line in lines if "event" not in line],
                [record for record in read_log(log) if record["rank"] == 0],
                read_counts(count, 0)[1], self.roots(done.stdout))

    def test_training_goes_on_and_the_next_save_is_written_when_the_bytes_are_free(self):
        _, _, _, straight = self.train("quick")
        steps, records, fired, roots = self.train(
            "slow", f"stall:1:{SECONDS}:rank=0:call=close:file={REMOVED}")
        self.assertEqual(fired, 1)
        self.assertEqual(roots, straight)
        self.assertEqual(len(steps), 14)
        self.assertLess(sum(step["save_stall_seconds"] for step in steps), SECONDS / 2)
        freed = next(place for place, record in enumerate(records)
                     if record["call"] == "close" and record["path"].endswith(REMOVED))
        drafts = [place for place, record in enumerate(records)
                  if record["call"] == "mkdir" and ".draft-" in record["path"]]
        self.assertEqual(sum(place < freed for place in drafts), 3)
        self.assertEqual(sum(place > freed for place in drafts), 2)


if __name__ == "__main__":
    unittest.main()
