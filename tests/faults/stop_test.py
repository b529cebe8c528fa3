# SPDX-License-Identifier: Apache-2.0
"""A writer that hangs: the save is given up at its deadline, and whatever the writer does later
harms nothing."""
import os
import shutil
import signal
import subprocess
import time
import unittest

from fault_runs import (BIN, WIDE, FaultsProgramTest, add_decoys, listing, read_counts,
                        saved_sets, variables)
from lockstep import copy_tree, environment

SMALL = ["--elements", 2 * 16384 + 81]
# Seconds; which the saves that nothing disturbs must keep, on a busy machine too.
DEADLINE = 1.5


class StopProgramTest(FaultsProgramTest):
    def setUp(self):
        super().setUp()
        self.all_roots = self.roots(5, *SMALL)
        self.template = self.folder / "template"
        self.good("run", self.template, "--epochs", 2, *SMALL)
        add_decoys(self.template)
        self.options = [*SMALL, "--ranks", self.ranks, "--deadline", DEADLINE, "--epochs"]
        clean = copy_tree(self.template, self.folder / "clean")
        self.good("run", clean, *self.options, 5, count=self.folder / "count")
        self.expected = listing(clean)
        self.calls = read_counts(self.folder / "count", 1)[0]

    def places(self):
        # After its last two calls a writer has nothing to do but to report.
        return range(1, self.calls, 1 if WIDE else max(1, self.calls // 12))

    def expect_given_up(self, lines):
        text = "\n".join(lines)
        self.assertIn("failed epoch_0003: ", text)
        self.assertIn("rank 1: did not report before the deadline", text)
        self.assertEqual(saved_sets(lines), ["epoch_0004"])

    def expect_in_order(self, folder):
        self.assertEqual(self.check(folder).root, self.all_roots["epoch_0004"])
        self.good("resume", folder, *SMALL, "--ranks", self.ranks, "--epochs", 5)
        self.assertEqual(listing(folder), self.expected)
        self.expect_decoys(folder)
        shutil.rmtree(folder)

    def run_stopped(self, folder, place, sent):
        """Ends when the run has; its stopped writer then gets the signal."""
        with open(f"{folder}.out", "w+", encoding="utf-8") as log:
            return self.run_into(log, folder, place, sent)

    def run_into(self, log, folder, place, sent):
        process = subprocess.Popen(
            [str(BIN / "store_faults"), "run", str(folder), *map(str, self.options), "4"],
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            env=environment(**variables(folder, f"stop:{place}:rank=1:once",
                                        count=f"{folder}.count")))
        process.wait(timeout=60)
        os.killpg(process.pid, sent)
        self.wait_for_group(process.pid)
        log.seek(0)
        return log.read().splitlines()

    def wait_for_group(self, group):
        """Until no process of the group runs; dead ones may wait for their parent for ever."""
        for _ in range(600):
            running = subprocess.run(["ps", "-o", "stat=", "-g", str(group)], text=True,
                                     capture_output=True).stdout.split()
            if all(state.startswith("Z") for state in running):
                return
            time.sleep(0.05)
        self.fail("the stopped writer does not end")

    def test_a_stopped_writer_costs_one_save_whatever_becomes_of_it(self):
        points = [(place, sent) for place in self.places()
                  for sent in (signal.SIGCONT, signal.SIGKILL)]

        def judge(point):
            place, sent = point
            folder = copy_tree(self.template, self.folder / f"{place}-{sent.name}")
            self.expect_given_up(self.run_stopped(folder, place, sent))
            self.expect_in_order(folder)
        self.on_all(points, judge)
        print(f"\nstopped writers: {len(points)} tried, {len(points)} saves given up in time, "
              f"{len(points)} followed by a good one")

    def test_a_writer_that_wakes_up_during_the_next_save_does_not_disturb_it(self):
        points = list(self.places())

        def judge(place):
            folder = copy_tree(self.template, self.folder / str(place))
            done = self.store("run", folder, *self.options, 4, count=f"{folder}.count",
                              faults=f"stall:{place}:{DEADLINE + 0.02}:rank=1:once")
            if "epoch_0003" not in saved_sets(done.lines):  # It may just have made it.
                self.expect_given_up(done.lines)
            self.expect_in_order(folder)
        self.on_all(points, judge)
        print(f"\nwriters that come too late: {len(points)} tried, {len(points)} survived")


if __name__ == "__main__":
    unittest.main()
