# SPDX-License-Identifier: Apache-2.0
"""What the times of some steps say: their spread, tokens a second, and the part of the GPU used."""
import measurements
import shapes


def of_steps(step_ms, wall_seconds, batch, shape, peak_tflops):
    """`step_ms`: each timed step. `wall_seconds`: all of them together, by the clock on the wall,
    with whatever lies between them; its tokens a second are the ones to compare."""
    tokens = batch * shape.positions
    median_ms = measurements.percentile(step_ms, 0.5)
    tokens_per_second = tokens * len(step_ms) / wall_seconds
    used = {name: flops * tokens_per_second / (peak_tflops * 1e12)
            for name, flops in shapes.flops_per_token(shape).items()}
    return {"median_ms": median_ms, "p10_ms": measurements.percentile(step_ms, 0.1),
            "p90_ms": measurements.percentile(step_ms, 0.9), "wall_seconds": wall_seconds,
            "tokens_per_second": tokens_per_second,
            "tokens_per_second_median": tokens / (median_ms / 1e3), **used,
            "step_ms": [round(milliseconds, 4) for milliseconds in step_ms]}
