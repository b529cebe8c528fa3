# SPDX-License-Identifier: Apache-2.0
"""Every call of a save fails in every way a file system knows; and a disk that is really full."""
import collections
import errno
import os
import re
import shutil
import subprocess
import unittest

from fault_runs import (WIDE, FaultsProgramTest, add_decoys, listing, read_log,
                        saved_sets)
from lockstep import copy_tree

SMALL = ["--elements", 2 * 16384 + 81]
HARD = ["ENOSPC", "EDQUOT", "EIO", "ESTALE"]
# An interrupted call, or one that has done half of its work, is no failure: it goes on.
INTERRUPTED = ("open", "write", "truncate", "allocate", "sync", "close")
NO_LINKS = ["ENOSYS", "EXDEV", "EMLINK", "EPERM"]
Point = collections.namedtuple("Point", "rank k where call error path by")
# A rank's threads write it, and others the shard: which call comes when differs from run to run, but
# not how many of each kind there are on it, and on all other files.
PT = "model.pt"


def errors_for(record, place):
    """The errors that one call is given; each call in turn two of the hard ones."""
    errors = HARD if WIDE else [HARD[place % 4], HARD[(place + 1 + place // 4 % 3) % 4]]
    if record["call"] in INTERRUPTED:
        errors = [*errors, "EINTR"]
    if record["call"] == "write" and record["length"] >= 2:
        errors = [*errors, "short"]
    return errors


class ErrorsProgramTest(FaultsProgramTest):
    def setUp(self):
        super().setUp()
        self.all_roots = self.roots(5, *SMALL)
        self.template = self.folder / "template"
        self.good("run", self.template, "--epochs", 2, *SMALL)
        add_decoys(self.template)
        self.options = [*SMALL, "--ranks", self.ranks, "--epochs"]
        clean = copy_tree(self.template, self.folder / "clean")
        self.good("run", clean, *self.options, 5)
        self.expected = listing(clean)

    def records(self):
        """The calls of one save, of the folder's opening before it too."""
        folder = copy_tree(self.template, self.folder / "logged")
        self.good("run", folder, *self.options, 3, log=self.folder / "log")
        return read_log(self.folder / "log")

    def try_point(self, point):
        """Runs two saves, of which the first meets the error. Returns what it said about it."""
        fault = (f"short:{point.k}" if point.error == "short"
                 else f"error:{point.k}:{point.error}")
        name = f"{point.rank}-{point.where.replace(':', '-')}-{point.k}-{point.error}"
        folder = copy_tree(self.template, self.folder / name)
        for _ in range(4):  # Ranks race for some calls.
            done = self.store("run", folder, *self.options, 4, count=f"{folder}.count",
                              faults=f"{fault}:{point.where}:rank={point.rank}:once")
            if done.fired == 1:
                break
            shutil.rmtree(folder)
            copy_tree(self.template, folder)
        self.assertEqual(done.fired, 1)
        problem = self.judge(point, folder, done)
        shutil.rmtree(folder)
        return problem

    def expect_in_order_later(self, folder):
        """Whatever save was missed: by the fifth epoch retention has left what it always leaves."""
        self.good("resume", folder, *self.options, 5)
        self.assertEqual(listing(folder), self.expected)
        self.assertEqual(self.check(folder).root, self.all_roots["epoch_0005"])
        self.expect_decoys(folder)

    def judge(self, point, folder, done):
        text = "\n".join(done.lines)
        problem = re.search(r"^(failed|error) (.|\n)*?(?=^saved|\Z)", text, re.MULTILINE)
        self.assertNotIn("MIXED", text)
        if problem:
            self.assertIn(str(folder), problem[0])
            if point.error != "short":
                number = getattr(errno, point.error)
                self.assertTrue(f"errno {number})" in problem[0]
                                or os.strerror(number) in problem[0],
                                f"without the reason: {problem[0]}")
            if point.rank:
                self.assertIn(f"rank {point.rank}: ", problem[0])
        newest = self.check(folder)
        # A start that fails changes nothing; a save that fails is followed by one that does not.
        if any(line.startswith("error ") for line in done.lines):
            self.assertEqual(newest.name, "epoch_0002")
        else:
            self.assertEqual(saved_sets(done.lines)[-1], "epoch_0004", text)
            self.assertEqual(newest.name, "epoch_0004", text)
        self.assertEqual(newest.root, self.all_roots[newest.name])
        self.expect_in_order_later(folder)
        # What fails after the commit, when old files are removed, is a warning.
        problem = problem or re.search(r"^warning: .*", text, re.MULTILINE)
        return problem[0] if problem else None

    def points(self, errors_of):
        found = []
        calls = collections.Counter()
        for place, record in enumerate(self.records()):
            is_pt = os.path.basename(record["path"]) == PT
            where = f"{'file' if is_pt else 'other'}={PT}:call={record['call']}"
            calls[record["rank"], where] += 1
            if "/.saved/" in record["path"]:
                continue  # The mark of a save is a call that fails as it should.
            found += [Point(record["rank"], calls[record["rank"], where], where, record["call"],
                            error, record["path"], record["by"])
                      for error in errors_of(record, place)]
        return found

    def test_every_error_of_every_call_leaves_the_old_checkpoint_and_the_next_save(self):
        points = self.points(errors_for)
        told = collections.Counter()
        library = collections.Counter()

        def judge(point):
            problem = self.try_point(point)
            is_ours = point.by == "store_faults"
            told["told" if problem else "absorbed"] += 1
            if point.call in ("write", "sync") and point.error in HARD:
                self.assertTrue(problem, "bytes may be lost, and nothing is said")
            if point.error in ("EINTR", "short") and problem and "warning" not in problem:
                self.assertFalse(is_ours, f"an interrupted call became a failure: {problem}")
                library[f"{point.by} {point.call} {point.error}"] += 1
        self.on_all(points, judge)
        self.assertGreater(told["told"], 0)
        print(f"\nerrors: {len(points)} given, {told['told']} told with file and reason, "
              f"{told['absorbed']} without consequence; interrupted calls of libraries that "
              f"became failures: {dict(library) or 'none'}")

    def test_without_hard_links_the_names_are_copies(self):
        folders = 0
        for error in NO_LINKS:
            folder = copy_tree(self.template, self.folder / error)
            done = self.good("run", folder, *self.options, 4, faults=f"error:1+:{error}:call=link",
                             count=self.folder / "count")
            self.assertGreater(done.fired, 0)
            self.assertEqual(sum("(names are copies)" in line for line in done.lines), 2)
            self.expect_in_order_later(folder)
            folders += 1
        print(f"\nfile systems without hard links: {folders} tried, {folders} worked")

    def test_without_any_links_and_exchanges_checkpoints_are_saved_and_found(self):
        faults = ";".join(["error:1+:EPERM:call=link", "error:1+:EPERM:call=symlink",
                           "error:1+:EINVAL:call=exchange", "error:1+:EOPNOTSUPP:call=clone",
                           "error:1+:EOPNOTSUPP:call=allocate"])
        folder = copy_tree(self.template, self.folder / "fat")
        done = self.good("run", folder, *self.options, 4, faults=faults,
                         count=self.folder / "count")
        self.assertEqual(sum("(names are copies)" in line for line in done.lines), 2)
        self.good("resume", folder, *self.options, 4, "--again", 1, faults=faults)
        self.assertEqual(self.check(folder).root, self.all_roots["epoch_0004"])
        self.expect_in_order_later(folder)

    def test_a_disk_that_is_full_after_any_number_of_bytes_keeps_the_old_checkpoint(self):
        points = [f"full:{size}:rank={rank}" for rank in range(self.ranks)
                  for size in range(0, 400_000, 20_000 if WIDE else 100_000)]
        met = collections.Counter()

        def judge(point):
            folder = copy_tree(self.template, self.folder / point)
            done = self.store("run", folder, *self.options, 3, faults=point,
                              count=f"{folder}.count")
            if not done.fired:  # the rank does not write that much
                self.assertEqual(done.status, 0, done.lines)
                return
            met[point[-1]] += 1
            self.assertIn("No space left on device", "\n".join(done.lines))
            self.assertEqual(self.check(folder).name, "epoch_0002")
            self.expect_in_order_later(folder)
            shutil.rmtree(folder)
        self.on_all(points, judge)
        self.assertEqual(len(met), self.ranks)
        print(f"\nfull disks: {met.total()} met, {met.total()} survived")

    def test_a_file_system_that_is_really_full_says_what_is_missing(self):
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk],
                                 capture_output=True, text=True)
        if mounted.returncode != 0:
            self.skipTest("cannot mount a tmpfs here: " + mounted.stderr.strip())
        self.addCleanup(subprocess.run, ["umount", "-l", disk])
        spaces = range(50_000, 850_000, 25_000 if WIDE else 100_000)
        for space in spaces:
            folder = copy_tree(self.template, disk / str(space))
            self.fill(disk, space)
            done = self.store("run", folder, *self.options, 3)
            text = "\n".join(done.lines)
            self.assertRegex(text, r"failed epoch_0003: (.|\n)*rank \d: writing .*"
                                   r"bytes are missing.*No space left on device", f"{space}")
            self.assertEqual(self.check(folder).name, "epoch_0002")
            (disk / "ballast").unlink()
            self.expect_in_order_later(folder)
            shutil.rmtree(folder)
        print(f"\nfull file systems: {len(spaces)} tried, {len(spaces)} survived")

    @staticmethod
    def fill(disk, space):
        """Leaves about `space` bytes free."""
        free = os.statvfs(disk)
        size = free.f_bavail * free.f_frsize - space
        with open(disk / "ballast", "wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, size)


if __name__ == "__main__":
    unittest.main()
