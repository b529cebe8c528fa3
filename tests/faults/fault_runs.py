# SPDX-License-Identifier: Apache-2.0
"""Runs store_faults under the fault shim, and judges what is left of its folder."""
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import tempfile

from lockstep import BIN, ProgramTest, environment

SHIM = BIN / "liblockstep_faults.so"
# Files of other people, with names that look like ours; they must survive everything.
DECOYS = ["notes.txt", "model_epoch_2.pt.keep", "model_epoch_02.pt", "shards/epoch_0003.backup",
          "shards/epoch_0003.draft", "shards/epoch_0002.trash-xyz/precious",
          "shards/mine/epoch_0001/manifest.json"]

# The complete sweeps of night.sh.
WIDE = os.environ.get("LOCKSTEP_FAULTS_WIDE", "") != ""
# Of the failures of a sweep, how many are printed.
SHOWN = int(os.environ.get("LOCKSTEP_FAULTS_SHOWN", "5"))
# What a run does not say where nothing is lost.
BAD = "^(failed|refused|problem|error|damaged)|MIXED|HDF5-DIAG|ERROR:|runtime error:"

Done = collections.namedtuple("Done", "status lines fired")
Checkpoint = collections.namedtuple("Checkpoint", "name step root")


def variables(folder, faults="", log=None, count=None):
    """What makes the shim watch `folder`."""
    changes = {"LD_PRELOAD": str(SHIM), "LOCKSTEP_FAULTS_DIR": str(folder),
               # A sanitized program wants its own library to be the first.
               "ASAN_OPTIONS": "verify_asan_link_order=0"}
    for name, value in (("", faults), ("_LOG", log), ("_COUNT", count)):
        if value:
            changes["LOCKSTEP_FAULTS" + name] = str(value)
    return changes


def read_counts(count, rank):
    """The calls the last process of the rank has made, and how often a fault acted in any."""
    try:
        counts = pathlib.Path(f"{count}.{rank}").read_bytes()
    except FileNotFoundError:
        counts = b""
    # A rank that is killed with another may have made its file and not yet filled it.
    return struct.unpack("qq", counts) if counts else (0, 0)


def read_log(path):
    """The records of a log: dictionaries, "data" being the bytes that were written."""
    records = []
    text = pathlib.Path(path).read_bytes()
    place = 0
    while place < len(text):
        end = text.index(b"\n", place)
        record = json.loads(text[place:end])
        record["data"] = text[end + 1:end + 1 + record["bytes"]]
        records.append(record)
        place = end + 1 + record["bytes"] + 1
    return records


def listing(folder):
    """Every name below the folder, with the targets of symbolic links."""
    names = []
    for place, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(place, name)
            arrow = " -> " + os.readlink(path) if os.path.islink(path) else ""
            names.append(os.path.relpath(path, folder) + arrow)
    return sorted(names)


def add_decoys(folder):
    for name in DECOYS:
        path = pathlib.Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine: " + name)


class FaultsProgramTest(ProgramTest):
    """A test with a folder in memory, where fsync costs nothing."""

    ranks = 3 if WIDE else 2
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(
            prefix="lockstep-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def store(self, command, folder, *options, faults="", log=None, count=None, timeout=60,
              **changes):
        """Runs store_faults to the end of all its processes."""
        arguments = [str(BIN / "store_faults"), command, str(folder), *map(str, options)]
        if faults or log or count:
            changes.update(variables(folder, faults, log, count))
        # A group of its own, which a fault may kill as a whole.
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, errors="replace", start_new_session=True,
                                   env=environment(**changes))
        try:
            text, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise AssertionError(f"hangs: {arguments} with '{faults}'") from None
        fired = sum(read_counts(count, rank)[1] for rank in range(16)) if count else 0
        return Done(process.returncode, text.splitlines(), fired)

    def good(self, command, folder, *options, **more):
        done = self.store(command, folder, *options, **more)
        self.assertEqual(done.status, 0, "\n".join([command, str(options), *done.lines]))
        for line in done.lines:
            self.assertNotRegex(line, BAD, "\n".join([command, *done.lines]))
        return done

    def roots(self, epochs, *options):
        """Set name -> root, of a run that nothing disturbs."""
        folder = self.folder / "undisturbed"
        done = self.good("run", folder, "--epochs", epochs, "--keep-last-n", 0, *options)
        shutil.rmtree(folder)
        return dict(re.findall(r"^saved (\S+) root (\S+)", "\n".join(done.lines), re.MULTILINE))

    def loaded(self, lines):
        for line in lines:
            found = re.match(r"loaded (\S+) epoch \d+ step (\d+) root (\S+)", line)
            if found:
                return Checkpoint(found[1], int(found[2]), found[3])
        return None

    def check(self, folder, **more):
        """The newest checkpoint, which must be whole and the first that was tried."""
        done = self.store("check", folder, **more)
        for line in done.lines:
            self.assertNotRegex(line, BAD, "\n".join(done.lines))
        return self.loaded(done.lines)

    def expect_decoys(self, folder):
        for name in DECOYS:
            self.assertEqual((pathlib.Path(folder) / name).read_text(), "mine: " + name)

    def on_all(self, points, judge):
        """Judges every point, two at a time; an error names its point. None would prove nothing."""
        self.assertTrue(points)

        def one(point):
            try:
                judge(point)
            except Exception as error:  # pylint: disable=broad-except
                return f"{point}: {error}"
            return None
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            failures = [failure for failure in pool.map(one, points) if failure]
        if failures:
            self.fail(f"{len(failures)} of {len(points)} failed\n" + "\n".join(failures[:SHOWN]))


def saved_sets(lines):
    return [line.split()[1] for line in lines if line.startswith("saved ")]
