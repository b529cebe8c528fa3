# SPDX-License-Identifier: Apache-2.0
"""Names on a network file system: one rank gives them, and others may see them late."""
import shutil
import subprocess
import unittest

from fault_runs import read_counts, read_log, variables
from lockstep import BIN, ROOT, TINY, ProgramTest, environment

OPTIONS = ["--epochs", 2, "--max-steps", 8, "--save-every-steps", 3, "--lang", "en"]
NAMING = ("rename", "exchange", "link", "symlink")


class LateNamesProgramTest(ProgramTest):
    def start(self, *arguments, faults="", log=None):
        """Two ranks, of which the shim is loaded by the ranks and not by mpirun."""
        count = self.folder / "count.1"
        count.unlink(missing_ok=True)
        watched = variables(self.folder / "run", faults, log=log, count=self.folder / "count")
        preload = "LD_PRELOAD=" + watched.pop("LD_PRELOAD")
        command = [ROOT / "launch" / "run.sh", "--quiet", "--bind", "none", "-np", 2,
                   "/usr/bin/env", preload, BIN / "trainer", *arguments, "--output-dir", "run"]
        return subprocess.run([str(word) for word in command], cwd=self.folder, text=True,
                              capture_output=True, timeout=300, env=environment(**watched))

    def train(self, **more):
        done = self.start(*TINY, "--data-file", self.sample(), *OPTIONS, **more)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return self.roots(done.stdout)

    def late(self, file, error, times=3):
        """The first calls of rank 1 on the file fail: a rule counts the calls that come to it."""
        return ";".join([f"error:1:{error}:rank=1:file={file}"] * times)

    def test_a_token_file_that_is_seen_late_is_waited_for(self):
        for error in ("ENOENT", "ESTALE"):
            self.train(faults=self.late("train.tokens", error))
            self.assertEqual(read_counts(self.folder / "count", 1)[1], 3)
            shutil.rmtree(self.folder / "run")

    def test_a_checkpoint_that_is_seen_late_is_waited_for(self):
        self.train()
        for error, steps in (("ENOENT", 12), ("ESTALE", 16)):
            newest = (self.folder / "run" / "shards" / "latest").readlink().name
            done = self.start("--resume", "--more-epochs", 1, "--max-steps", steps, "--lang", "en",
                              faults=self.late(newest, error))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn(newest, done.stdout)
            self.assertEqual(read_counts(self.folder / "count", 1)[1], 3)

    def test_only_rank_0_changes_names(self):
        self.train(log=self.folder / "log")
        changes = [record for record in read_log(self.folder / "log")
                   if record["call"] in NAMING]
        self.assertGreater(len(changes), 10)
        self.assertEqual({record["rank"] for record in changes}, {0}, changes)


if __name__ == "__main__":
    unittest.main()
