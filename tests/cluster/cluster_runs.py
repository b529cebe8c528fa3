# SPDX-License-Identifier: Apache-2.0
"""Runs of the trainer on the made-up hosts of slurm_cluster, for the tests of this folder."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import slurm_cluster
from slurm_cluster import wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("LOCKSTEP_BIN", ROOT / "build" / "release" / "bin")).resolve()
tallies = []


@unittest.skipIf(slurm_cluster.missing(), "NO SLURM HERE: " + slurm_cluster.missing())
class ClusterTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="lockstep-slurm-"))
        cls.cluster = slurm_cluster.Cluster(cls.folder / "slurm")
        cls.straight = {}

    @classmethod
    def tearDownClass(cls):
        cls.cluster.stop()
        if sys.exc_info()[0] is None and not os.environ.get("LOCKSTEP_KEEP"):
            shutil.rmtree(cls.folder, ignore_errors=True)

    def setUp(self):
        self.started = time.monotonic()
        self.name = self.id().split(".")[-1].removeprefix("test_")
        text = self.folder / "text.txt"
        if not text.exists():
            text.write_bytes((ROOT / "data" / "zh_sample.txt").read_bytes())

    def tell(self, text):
        seconds = time.monotonic() - self.started
        tallies.append(f"{self.name}: {text} ({seconds:.0f} s)")
        print("\n" + tallies[-1], flush=True)

    def arguments(self, options, name):
        return [*options, "--data-file", self.folder / "text.txt", "--output-dir", name]

    def root_of(self, name):
        """The newest checkpoint's, which must be whole."""
        done = subprocess.run([BIN / "ckpt-tool", "--checkpoint-dir", self.folder / name, "verify",
                               "latest"], text=True, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return re.search(r"root: ([0-9a-f]{64})", done.stdout)[1]

    def straight_root(self, options):
        """That of one rank which nothing disturbs."""
        key = " ".join(options)
        if key not in self.straight:
            name = f"straight{len(self.straight)}"
            subprocess.run([BIN / "trainer", *self.arguments(options, name)], cwd=self.folder,
                           check=True, stdout=subprocess.DEVNULL,
                           env={**os.environ, "OMP_NUM_THREADS": "1"})
            self.straight[key] = self.root_of(name)
        return self.straight[key]

    def state(self, job):
        shown = self.cluster.ask("scontrol", "show", "job", job)
        return re.findall(r"JobState=(\w+)", shown)[-1]

    def log(self, job):
        paths = sorted(self.folder.glob(f"lockstep-{job}*.log"))
        return "".join(path.read_text() for path in paths)

    def wait_for_end(self, job, seconds=480, state="COMPLETED"):
        ends = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL")
        wait_for(f"the end of job {job}\n{self.log(job)}", lambda: self.state(job) in ends, seconds)
        self.assertEqual(self.state(job), state, self.log(job))


def main(label):
    reason = slurm_cluster.missing()
    if reason:
        print(f"SKIPPED, nothing was tested: NO SLURM HERE: {reason}")
    done = unittest.main(module="__main__", exit=False, verbosity=1)
    print("\n".join(["", f"{label}: {len(tallies)} of {done.result.testsRun} scenarios", *tallies]))
    sys.exit(not done.result.wasSuccessful())
