# SPDX-License-Identifier: Apache-2.0
"""A commit that takes longer than a save may: what was told to have failed is no checkpoint, or the
run says that it has become one. And a rank's part that does: nothing stays of it."""
import json
import subprocess
import unittest

from fault_runs import read_counts, variables
from lockstep import BIN, ROOT, TINY, ProgramTest, environment

DEADLINE = 8  # which what is not late must keep
OPTIONS = ["--max-steps", 8, "--save-every-steps", 3, "--export", "none", "--lang", "en"]
FAILED = f"step_00000003: rank 0: the checkpoint was not committed within {DEADLINE} s"
LATE = "step_00000003: it was committed after all"


class LateCommitProgramTest(ProgramTest):
    def train(self, name, faults, *arguments, ranks=1):
        config = self.folder / "deadline.json"
        config.write_text(json.dumps({"checkpoint": {"save_deadline_seconds": DEADLINE}}))
        watched = variables(self.folder / name, faults, count=self.folder / f"{name}.count")
        preload = "LD_PRELOAD=" + watched.pop("LD_PRELOAD")
        launched = [ROOT / "launch" / "run.sh", "--quiet", "--bind", "none", "-np", ranks]
        command = [*(launched if ranks > 1 else []), "/usr/bin/env", preload, BIN / "trainer",
                   *arguments, "--config", config, "--output-dir", name]
        return subprocess.run([str(word) for word in command], cwd=self.folder, text=True,
                              capture_output=True, timeout=300, env=environment(**watched))

    def train_late(self, name, call):
        """The call that is late is one of the first save; there is time for no other."""
        done = self.train(name, f"stall:{call}:{3 * DEADLINE}:call=sync", *TINY, "--data-file",
                          self.sample(), *OPTIONS)
        self.assertEqual(read_counts(self.folder / f"{name}.count", 0)[1], 1)
        self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
        self.assertIn(FAILED, done.stderr)
        return done

    def sets(self, name):
        """None where a run that has saved nothing leaves no folder."""
        return sorted(path.name for path in (self.folder / name / "shards").glob("*")
                      if path.is_dir() and not path.is_symlink())

    def test_before_the_rename_it_is_given_up(self):
        done = self.train_late("before", "1:file=model.h5")
        self.assertNotIn(LATE, done.stderr)
        self.assertEqual(self.sets("before"), [])

    def test_after_the_rename_it_is_told_and_a_resume_goes_on_from_it(self):
        # Of owner.json, the draft and the rename: the last of the three.
        done = self.train_late("after", "3:file=shards")
        self.assertIn(LATE, done.stderr)
        self.assertEqual(self.sets("after"), ["step_00000003"])
        self.assertTrue((self.folder / "after/shards/step_00000003/unpublished").exists())
        resumed = self.train("after", "", "--resume", "--lang", "en")
        self.assertEqual(resumed.returncode, 0, resumed.stdout + resumed.stderr)
        self.assertIn("finished the commit of step_00000003", resumed.stderr)
        self.assertEqual(self.sets("after"), ["epoch_0001", "step_00000006"])

    def test_a_part_that_is_late_leaves_nothing(self):
        # Rank 1 makes no folder in the run directory but the draft.
        done = self.train("part", f"stall:1+:{3 * DEADLINE}:rank=1:call=mkdir:once", *TINY,
                          "--data-file", self.sample(), *OPTIONS, ranks=2)
        self.assertEqual(read_counts(self.folder / "part.count", 1)[1], 1)
        self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
        self.assertIn(f"rank 1: its part was not written within {DEADLINE} s", done.stderr)
        self.assertEqual(self.sets("part"), [])


if __name__ == "__main__":
    unittest.main()
