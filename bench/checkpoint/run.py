#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a checkpoint costs, Lockstep and PyTorch side by side in one run.

  bench/checkpoint/run.py [--ranks "1 2 4"] [--model gpt2-small|tiny] [--pairs N] [--directory DIR]

Both sides and the disk take turns: each pair is one measurement of everything, and the best and the
median of all pairs are told. Prints Markdown; the measurements go to bench/results/ as lines of
JSON. README.md beside this folder says what is measured, and how.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import bare_writes
import device
import lockstep
import machine
import measurements
import model_shapes
import report

ROOT = machine.ROOT
HERE = pathlib.Path(__file__).resolve().parent
STATES_ON_DISK = 10  # at most: sets and .pt files of the run that retention has not yet removed


def say(text):
    print(text, file=sys.stderr, flush=True)


class Pair:
    """One measurement of everything at one number of ranks."""

    def __init__(self, options, results, ranks, number, folder):
        self.options = options
        self.results = results
        self.ranks = ranks
        self.folder = folder
        self.state_bytes = model_shapes.state_bytes(options.model, options.block_size)
        self.more = {"ranks": ranks, "pair": number}

    def add(self, line, **more):
        self.results.add(line, **{**self.more, **more})

    def disk(self):
        self.add(device.dd_write(self.folder, self.state_bytes), side="disk")
        self.add(device.fio_write(self.folder, self.state_bytes, self.ranks), side="disk")

    def store_alone(self):
        for form in ("shards", "both"):
            folder = self.folder / f"alone_{form}"
            self.add(lockstep.write_alone(self.options, self.ranks, folder, form), side="lockstep")
            if form == "both":
                self.read_back(folder)
            shutil.rmtree(folder)

    def read_back(self, folder):
        run = folder.resolve()
        newest = (run / "shards/latest").resolve()
        self.add(device.dd_read(newest), side="disk")
        for part in ("share", "all"):
            self.add(lockstep.load(self.options, self.ranks, newest, part), side="lockstep",
                     form="set")
        self.add(lockstep.load(self.options, self.ranks, run / "latest.pt", "all"),
                 side="lockstep", form="pt")
        self.add(lockstep.consolidate(self.options, run, self.folder / "consolidated.pt"),
                 side="lockstep")

    def train(self):
        folder = self.folder / "train"
        for save in lockstep.train(self.options, self.ranks, folder):
            self.add(save, side="lockstep")
        if self.options.keep_metrics:
            shutil.copy(folder / "metrics.jsonl", self.options.keep_metrics)
        shutil.rmtree(folder)

    def bare_writes(self):
        if not device.has_fio():
            return
        folder = self.folder / "bare"
        for line in bare_writes.measure(self.options, self.ranks, folder, self.state_bytes):
            self.add(line, side="disk")
        shutil.rmtree(folder)

    def step_seconds(self):
        """Of the trainer's steps without a save, so that DCP's steps are as long."""
        steps = [seconds for line in self.results.of(self.ranks) if line["what"] == "train_save"
                 for seconds in line["idle_steps"]]
        return report.median(steps) or self.options.step_seconds

    def pytorch(self):
        folder = self.folder / "pytorch"
        command = [self.options.python, HERE / "dcp_peer.py", "--ranks", self.ranks,
                   "--directory", folder, "--model", self.options.model,
                   "--block-size", self.options.block_size, "--saves", self.options.peer_saves,
                   "--step-seconds", self.step_seconds(),
                   "--threads", machine.threads_of_a_rank(self.ranks, self.options.threads)]
        done = subprocess.run(list(map(str, command)), text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
        for line in done.stdout.splitlines():
            self.add(json.loads(line))
        shutil.rmtree(folder)

    def run(self):
        stages = [("disk", self.disk), ("lockstep", self.store_alone), ("lockstep", self.train),
                  ("disk", self.bare_writes), ("pytorch", self.pytorch)]
        for side, stage in stages:
            if side in self.options.only:
                say(f"{self.ranks} ranks, pair {self.more['pair'] + 1}: {side}, {stage.__name__}")
                stage()


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ranks", default="1 2 4", help='numbers of ranks ("1 2 4")')
    parser.add_argument("--model", choices=model_shapes.MODELS, default="gpt2-small")
    parser.add_argument("--pairs", type=int, default=3, help="measurements of everything (3)")
    parser.add_argument("--directory", type=machine.folder, default=pathlib.Path("/var/tmp"),
                        help="where the checkpoints are written and removed (/var/tmp)")
    parser.add_argument("--quick", action="store_true",
                        help="one pair with few saves: whether all works, not how fast")
    parser.add_argument("--only", default="disk lockstep pytorch", help="sides to measure")
    parser.add_argument("--block-size", type=int, default=64, help="context in training (64)")
    parser.add_argument("--batch-per-rank", type=int, default=1, help="sequences (1)")
    parser.add_argument("--threads", type=int, default=0,
                        help="of each rank; fewer than its share leave cores free (its share)")
    parser.add_argument("--epochs", type=int, default=3, help="of a training run (3)")
    parser.add_argument("--save-every", type=int,
                        help="steps between saves; an epoch is two of them (6; tiny: 60)")
    parser.add_argument("--peer-saves", type=int, default=2, help="of each kind in PyTorch (2)")
    parser.add_argument("--step-seconds", type=float, default=1.0,
                        help="of PyTorch's steps where the trainer was not measured (1)")
    parser.add_argument("--bin", type=pathlib.Path,
                        help="programs that are built already (else build/release is brought up "
                             "to date)")
    parser.add_argument("--python", type=pathlib.Path, default=ROOT / ".deps/python/bin/python",
                        help="a Python with torch (.deps/python/bin/python)")
    parser.add_argument("--keep-metrics", type=pathlib.Path, metavar="FILE",
                        help="keep the metrics of the last training run")
    options = parser.parse_args()
    options.ranks = [int(ranks) for ranks in options.ranks.split()]
    options.only = options.only.split()
    # A save is to be done before the next one begins, which would wait for it.
    options.save_every = options.save_every or (60 if options.model == "tiny" else 6)
    if options.quick:
        options.pairs, options.epochs, options.peer_saves = 1, 2, 1
    return parser, options


def build():
    """The programs as people run them; what is up to date takes a moment."""
    for command in (["cmake", "--preset", "release", "-DLOCKSTEP_BUILD_BENCH=ON"],
                    ["launch/build.sh", "release", *lockstep.PROGRAMS]):
        done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT,
                              env={"LOCKSTEP_LIBTORCH": "", **os.environ})
        if done.returncode != 0:
            raise SystemExit(f"{done.stdout}\n{' '.join(command)} failed")


def find_programs(parser, options):
    if options.bin is None:
        build()
        options.bin = ROOT / "build/release/bin"
    options.bin = options.bin.resolve()
    if missing := lockstep.missing_programs(options.bin):
        parser.error(f"{', '.join(missing)} missing in {options.bin}")


def check(parser, options):
    if "lockstep" in options.only or "disk" in options.only:
        find_programs(parser, options)
    if "pytorch" in options.only and not machine.torch_version(options.python):
        parser.error(f"{options.python} has no torch (launch/setup.sh --tests installs it)")
    options.directory.mkdir(parents=True, exist_ok=True)
    needed = STATES_ON_DISK * model_shapes.state_bytes(options.model, options.block_size)
    free = shutil.disk_usage(options.directory).free
    if free < needed:
        parser.error(f"{options.directory} has {free >> 20} MiB free, {needed >> 20} are needed; "
                     "choose another --directory")


def measure(options, results):
    with tempfile.TemporaryDirectory(prefix="lockstep-bench-", dir=options.directory) as folder:
        for ranks in options.ranks:
            for number in range(options.pairs):
                Pair(options, results, ranks, number, pathlib.Path(folder)).run()


def main():
    measurements.end_in_good_order()
    parser, options = parse()
    check(parser, options)
    head = {"benchmark": "checkpoint", "model": options.model, "pairs": options.pairs,
            "block_size": options.block_size, "batch_per_rank": options.batch_per_rank,
            "quick": options.quick, "threads": options.threads, **machine.description(options.python, options.directory)}
    results = measurements.Results(head)
    measure(options, results)
    state_bytes = model_shapes.state_bytes(options.model, options.block_size)
    print(f"# A checkpoint of {options.model}, {head['date'][:10]}, commit {head['commit'][:12]}\n")
    print(f"{head['processor']}, {head['cores']} cores, {head['memory_bytes'] >> 30} GiB; "
          f"{head['file_system']}; torch {head['torch']}, HDF5 {head['hdf5']}, "
          f"Linux {head['kernel']}; load before: {head['load_before']}\n")
    for ranks in options.ranks:
        print(report.report(results.of(ranks), ranks, state_bytes) + "\n")
    say(f"The measurements are in {results.path}")


if __name__ == "__main__":
    main()
