# SPDX-License-Identifier: Apache-2.0
"""Runs the built programs in a folder of their own, for the tests written in Python."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ["LOCKSTEP_BIN"])
SAMPLE = ROOT / "data" / "zh_sample.txt"
# One epoch of this is a few seconds: byte tokens, the tiny model.
TINY = ["--model", "tiny", "--tokenizer", "byte"]


def command(program, arguments, ranks):
    if ranks == 0:
        return [str(BIN / program), *map(str, arguments)]
    return [str(ROOT / "launch" / "run.sh"), "--quiet", "--bind", "none", "-np", str(ranks),
            str(BIN / program), *map(str, arguments)]


def flip_bit(path, place):
    """Of the byte at `place`, the lowest one."""
    with open(path, "r+b") as stream:
        stream.seek(place)
        byte = stream.read(1)[0]
        stream.seek(place)
        stream.write(bytes([byte ^ 1]))


def link_of(pid, name):
    """The file that a process runs ("exe"), or its folder ("cwd"); empty once it has ended."""
    try:
        return os.readlink(f"/proc/{pid}/{name}")
    except OSError:
        return ""


def rank_of(pid):
    """By what mpirun told the process; 0 without mpirun, or once the process has ended."""
    try:
        variables = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return 0
    return next((int(value) for name, _, value in (v.partition(b"=") for v in variables)
                 if name == b"OMPI_COMM_WORLD_RANK"), 0)


def copy_tree(source, target):
    """Copies a folder as it is: links to one file stay links to one file, and times stay."""
    first_names = {}
    os.makedirs(target, exist_ok=True)
    for folder, folders, files in os.walk(source):
        place = os.path.join(target, os.path.relpath(folder, source))
        for name in folders + files:
            old, new = os.path.join(folder, name), os.path.join(place, name)
            if os.path.islink(old):
                os.symlink(os.readlink(old), new)
            elif os.path.isdir(old):
                os.mkdir(new)
            elif os.stat(old).st_ino in first_names:
                os.link(first_names[os.stat(old).st_ino], new)
            else:
                first_names[os.stat(old).st_ino] = new
                shutil.copy2(old, new)
    return target


def environment(**changes):
    """In English, unless the command says otherwise."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8", **changes}


class ProgramTest(unittest.TestCase):
    """A test with an empty current folder, removed afterwards."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lockstep-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def run_program(self, program, *arguments, ranks=0, status=0, before=(), **changes):
        """Runs to the end and checks the exit code; returns what it printed. `before`: a command
        that starts it."""
        done = subprocess.run([*before, *command(program, arguments, ranks)], cwd=self.folder, text=True,
                              capture_output=True, timeout=300, env=environment(**changes))
        self.assertEqual(done.returncode, status, f"{done.args}\n{done.stdout}\n{done.stderr}")
        return done

    def train(self, *arguments, ranks=0, status=0):
        return self.run_program("trainer", *TINY, *arguments, ranks=ranks, status=status)

    def sample(self, characters=6000):
        """A short text, so that an epoch takes about a second."""
        text = self.folder / "text.txt"
        text.write_text(SAMPLE.read_text(encoding="utf-8")[:characters], encoding="utf-8")
        return text

    def ranks_running(self, name):
        """The trainer's processes of this test whose run directory is `name`, by rank."""
        listed = subprocess.run(["pgrep", "-f", f"{BIN}/trainer .*--output-dir {name} "],
                                capture_output=True, text=True).stdout.split()
        right = (str(BIN / "trainer"), str(self.folder.resolve()))
        return sorted((pid for pid in map(int, listed)
                       if (link_of(pid, "exe"), link_of(pid, "cwd")) == right), key=rank_of)

    def roots(self, text):
        """Those that a run has said, in English."""
        return [line.split()[-1] for line in text.splitlines() if "Root: " in line]

    def metrics(self, name):
        """The lines of the steps."""
        return [line for line in self.metrics_lines(name) if "event" not in line]

    def metrics_lines(self, name):
        return [json.loads(line) for line in (self.folder / name).read_text().splitlines()]

    def losses(self, name):
        return [line["loss"] for line in self.metrics(name)]

    def files(self, name="checkpoints"):
        return sorted(p.name for p in (self.folder / name).iterdir() if p.is_file())


class PreparedProgramTest(ProgramTest):
    """Each test begins with a copy of what prepare() has left in its folder, once for all tests of
    the class: such a class is one entry of CTest. Texts are named without their folder, so that a
    copy trains on its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        first = cls()
        cls.addClassCleanup(first.doCleanups)
        ProgramTest.setUp(first)
        first.prepare()
        cls.prepared = first.folder

    def setUp(self):
        super().setUp()
        copy_tree(self.prepared, self.folder)

    def prepare(self):
        raise NotImplementedError
