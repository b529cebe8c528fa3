# SPDX-License-Identifier: Apache-2.0
"""Kills a save before and after every call it makes: one rank, and all of them."""
import itertools
import shutil
import unittest

from fault_runs import (WIDE, FaultsProgramTest, add_decoys, listing, read_counts,
                        saved_sets)
from lockstep import copy_tree

SMALL = ["--elements", 2 * 16384 + 81]
ATTEMPTS = 4  # Ranks race for some calls, so a rank may make one call less than it was counted.
ALL_KINDS = list(itertools.product(("before", "after"), ("self", "all")))
SOME_KINDS = ALL_KINDS if WIDE else [("before", "self"), ("after", "all")]


class Sweep:
    """One command, started in copies of one folder and killed at every point."""

    def __init__(self, test, command, old, new, end, kinds=ALL_KINDS):
        self.test = test
        self.template = test.template
        self.command = command
        self.old = old  # the set that is there before; None: none
        self.new = new  # the set that the command saves
        self.end = end  # options of the resume that follows
        self.kinds = kinds
        self.roots = test.all_roots
        self.expected = self.undisturbed()

    def undisturbed(self):
        folder = copy_tree(self.template, self.test.folder / "expected")
        self.test.good(self.command[0], folder, *self.command[1:])
        self.test.good("resume", folder, *self.end, "--again", 1)
        names = listing(folder)
        shutil.rmtree(folder)
        return names

    def points(self):
        folder = copy_tree(self.template, self.test.folder / "counted")
        count = self.test.folder / "count"
        self.test.good(self.command[0], folder, *self.command[1:], count=count)
        shutil.rmtree(folder)
        calls = [read_counts(count, rank)[0] for rank in range(self.test.ranks)]
        self.calls = calls
        return [f"kill:{k}:{when}:{whom}:rank={rank}"
                for rank, most in enumerate(calls) for k in range(1, most + 1)
                for when, whom in self.kinds]

    def try_point(self, point):
        for attempt in range(ATTEMPTS):
            folder = self.test.folder / f"{point}-{attempt}"
            copy_tree(self.template, folder)
            done = self.test.store(self.command[0], folder, *self.command[1:], faults=point,
                                   count=f"{folder}.count")
            if done.fired == 1:
                self.judge(folder, saved_sets(done.lines))
            shutil.rmtree(folder)
            for rank in range(self.test.ranks):
                (folder.parent / f"{folder.name}.count.{rank}").unlink(missing_ok=True)
            if done.fired == 1:
                return
        raise AssertionError("the fault was never reached")

    def judge(self, folder, saved):
        """A start finds the old or the new checkpoint, saves its step again, and goes on."""
        test = self.test
        done = test.good("run" if self.old is None else "resume", folder, *self.end, "--again", 1)
        found = test.loaded(done.lines)
        name = found.name if found else None
        allowed = {self.new} if self.new in saved else {self.old, self.new}
        test.assertIn(name, allowed)
        if found:
            test.assertEqual(found.root, self.roots[found.name])
        last = test.check(folder)
        test.assertEqual(last.root, self.roots[last.name])
        test.assertEqual(saved_sets(done.lines)[-1], last.name)
        test.assertEqual(listing(folder), self.expected)
        test.expect_decoys(folder)

    def run(self, what):
        points = self.points()
        self.test.on_all(points, self.try_point)
        print(f"\ncrash points, {what}: {len(points)} tried, {len(points)} survived "
              f"(calls of each rank {self.calls}; before and after; one rank and all)")


class CrashProgramTest(FaultsProgramTest):
    def setUp(self):
        super().setUp()
        self.all_roots = self.roots(4, *SMALL)
        self.template = self.folder / "template"

    def run_to(self, epochs, *options):
        if epochs:
            self.good("run", self.template, "--epochs", epochs, *SMALL, *options)
        add_decoys(self.template)

    def options(self, epochs, ranks=None):
        return ["--epochs", epochs, *SMALL, "--ranks", ranks or self.ranks]

    # The third epoch is a new best one, and what retention then removes is the first.
    def test_a_crash_in_a_save_leaves_the_old_or_the_new_checkpoint(self):
        self.run_to(2)
        Sweep(self, ["run", *self.options(3)], "epoch_0002", "epoch_0003",
              self.options(4, 1)).run("a save")

    def test_a_crash_in_the_first_save_leaves_it_or_nothing(self):
        self.run_to(0)
        Sweep(self, ["run", *self.options(1)], None, "epoch_0001", self.options(2, 1),
              SOME_KINDS).run("the first save")

    def test_a_crash_while_saving_a_step_again_leaves_the_step(self):
        self.run_to(2)
        Sweep(self, ["run", *self.options(2), "--again", 1], "epoch_0002", "epoch_0002",
              self.options(3, 1), SOME_KINDS).run("the same step again")

    @unittest.skipUnless(WIDE, "one of the long sweeps of night.sh")
    def test_a_crash_in_a_save_of_shards_alone_leaves_the_old_or_the_new_checkpoint(self):
        self.run_to(2, "--export", "none")
        Sweep(self, ["run", *self.options(3), "--export", "none"], "epoch_0002", "epoch_0003",
              [*self.options(4, 1), "--export", "none"]).run("shards alone")

    def test_a_crash_of_a_start_that_cleans_up_after_a_crash_loses_nothing(self):
        self.run_to(2)
        count = self.folder / "count"
        counted = copy_tree(self.template, self.folder / "counted")
        self.good("run", counted, *self.options(3), count=count)
        shutil.rmtree(counted)
        calls = read_counts(count, 0)[0]
        tried = 0
        for place in range(calls, calls // 2, -1 if WIDE else -max(1, calls // 16)):
            tried += self.sweep_start_after(f"kill:{place}:after:all:rank=0", place)
        print(f"\ncrash points, a start after a crash: {tried} tried, {tried} survived")

    def crashed(self, crash, place):
        """What a save leaves that is killed there, and what it said."""
        for attempt in range(ATTEMPTS):
            folder = copy_tree(self.template, self.folder / f"crashed-{place}-{attempt}")
            done = self.store("run", folder, *self.options(3), faults=crash,
                              count=self.folder / f"count-{place}-{attempt}")
            if done.fired == 1:
                return folder, done
            shutil.rmtree(folder)
        raise AssertionError(f"the crash was never reached: {crash}")

    def sweep_start_after(self, crash, place):
        """Kills the start at each of its calls, in what the crash has left."""
        crashed, done = self.crashed(crash, place)
        found = self.check(crashed)
        count = self.folder / f"count-{place}-start"
        started = copy_tree(crashed, self.folder / f"started-{place}")
        self.good("open", started, count=count)
        calls = read_counts(count, 0)[0]

        def judge(point):
            folder = copy_tree(crashed, self.folder / f"{place}-{point}")
            killed = self.store("open", folder, faults=point, count=f"{folder}.count")
            self.assertEqual(killed.fired, 1)
            self.assertEqual(self.check(folder), found)
            self.good("open", folder)
            self.assertEqual(listing(folder), listing(started))
            self.good("resume", folder, *self.options(4, 1))
            self.assertEqual(self.check(folder).root, self.all_roots["epoch_0004"])
            self.expect_decoys(folder)
            shutil.rmtree(folder)

        if "epoch_0003" in saved_sets(done.lines):
            self.assertEqual(found.name, "epoch_0003")
        # One process: after a call is before the next one.
        points = [*(f"kill:{k}:before:self" for k in range(1, calls + 1)),
                  f"kill:{calls}:after:self"]
        self.on_all(points, judge)
        return len(points)


if __name__ == "__main__":
    unittest.main()
