#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The trainer on processors beside PyTorch: as its users start it, tuned, and compiled.

  bench/cpu/run.py [--models "gpt2-small small"] [--ranks "1 2"] [--pairs N] ...

Prints Markdown; the measurements go to bench/results/ as lines of JSON, each as soon as it is made.
README.md beside this folder says what is measured, and how.
"""
import argparse
import dataclasses
import json
import pathlib
import sys
import tempfile

BENCH = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCH), str(BENCH / "training"), str(BENCH / "checkpoint")]

import cpu_report
import machine
import measurements
import processes
import shapes
import sides
import throughput
import trainer_side
import training_data

PEER = BENCH / "training/peer.py"
RATE = pathlib.Path(__file__).resolve().parent / "matrix_rate.py"
# Side -> arguments of the peer.
PEERS = {"eager": [], "tuned": ["--tuned"], "compile": ["--tuned", "--compile", "default"]}
# Keeps glibc from giving memory back after each step, and from taking it page by page in the next.
TUNED_MALLOC = ("glibc.malloc.mmap_threshold=34359738368:"
                "glibc.malloc.trim_threshold=34359738368")


@dataclasses.dataclass(frozen=True)
class Work:
    batch: int  # sequences of a rank
    warmup: int
    steps: int


WORK = {"gpt2-small": Work(2, 2, 5), "small": Work(4, 20, 100), "tiny": Work(4, 3, 10)}


def say(text):
    print(text, file=sys.stderr, flush=True)


def peer_command(options, side, model, plan, data):
    python = [options.python]
    if plan.ranks > 1:
        python += ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", plan.ranks]
    return [*python, PEER, "--tokens", data.train, "--batch", plan.batch, "--model", model,
            "--device", "cpu", "--precision", "fp32", "--warmup", plan.warmup, "--steps",
            plan.steps, *PEERS[side]]


def peer_environment(side, ranks):
    environment = machine.rank_environment(ranks)
    return environment if side == "eager" else {**environment, "GLIBC_TUNABLES": TUNED_MALLOC}


class Bench:
    def __init__(self, options, results):
        self.options = options
        self.results = results

    def work(self, side, model, plan, data):
        options = self.options
        if sides.is_ours(side):
            return trainer_side.measure(options, plan, data, options.timeout)
        output = processes.output_of(peer_command(options, side, model, plan, data),
                                     options.timeout, peer_environment(side, plan.ranks))
        return json.loads(output.splitlines()[-1])

    def measure(self, side, model, plan, data, pair):
        line = {"what": "steps", "side": side, "model": model, "ranks": plan.ranks,
                "batch": plan.batch, "pair": pair}
        try:
            found = self.work(side, model, plan, data)
        except Exception as failure:  # whatever a side does wrong, the others are measured
            self.results.add(line, failed=f"{type(failure).__name__}: {failure}")
            say(f"{side}, {model}, {plan.ranks} ranks: {failure}")
            return
        rates = throughput.of_steps(found["step_ms"], found["wall_seconds"], plan.batch,
                                    shapes.SHAPES[model], peak_tflops=1.0)
        self.results.add(line, **{**found, **rates})
        say(f"{side}, {model}, {plan.ranks} ranks: {rates['median_ms']:.1f} ms a step")

    def matrix_rate(self, pair):
        """What the processor's products reach at this moment: neighbours come and go."""
        output = processes.output_of([self.options.python, RATE], self.options.timeout,
                                     machine.rank_environment(1))
        self.results.add({"what": "matrix_rate", "pair": pair, **json.loads(output)})

    def run(self, folder):
        for model in self.options.models:
            work = WORK[model]
            most = max(self.options.ranks) * work.batch * (work.warmup + work.steps + 1)
            data = training_data.write(folder, model, most)
            for pair in range(self.options.pairs):
                self.matrix_rate(pair)
                for ranks in self.options.ranks:
                    plan = trainer_side.Plan(ranks * work.batch, work.warmup, work.steps, (), ranks)
                    for side in self.options.sides[::-1 if pair % 2 else 1]:
                        self.measure(side, model, plan, data, pair)


def parser_of_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--models", default="gpt2-small small", help=f"({', '.join(WORK)})")
    add("--ranks", default="1 2", help='numbers of ranks ("1 2")')
    add("--sides", default="lockstep eager tuned compile")
    add("--pairs", type=int, default=5, help="how often all sides take turns (5)")
    add("--timeout", type=float, default=600.0, help="seconds for one measurement (600)")
    add("--directory", type=machine.folder, default=pathlib.Path("/var/tmp"),
        help="for tokens and checkpoints (/var/tmp)")
    add("--bin", type=pathlib.Path, default=machine.ROOT / "build/release/bin")
    add("--python", type=pathlib.Path, default=machine.ROOT / ".deps/python/bin/python")
    return parser


def check(parser, options):
    options.models = options.models.split()
    options.ranks = [int(ranks) for ranks in options.ranks.split()]
    options.sides = options.sides.split()
    options.device = "cpu"
    for name, known in (("models", WORK), ("sides", {sides.OURS, *PEERS})):
        for given in getattr(options, name):
            if given not in known:
                parser.error(f"--{name}: there is no '{given}', only {', '.join(sorted(known))}")
    options.bin = options.bin.resolve()
    if not (options.bin / "trainer").exists():
        parser.error(f"{options.bin} has no trainer (launch/build.sh makes it)")


def main():
    measurements.end_in_good_order()
    parser = parser_of_options()
    options = parser.parse_args()
    check(parser, options)
    head = {"benchmark": "cpu", **machine.description(options.python, options.directory),
            **{name: getattr(options, name) for name in ("models", "ranks", "sides", "pairs")}}
    results = measurements.Results(head)
    with tempfile.TemporaryDirectory(prefix="lockstep-bench-", dir=options.directory) as name:
        Bench(options, results).run(pathlib.Path(name))
    print(cpu_report.report(head, results.lines))
    say(f"The measurements are in {results.path}")


if __name__ == "__main__":
    main()
