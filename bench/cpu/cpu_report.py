#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tables in Markdown of a file of measurements, also of one whose run was cut short.

  bench/cpu/cpu_report.py bench/results/DATE-cpu.json
"""
import pathlib
import statistics
import sys

BENCH = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCH), str(BENCH / "training")]

import measurements
import shapes
import sides

NONE = "-"


def steps_of(lines, model, ranks, side):
    return [line for line in lines if line["what"] == "steps" and "failed" not in line and
            (line["model"], line["ranks"], line["side"]) == (model, ranks, side)]


def best_ms(chosen):
    return min(ms for line in chosen for ms in line["step_ms"])


def middle_ms(chosen):
    return statistics.median(ms for line in chosen for ms in line["step_ms"])


def unevenness(chosen):
    """How far the slow steps are from the best one."""
    steps = [ms for line in chosen for ms in line["step_ms"]]
    return measurements.percentile(steps, 0.9) / min(steps)


def ratios(lines, model, ranks, side):
    """How many times as fast we are: one for each turn, by the medians of its steps."""
    theirs = {line["pair"]: line["median_ms"] for line in steps_of(lines, model, ranks, side)}
    return [theirs[line["pair"]] / line["median_ms"]
            for line in steps_of(lines, model, ranks, sides.OURS) if line["pair"] in theirs]


def matrix_gflops(lines):
    rates = [line["gflops"] for line in lines if line["what"] == "matrix_rate"]
    return max(rates) if rates else None


def part_of_matrix_rate(lines, model, batch, milliseconds):
    rate = matrix_gflops(lines)
    if rate is None:
        return NONE
    shape = shapes.SHAPES[model]
    flops = shapes.flops_per_token(shape)["mfu_6n"] * batch * shape.positions
    return f"{flops / (milliseconds / 1e3) / (rate * 1e9):.0%}"


def row(lines, model, ranks, side):
    chosen = steps_of(lines, model, ranks, side)
    best = best_ms(chosen)
    against = [NONE, NONE]
    if not sides.is_ours(side) and (ours := steps_of(lines, model, ranks, sides.OURS)):
        each = ratios(lines, model, ranks, side)
        against = [f"{statistics.median(each):.2f} ({min(each):.2f} to {max(each):.2f})",
                   f"{best / best_ms(ours):.2f}"]
    return [model, str(ranks), side, f"{middle_ms(chosen):,.1f}", f"{best:,.1f}",
            f"{unevenness(chosen):.2f}",
            part_of_matrix_rate(lines, model, chosen[0]["batch"], best), *against]


def table(lines):
    keys = dict.fromkeys((line["model"], line["ranks"], line["side"])
                         for line in lines if line["what"] == "steps" and "failed" not in line)
    return measurements.table(
        ["model", "ranks", "side", "step, ms: median", "best", "p90 / best",
         "6 N of the matrix product's rate, best", "ours is faster: median of the turns (range)",
         "best against best"], [row(lines, *key) for key in sorted(keys, key=lambda k: k[:2])])


def measurement_name(line):
    return f"{line['side']}, {line['model']}, {line['ranks']} ranks"


def report(head, lines):
    rate = matrix_gflops(lines)
    parts = [f"# Training on processors, {head['date'][:10]}, commit {head['commit'][:12]}",
             f"{head['processor']}, {head['cores']} cores; torch {head['torch']}, "
             f"{head['openmpi']}; sides in turn {head['pairs']} x; load before: "
             f"{head['load_before']}" +
             (f"; matrix product at best {rate:,.0f} GFLOP/s" if rate else ""), table(lines)]
    return "\n\n".join(parts + measurements.failures(lines, measurement_name))


if __name__ == "__main__":
    measurements.print_report(report, __doc__)
