#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What equal bits cost, beside steps that add up their gradients with MPI_Allreduce.

  bench/lanes/run.py [--models "gpt2-small small"] [--pairs N] [--directory DIR]

Prints Markdown; the measurements go to bench/results/ as lines of JSON. README.md beside this
folder says what is measured, and how.
"""
import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import machine
import measurements

ROOT = machine.ROOT
LAUNCH = ROOT / "launch/run.sh"
# Context and sequences for each rank: enough work that a step is one, little enough that what is
# measured beside it can be seen. And pairs: steps of a large model take seconds.
SHAPES = {"gpt2-small": (128, 1, 5), "small": (128, 2, 30), "tiny": (64, 4, 30)}
MIB = 1 << 20
MEMORY_STEPS = 3


def say(text):
    print(text, file=sys.stderr, flush=True)


def launch(ranks, program, *arguments):
    return list(map(str, [LAUNCH, "--quiet", "--bind", "none", "-np", ranks, program, *arguments]))


def steps(options, folder, model, ranks, lanes, batch, windows):
    block, _, pairs = SHAPES[model]
    threads = machine.threads_of_a_rank(ranks)
    command = launch(ranks, options.bin / "lanes_bench", folder, model, block, batch, lanes,
                     options.pairs or pairs, threads, int(windows))
    done = subprocess.run(command, text=True, capture_output=True,
                          env=machine.rank_environment(ranks))
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return {**json.loads(done.stdout), "what": "steps", "model": model, "batch": batch,
            "threads": threads, "windows": windows}


def peak_memory(launcher):
    """Of each trainer under a launcher, in bytes, while it runs. A page that several of them have
    mapped counts as a part for each."""
    peaks = {}
    while launcher.poll() is None:
        for process in machine.descendants(launcher.pid):
            folder = pathlib.Path(f"/proc/{process}")
            try:
                is_trainer = (folder / "comm").read_text().startswith("trainer")
                memory = (folder / "smaps_rollup").read_text() if is_trainer else ""
            except OSError:
                continue
            if found := re.search(r"^Pss:\s+(\d+) kB", memory, re.MULTILINE):
                peaks[process] = max(peaks.get(process, 0), int(found[1]) * 1024)
        time.sleep(0.05)
    return sorted(peaks.values())


def memory(options, folder, model, ranks):
    """What a rank of the trainer needs at most, saving once, and what --dry-run says it would."""
    block = SHAPES[model][0]
    (folder / "memory.txt").write_text("the quick brown fox " * 2000, encoding="ascii")
    arguments = ["--model", model, "--block-size", block, "--batch-size", 8, "--tokenizer", "byte",
                 "--data-file", folder / "memory.txt", "--max-steps", MEMORY_STEPS, "--export",
                 "none", "--quiet", "--lang", "en", "--output-dir", folder / f"run{ranks}"]
    command = launch(ranks, options.bin / "trainer", *arguments)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               text=True, env=machine.rank_environment(ranks))
    try:
        peaks = peak_memory(process)
    except BaseException:
        process.terminate()
        raise
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {process.stderr.read().strip()}")
    command = launch(ranks, options.bin / "trainer", *arguments[:-1], folder / f"plan{ranks}",
                     "--dry-run")
    plan = subprocess.run(command, text=True, capture_output=True,
                          env=machine.rank_environment(ranks), check=True)
    estimate = next(line for line in plan.stdout.splitlines() if "Memory" in line)
    return {"what": "memory", "model": model, "ranks": ranks, "peaks": peaks,
            "dry_run": estimate.split(":", 1)[1].strip() if ":" in estimate else estimate.strip()}


def ratios(line):
    """Of the exact step to the plain one made right beside it."""
    return [exact / plain for exact, plain in zip(line["exact"], line["plain"])]


def steps_table(lines):
    rows = []
    for line in lines:
        ring = 2 * (line["ranks"] - 1) / line["ranks"] * 4 * line["elements"]
        all_ratios = sorted(ratios(line))
        quarter = len(all_ratios) // 4
        rows.append([line["model"], str(line["ranks"]), str(line["lanes"]), str(line["batch"]),
                     "read" if line["windows"] else "sent",
                     f"{1e3 * statistics.median(line['plain']):.1f}",
                     f"{1e3 * statistics.median(line['exact']):.1f}",
                     f"{100 * (statistics.median(all_ratios) - 1):+.1f} % "
                     f"({100 * (all_ratios[quarter] - 1):+.1f} to "
                     f"{100 * (all_ratios[-1 - quarter] - 1):+.1f})",
                     f"{100 * (min(line['exact']) / min(line['plain']) - 1):+.1f} %",
                     f"{line['bytes_sent'] / MIB:.1f}", f"{ring / MIB:.1f}"])
    return measurements.table(
        ["model", "ranks", "lanes", "batch", "gradients are", "plain step, ms", "exact step, ms",
         "price: median of the pairs (middle half)", "best against best", "MiB sent by a rank",
         "by a rank of a ring"], rows)


def memory_table(lines):
    return measurements.table(
        ["model", "ranks", "most memory of a rank, MiB", "`--dry-run` says"],
        [[line["model"], str(line["ranks"]), f"{max(line['peaks']) / MIB:.0f}", line["dry_run"]]
         for line in lines])


def measure(options, results):
    with tempfile.TemporaryDirectory(prefix="lockstep-bench-", dir=options.directory) as name:
        folder = pathlib.Path(name)
        for model in options.models:
            per_rank = SHAPES[model][1]
            plans = [(ranks, ranks, ranks * per_rank, windows) for ranks in options.ranks
                     for windows in (True, False) if ranks > 1 or windows]
            plans += [(ranks, 8, 8, True) for ranks in options.ranks]
            for plan in plans:
                say("{}: {} ranks, {} lanes, a batch of {}, windows: {}".format(model, *plan))
                results.add(steps(options, folder, model, *plan))
        for ranks in options.memory_ranks:
            say(f"memory of {ranks} ranks")
            results.add(memory(options, folder, options.memory_model, ranks))


def main():
    measurements.end_in_good_order()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", default="gpt2-small small", help="models (gpt2-small small)")
    parser.add_argument("--ranks", default="1 2 4", help='numbers of ranks ("1 2 4")')
    parser.add_argument("--pairs", type=int, default=0,
                        help="steps of each kind, in turn (5; of small models 30)")
    parser.add_argument("--memory-model", default="gpt2-small")
    parser.add_argument("--memory-ranks", default="1 2 4 8", help='"" leaves memory out')
    parser.add_argument("--directory", type=machine.folder, default=pathlib.Path("/var/tmp"))
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin")
    parser.add_argument("--python", type=pathlib.Path, default=ROOT / ".deps/python/bin/python")
    options = parser.parse_args()
    options.models = options.models.split()
    options.ranks = [int(ranks) for ranks in options.ranks.split()]
    options.memory_ranks = [int(ranks) for ranks in options.memory_ranks.split()]
    options.bin = options.bin.resolve()
    if not (options.bin / "lanes_bench").exists():
        parser.error(f"{options.bin} has no lanes_bench: cmake --preset release "
                     "-DLOCKSTEP_BUILD_BENCH=ON, then launch/build.sh release")
    head = {"benchmark": "lanes", "pairs": options.pairs,
            **machine.description(options.python, options.directory)}
    results = measurements.Results(head)
    measure(options, results)
    print(f"# The price of equal bits, {head['date'][:10]}, commit {head['commit'][:12]}\n")
    print(f"{head['processor']}, {head['cores']} cores; torch {head['torch']}, {head['openmpi']}; "
          f"load before: {head['load_before']}\n")
    print(steps_table([line for line in results.lines if line["what"] == "steps"]) + "\n")
    print(memory_table([line for line in results.lines if line["what"] == "memory"]))
    say(f"The measurements are in {results.path}")


if __name__ == "__main__":
    main()
