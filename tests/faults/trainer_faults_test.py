# SPDX-License-Identifier: Apache-2.0
"""The trainer itself, on two ranks under mpirun, killed at calls all over a run: what it has said
to be saved is there, and resumed it ends where the run that was not killed ends."""
import json
import pathlib
import shutil
import subprocess
import unittest

from fault_runs import WIDE, add_decoys, read_counts, variables, DECOYS
from lockstep import BIN, ROOT, TINY, ProgramTest, environment

RANKS = 2
POINTS = 12  # over both ranks
# Two epochs and saves within them.
OPTIONS = ["--epochs", 2, "--save-every-steps", 5]


class TrainerFaultsProgramTest(ProgramTest):
    def start(self, name, *arguments, count=None, faults=""):
        """A run in which the shim is loaded by the ranks, not by mpirun."""
        watched = variables(self.folder / name, faults, count=count)
        preload = "LD_PRELOAD=" + watched.pop("LD_PRELOAD")
        command = [ROOT / "launch" / "run.sh", "--quiet", "--bind", "none", "-np", RANKS,
                   "/usr/bin/env", preload, BIN / "trainer", *arguments, "--output-dir", name,
                   "--lang", "en"]
        return subprocess.run([str(word) for word in command], cwd=self.folder, text=True,
                              capture_output=True, timeout=300, env=environment(**watched))

    def train_to_the_end(self, name, **more):
        return self.start(name, *TINY, "--data-file", self.sample(), *OPTIONS, **more)

    def leftovers(self, name):
        marks = (".draft-", ".trash-", ".replaced-")
        own = {str(pathlib.Path(decoy)) for decoy in DECOYS}
        names = (path.relative_to(self.folder / name) for path in (self.folder / name).rglob("*"))
        return [str(path) for path in names if any(mark in path.name for mark in marks)
                and not any(decoy.startswith(str(path)) for decoy in own)]

    def points(self):
        """Spread over the calls of both ranks; all of them for a long night."""
        done = self.train_to_the_end("counted", count=self.folder / "count")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.straight = self.roots(done.stdout)
        shutil.rmtree(self.folder / "counted")
        calls = [read_counts(self.folder / "count", rank)[0] for rank in range(RANKS)]
        self.assertGreater(min(calls), POINTS)
        points = []
        for rank, most in enumerate(calls):
            # Polling makes the number of calls vary a little: not quite to the end.
            places = range(1, most * 9 // 10) if WIDE else [
                most * place // (POINTS // RANKS + 1) for place in range(1, POINTS // RANKS + 1)]
            points += [f"kill:{k}:after:self:rank={rank}" for k in places]
        return points, calls

    def try_point(self, place, point):
        name = f"run{place}"
        add_decoys(self.folder / name)
        killed = self.train_to_the_end(name, faults=point, count=self.folder / f"count{place}")
        fired = sum(read_counts(self.folder / f"count{place}", rank)[1] for rank in range(RANKS))
        self.assertEqual(fired, 1, point)
        self.assertNotEqual(killed.returncode, 0, point)
        said = self.roots(killed.stdout)
        self.assertEqual(said, self.straight[:len(said)], point)
        done = self.start(name, "--resume") if self.holds_a_checkpoint(name) else \
            self.train_to_the_end(name)
        self.assertEqual(done.returncode, 0, f"{point}\n{done.stdout}{done.stderr}")
        if self.roots(done.stdout):
            self.assertEqual(self.roots(done.stdout)[-1], self.straight[-1], point)
        verified = subprocess.run([str(BIN / "ckpt-tool"), "verify", "--checkpoint-dir",
                                   str(self.folder / name), "--json"], text=True,
                                  capture_output=True)
        self.assertEqual(verified.returncode, 0, f"{point}\n{verified.stdout}")
        self.assertIn(self.straight[-1], verified.stdout, point)
        self.assertEqual(self.leftovers(name), [], point)
        for decoy in DECOYS:
            self.assertEqual((self.folder / name / decoy).read_text(), "mine: " + decoy)
        shutil.rmtree(self.folder / name)

    def holds_a_checkpoint(self, name):
        """Whether a resume would find something: a set with a manifest."""
        listed = subprocess.run([str(BIN / "ckpt-tool"), "list", "--checkpoint-dir",
                                 str(self.folder / name), "--json"], text=True,
                                capture_output=True)
        return listed.returncode == 0 and any(json.loads(listed.stdout).values())

    def test_a_killed_run_ends_where_the_run_that_was_not_killed_ends(self):
        points, calls = self.points()
        for place, point in enumerate(points):
            self.try_point(place, point)
        print(f"\ncrash points of the trainer: {len(points)} tried, {len(points)} survived "
              f"(calls of each rank {calls})")


if __name__ == "__main__":
    unittest.main()
