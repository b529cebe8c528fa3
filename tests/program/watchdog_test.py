# SPDX-License-Identifier: Apache-2.0
"""A rank that is stopped or killed ends the job, which says which rank it was, what it was doing
and from where the run goes on; no process stays behind, and the run goes on."""
import os
import pathlib
import re
import signal
import subprocess
import time
import unittest

from lockstep import ProgramTest, TINY, command, environment

PATIENCE = 60  # seconds


class WatchdogTest(ProgramTest):
    def start(self, name, *arguments, ranks=2):
        self.name = name
        self.arguments = [*TINY, "--data-file", self.sample(12000),
                          "--output-dir", name, "--save-every-steps", 20, "--export", "none"]
        self.out = (self.folder / f"{name}.out").open("w+")
        self.addCleanup(self.out.close)
        self.run_ = subprocess.Popen(
            command("trainer", [*self.arguments, "--epochs", 1000, *arguments], ranks),
            cwd=self.folder, text=True, stdout=self.out, stderr=self.out, env=environment())
        self.addCleanup(self.run_.kill)
        latest = self.folder / name / "shards" / "latest"
        self.wait_until(latest.is_symlink, "the first save")
        self.ranks = self.ranks_running(name)
        self.assertEqual(len(self.ranks), ranks)

    def said(self):
        return (self.folder / f"{self.name}.out").read_text(errors="replace")

    def wait_until(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"never happened: {what}\n{self.said()}")
            time.sleep(0.01)

    def expect_ended(self, statuses, message):
        self.run_.wait(timeout=PATIENCE)
        self.assertIn(self.run_.returncode, statuses, self.said())
        self.assertRegex(self.said(), f"error(?: \\(rank 1 on .*\\))?: {message} \\(.*\\)"
                                      f"(; the newest checkpoint is {self.name}/shards/\\S+)?"
                                      "; start again with --auto-resume")
        self.assertEqual(len(re.findall("^error.*: ", self.said(), re.M)), 1, self.said())
        self.wait_until(lambda: self.ranks_running(self.name) == [], "the end of all processes")
        newest = os.readlink(pathlib.Path(self.folder, self.name, "shards", "latest"))
        step = int(re.search(r"\d+$", newest).group())
        done = self.run_program("trainer", *self.arguments, "--auto-resume", "--max-steps",
                                step + 5)
        self.assertIn(f"Resuming from {self.name}/shards/{newest}", done.stdout)

    def test_a_stopped_rank_is_named(self):
        self.start("stopped", "--peer-timeout", 3)
        os.kill(self.ranks[1], signal.SIGSTOP)
        self.expect_ended((5,), f"rank 1 on {os.uname().nodename} has not answered for \\d+ s")

    def test_rank_zero_when_stopped_is_named_by_another(self):
        self.start("stopped0", "--peer-timeout", 3)
        os.kill(self.ranks[0], signal.SIGSTOP)
        self.expect_ended((5,), f"rank 0 on {os.uname().nodename} has not answered for \\d+ s")

    def test_a_killed_rank_is_named(self):
        self.start("killed")
        os.kill(self.ranks[1], signal.SIGKILL)
        self.expect_ended((5, 128 + signal.SIGKILL), f"rank 1 on {os.uname().nodename} is gone")

    def test_ranks_of_a_killed_launcher_do_not_stay(self):
        self.start("orphans")
        os.kill(self.ranks[1], signal.SIGSTOP)
        stat = pathlib.Path(f"/proc/{self.ranks[1]}/stat")
        self.wait_until(lambda: stat.read_text().split(") ")[1].startswith("T"), "the stop")
        self.run_.kill()
        self.wait_until(lambda: self.ranks_running(self.name) == [], "the end of all processes")

    def test_a_job_that_was_paused_as_a_whole_goes_on(self):
        self.start("paused", "--peer-timeout", 3)
        for rank in self.ranks:
            os.kill(rank, signal.SIGSTOP)
        time.sleep(6)
        for rank in self.ranks:
            os.kill(rank, signal.SIGCONT)
        time.sleep(2)
        self.run_.send_signal(signal.SIGUSR1)
        self.run_.wait(timeout=PATIENCE)
        self.assertEqual(self.run_.returncode, 75, self.said())


if __name__ == "__main__":
    unittest.main()
