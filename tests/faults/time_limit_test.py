# SPDX-License-Identifier: Apache-2.0
"""A time limit that comes while a save is going on, too near for another one: that save is
finished, and the run goes on from it."""
import signal
import subprocess
import time
import unittest

from fault_runs import variables
from lockstep import BIN, TINY, ProgramTest, environment

SHARD = "shard_00000_of_00001.h5"
LIMIT = 30  # seconds
LEFT = 7    # when the run goes on
PATIENCE = 60


class TimeLimitProgramTest(ProgramTest):
    def arguments(self, name):
        return [*TINY, "--data-file", self.sample(), "--epochs", 2,
                "--save-every-steps", 5, "--export", "none", "--output-dir", name]

    def start(self, name, faults):
        self.begun = time.monotonic()
        command = [BIN / "trainer", *self.arguments(name), "--time-limit", f"0:00:{LIMIT}"]
        process = subprocess.Popen([str(word) for word in command], cwd=self.folder, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   env=environment(**variables(self.folder / name, faults)))
        self.addCleanup(process.kill)
        return process

    def wait_until_stopped(self, process):
        deadline = time.monotonic() + PATIENCE
        while self.state(process) != "T":
            self.assertIsNone(process.poll(), "the run ended early")
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def state(self, process):
        with open(f"/proc/{process.pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(") ")[2][0]

    # The run stops itself within its first save, as a machine that is put to sleep does; when it
    # goes on, the rest of that save takes longer than the next step.
    def test_the_save_that_is_going_on_is_finished_where_another_would_come_too_late(self):
        process = self.start("run", f"stop:2:file={SHARD};stall:3:2:file={SHARD}")
        self.wait_until_stopped(process)
        time.sleep(max(0.0, self.begun + LIMIT - LEFT - time.monotonic()))
        process.send_signal(signal.SIGCONT)
        text, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 75, text)
        self.assertRegex(text, r"stopped before the time limit after step \d+, with too little "
                               r"time left to save it; --resume goes on from "
                               r"run/shards/step_00000005\n")
        self.assertEqual(list((self.folder / "run" / "shards").glob("*.draft-*")), [])
        resumed = self.run_program("trainer", "--resume", "--output-dir", "run", "--lang", "en")
        self.assertIn("Resuming from run/shards/step_00000005", resumed.stdout)
        straight = self.run_program("trainer", *self.arguments("straight"))
        self.assertEqual(self.roots(resumed.stdout)[-1], self.roots(straight.stdout)[-1])


if __name__ == "__main__":
    unittest.main()
