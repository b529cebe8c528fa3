#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The trainer on one GPU beside PyTorch, eager and compiled: the same model, batches, precision.

  bench/gpu/run.py [--batches "2 8 64"] [--sides "lockstep eager compile"] [--saves] ...

Prints Markdown; the measurements go to bench/results/ as lines of JSON, each as soon as it is made.
README.md beside this folder says what is measured, and how.
"""
import argparse
import json
import pathlib
import sys
import tempfile
import time

BENCH = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCH), str(BENCH / "training"), str(BENCH / "checkpoint")]

import gpu
import gpu_report
import machine
import measurements
import processes
import shapes
import sides
import throughput
import trainer_side
import training_data

PEER = BENCH / "training/peer.py"
OWN_PYTHON = machine.ROOT / ".deps/python/bin/python"
LEAST_SECONDS = 10  # a measurement that has less left is not begun
VERSIONS = """
import json, platform, torch
nccl = torch.cuda.nccl.version() if torch.distributed.is_nccl_available() else ()
print(json.dumps({"cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version(),
                  "nccl": ".".join(map(str, nccl)), "python": platform.python_version()}))
"""


def say(text):
    print(text, file=sys.stderr, flush=True)


def write_data(options, folder):
    """Enough windows that no run ends an epoch."""
    steps = [(batch, options.warmup + options.steps) for batch in options.batches]
    if options.saves:
        steps.append((options.save_batch, options.warmup + options.save_steps))
    windows = max(batch * (count + 1) for batch, count in steps)
    return training_data.write(folder, options.model, windows)


def measure_peer(options, side, plan, data, timeout):
    command = [options.python, PEER, "--tokens", data.train, "--batch", plan.batch, "--model",
               options.model, "--device", options.device, "--precision", options.precision,
               "--warmup", plan.warmup, "--steps", plan.steps, "--tuned"]
    if side.startswith("compile"):
        command += ["--compile", options.compile_mode]
    if side.endswith("-padded"):
        command += ["--padded"]
    return json.loads(processes.output_of(command, timeout).splitlines()[-1])


class Bench:
    def __init__(self, options, data, results):
        self.options = options
        self.data = data
        self.results = results
        self.end = time.monotonic() + options.deadline if options.deadline else float("inf")

    def seconds_left(self):
        return min(self.options.timeout, self.end - time.monotonic())

    def work(self, side, plan):
        if sides.is_ours(side):
            return trainer_side.measure(self.options, plan, self.data, self.seconds_left())
        return measure_peer(self.options, side, plan, self.data, self.seconds_left())

    def watched(self, side, plan):
        """With the memory of the GPU, by the same means for every side."""
        if self.seconds_left() < LEAST_SECONDS:
            raise processes.Failed("left out: the deadline was too near")
        if not self.options.has_gpu:
            return self.work(side, plan)
        with gpu.UsedMemory() as memory:
            found = self.work(side, plan)
        return {**found, **memory.peak()}

    def measure(self, side, plan, **about):
        line = {"side": side, "batch": plan.batch, **about}
        try:
            found = self.watched(side, plan)
        except Exception as failure:  # whatever a side does wrong, the others are measured
            self.results.add(line, failed=f"{type(failure).__name__}: {failure}")
            say(f"{side}, batch {plan.batch}: {failure}")
            return
        shape = shapes.SHAPES[self.options.model]
        rates = throughput.of_steps(found["step_ms"], found["wall_seconds"], plan.batch, shape,
                                    self.options.peak_tflops)
        self.results.add(line, **{**found, **rates})
        say(f"{side}, batch {plan.batch}: {rates['median_ms']:.2f} ms a step, "
            f"{rates['tokens_per_second']:,.0f} tokens/s")

    def steps(self, pair):
        """The sides of a batch right after each other; the next time in the other order."""
        in_turn = self.options.sides[::-1] if pair % 2 else self.options.sides
        for batch in self.options.batches:
            for side in in_turn:
                plan = trainer_side.Plan(batch, self.options.warmup, self.options.steps,
                                         self.options.variants.get(side, ()))
                self.measure(side, plan, what="steps", pair=pair)

    def saves(self, pair):
        options = self.options
        for every in (0, options.save_every)[::-1 if pair % 2 else 1]:
            plan = trainer_side.Plan(options.save_batch, options.warmup, options.save_steps,
                                     ("--save-every-steps", every))
            self.measure(sides.OURS, plan, what="saves", save_every=every, pair=pair)

    def run(self):
        for pair in range(self.options.pairs):
            self.steps(pair)
            if self.options.saves:
                self.saves(pair)


def parser_of_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--batches", default="2 4 8 16 64", help='sequences in a step ("2 4 8 16 64")')
    add("--sides", default="lockstep eager compile",
        help='("lockstep eager compile"); also eager-padded and compile-padded, whose vocabulary '
             "is a multiple of 64")
    add("--variant", type=sides.variant, action="append", default=[],
        metavar="'NAME: ARGUMENT ...'",
        help="one more side: the trainer with these arguments; repeatable")
    add("--pairs", type=int, default=1, help="how often all sides take turns (1)")
    add("--steps", type=int, default=100, help="timed steps (100)")
    add("--warmup", type=int, default=20, help="steps before them (20)")
    add("--compile-mode", default="default",
        choices=["default", "reduce-overhead", "max-autotune-no-cudagraphs"])
    add("--precision", choices=["bf16", "fp32"], default="bf16", help="of both sides (bf16)")
    add("--saves", action="store_true", help="also the trainer with saves beside it without")
    add("--save-batch", type=int, default=16, help="sequences in a step of --saves (16)")
    add("--save-every", type=int, default=20, help="steps from save to save (20)")
    add("--save-steps", type=int, default=200, help="timed steps of --saves (200)")
    add("--model", choices=list(shapes.SHAPES), default="gpt2-small")
    add("--device", choices=["cuda", "cpu"], default="cuda",
        help="cpu: a try of the scripts, where the trainer calculates with float32")
    add("--peak-tflops", type=float, default=989.0,
        help="what MFU is a part of (989: bf16 of an H100 or H200)")
    add("--timeout", type=float, default=300.0, help="seconds for one side and batch (300)")
    add("--deadline", type=float, default=0.0,
        help="seconds for everything; what is not done by then is left out (0: no end)")
    add("--results", type=pathlib.Path, help="the file of measurements; it must not exist")
    add("--commit", default="", help="the commit that is measured, where there is no git")
    add("--directory", type=machine.folder, default=pathlib.Path("/var/tmp"),
        help="for tokens and checkpoints (/var/tmp)")
    add("--bin", type=pathlib.Path, default=machine.ROOT / "build/release/bin")
    add("--python", type=pathlib.Path,
        default=OWN_PYTHON if OWN_PYTHON.exists() else pathlib.Path(sys.executable))
    return parser


def check(parser, options):
    options.batches = [int(batch) for batch in options.batches.split()]
    options.variants = dict(options.variant)
    options.sides = sides.with_variants(options.sides.split(), list(options.variants))
    known = (sides.OURS, *sides.THEIRS, *options.variants)
    for side in options.sides:
        if side not in known:
            parser.error(f"there is no side '{side}', only {', '.join(known)}")
    if options.warmup < 1 or options.steps < 1 or options.save_steps < 1:
        parser.error("a run needs a step to warm up and a step to time")
    if options.results and options.results.exists():
        parser.error(f"{options.results} exists")
    options.bin = options.bin.resolve()
    uses_trainer = options.saves or any(map(sides.is_ours, options.sides))
    if uses_trainer and not (options.bin / "trainer").exists():
        parser.error(f"{options.bin} has no trainer (launch/build.sh makes it)")


def head_of(options):
    described = machine.description(options.python, options.directory)
    versions = machine.output_of(str(options.python), "-c", VERSIONS)
    shown = ("model", "device", "precision", "batches", "sides", "variants", "pairs", "steps",
             "warmup", "compile_mode", "peak_tflops")
    commit = options.commit or described["commit"] or "unknown"
    return {"benchmark": "gpu", **described, "commit": commit, "cuda": None,
            "cudnn": None, "nccl": "", **json.loads(versions or "{}"),
            "gpu": gpu.facts(), **{name: getattr(options, name) for name in shown}}


def main():
    measurements.end_in_good_order()
    parser = parser_of_options()
    options = parser.parse_args()
    check(parser, options)
    head = head_of(options)
    options.has_gpu = bool(head["gpu"])
    results = measurements.Results(head, options.results)
    with tempfile.TemporaryDirectory(prefix="lockstep-bench-", dir=options.directory) as name:
        Bench(options, write_data(options, pathlib.Path(name)), results).run()
    print(gpu_report.report(head, results.lines))
    say(f"The measurements are in {results.path}")


if __name__ == "__main__":
    main()
