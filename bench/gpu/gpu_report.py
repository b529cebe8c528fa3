#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tables in Markdown of a file of measurements, also of one whose run was cut short.

  bench/gpu/gpu_report.py bench/results/DATE-gpu.json
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


def good(lines):
    return [line for line in lines if "failed" not in line]


def steps_of(lines, batch, side):
    return [line for line in good(lines)
            if line["what"] == "steps" and line["batch"] == batch and line["side"] == side]


def names(lines, key):
    """In the order in which they first come."""
    return list(dict.fromkeys(line[key] for line in lines if line["what"] == "steps"))


def middle(lines, key, text):
    """The median over the repetitions, if it was measured at all."""
    values = [line[key] for line in lines if line.get(key) is not None]
    return text.format(statistics.median(values)) if values else NONE


def ratios(lines, batch, ours, theirs):
    """Tokens a second of two sides that took turns, one for each turn of both."""
    of_theirs = {line["pair"]: line["tokens_per_second"]
                 for line in steps_of(lines, batch, theirs)}
    return [line["tokens_per_second"] / of_theirs[line["pair"]]
            for line in steps_of(lines, batch, ours) if line["pair"] in of_theirs]


def ratio_text(values):
    if not values:
        return NONE
    text = f"{statistics.median(values):.2f}"
    return text if len(values) == 1 else f"{text} ({min(values):.2f} to {max(values):.2f})"


def throughput_table(lines):
    measured = names(lines, "side")
    pairs = [(ours, theirs) for ours in measured if sides.is_ours(ours)
             for theirs in measured if not sides.is_ours(theirs)]
    rows = [[str(batch)] +
            [middle(steps_of(lines, batch, side), "tokens_per_second", "{:,.0f}")
             for side in measured] +
            [ratio_text(ratios(lines, batch, *pair)) for pair in pairs]
            for batch in sorted(names(lines, "batch"))]
    head = ["batch", *measured, *(f"{ours} / {theirs}" for ours, theirs in pairs)]
    return measurements.table(head, rows)


COLUMNS = [("median, ms", "median_ms", "{:.2f}"), ("p10", "p10_ms", "{:.2f}"),
           ("p90", "p90_ms", "{:.2f}"),
           ("tokens/s, wall", "tokens_per_second", "{:,.0f}"),
           ("tokens/s, median", "tokens_per_second_median", "{:,.0f}"),
           ("MFU, 6 N", "mfu_6n", "{:.1%}"), ("MFU, with attention", "mfu_attention", "{:.1%}"),
           ("GPU memory used, MiB", "used_mib", "{:,.0f}"),
           ("allocated", "allocated_mib", "{:,.0f}"), ("reserved", "reserved_mib", "{:,.0f}"),
           ("first step, s", "first_step_seconds", "{:.1f}"),
           ("loss before", "loss_before", "{:.3f}"), ("loss after", "loss_after", "{:.3f}")]


def steps_table(lines):
    rows = []
    for batch in sorted(names(lines, "batch")):
        for side in names(lines, "side"):
            chosen = steps_of(lines, batch, side)
            if chosen:
                rows.append([str(batch), side, *(middle(chosen, key, text)
                                                 for _, key, text in COLUMNS)])
    return measurements.table(["batch", "side", *(name for name, _, _ in COLUMNS)], rows)


def saves_table(lines):
    saving = [line for line in good(lines) if line["what"] == "saves" and line["save_every"]]
    plain = {line["pair"]: line for line in good(lines)
             if line["what"] == "saves" and not line["save_every"]}
    rows = [[str(line["batch"]), str(line["save_every"]),
             f"{plain[line['pair']]['tokens_per_second']:,.0f}",
             f"{line['tokens_per_second']:,.0f}",
             f"{line['tokens_per_second'] / plain[line['pair']]['tokens_per_second']:.3f}",
             str(len(line["save_seconds"])),
             f"{statistics.median(line['save_seconds']):.2f}" if line["save_seconds"] else NONE,
             f"{line['stall_seconds']:.2f}", f"{line['wall_seconds']:.2f}"]
            for line in saving if line["pair"] in plain]
    return measurements.table(
        ["batch", "a save every N steps", "tokens/s without", "tokens/s with", "with / without",
         "saves", "to durable, s", "training waited, s", "of the seconds timed"], rows)


def measurement_name(line):
    return f"{line['side']}, batch {line['batch']}"


def title(head):
    device = head["gpu"].get("name", head["processor"])
    return (f"# {head['model']} on one {device}, {head['date'][:10]}, "
            f"commit {head['commit'][:12]}\n\n"
            f"{head['precision']}; torch {head['torch']}, CUDA {head['cuda']}, "
            f"driver {head['gpu'].get('driver_version', NONE)}, NCCL {head['nccl']}; "
            f"SM clock at most {head['gpu'].get('clocks.max.sm', NONE)}; "
            f"{head['steps']} timed steps after {head['warmup']}, sides in turn {head['pairs']} x; "
            f"torch.compile mode {head['compile_mode']}")


def formulas(head):
    shape = shapes.SHAPES[head["model"]]
    flops = shapes.flops_per_token(shape)
    said = " and ".join(f"{text} = {flops[name] / 1e6:,.1f} MFLOP"
                        for name, text in shapes.FORMULAS.items())
    return (f"MFU: tokens/s (wall) times operations for a token over {head['peak_tflops']:g} "
            f"TFLOP/s. A token needs {said}: N = {shape.parameters():,} parameters without the "
            f"embedding of positions, L = {shape.layers} layers, C = {shape.width} wide, "
            f"T = {shape.positions} tokens.")


def report(head, lines):
    parts = [title(head), "## Tokens a second", throughput_table(lines), "## Steps",
             steps_table(lines), formulas(head)]
    if any(line["what"] == "saves" for line in lines):
        parts += ["## Beside saves", saves_table(lines)]
    return "\n\n".join(parts + measurements.failures(lines, measurement_name))


if __name__ == "__main__":
    measurements.print_report(report, __doc__)
