# SPDX-License-Identifier: Apache-2.0
"""A rank that never comes ends the job by the deadline of the one that waits, where no watchdog
runs: it says so, and all processes end."""
import time
import unittest

from lockstep import ProgramTest


class AbsentRankProgramTest(ProgramTest):
    def test_the_rank_that_waits_says_so_and_ends_the_job(self):
        began = time.monotonic()
        done = self.run_program("absent_rank", ranks=2, status=5)
        self.assertLess(time.monotonic() - began, 100, "it ended by itself")
        self.assertRegex(done.stderr, r"error \(rank 0 on \S+\): waiting for all ranks: the other "
                                      r"ranks did not answer within 2 s; one of them is gone or "
                                      r"stuck\n")


if __name__ == "__main__":
    unittest.main()
