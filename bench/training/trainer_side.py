# SPDX-License-Identifier: Apache-2.0
"""Steps of the trainer, out of its metrics file."""
import dataclasses
import itertools
import pathlib
import tempfile

import machine
import metrics
import processes

LAUNCH = machine.ROOT / "launch/run.sh"


@dataclasses.dataclass(frozen=True)
class Plan:
    batch: int
    warmup: int
    steps: int
    extra: tuple = ()  # more arguments: a variant
    ranks: int = 1


def command(options, plan, data, folder):
    """One lane for each rank: the pass that a run makes there. A whole epoch is never reached, so
    nothing is validated or saved within the timed steps that was not asked for."""
    arguments = ["--device", options.device, "--config", data.model,
                 "--batch-size", plan.batch, "--lanes", plan.ranks, "--epochs", 1000,
                 "--max-steps", plan.warmup + plan.steps, "--seed", 1,
                 "--data-file", data.train, "--val-file", data.validation,
                 "--output-dir", folder / "run", "--export", "none", "--no-save-every-epoch",
                 "--metrics-file", folder / "metrics.jsonl", "--quiet", "--lang", "en"]
    if options.device == "cuda":  # the CPU knows float32 only
        arguments += ["--precision", options.precision]
    launch = [] if plan.ranks == 1 else [LAUNCH, "--quiet", "-np", plan.ranks]
    return list(map(str, [*launch, options.bin / "trainer", *arguments, *plan.extra]))


def timed_steps(steps, plan):
    """The steps after the warm-up. A step lasts from the end of the one before to its own end, so
    whatever the trainer does between two steps is in it."""
    if len(steps) != plan.warmup + plan.steps:
        raise processes.Failed(f"the metrics file has {len(steps)} steps, "
                               f"not {plan.warmup + plan.steps}")
    ends = [step["seconds"] for step in steps[plan.warmup - 1:]]
    return {"step_ms": [1e3 * (end - begin) for begin, end in itertools.pairwise(ends)],
            "wall_seconds": ends[-1] - ends[0], "first_step_seconds": steps[0]["step_seconds"],
            "loss_before": steps[plan.warmup - 1]["loss"], "loss_after": steps[-1]["loss"],
            "stall_seconds": sum(step["save_stall_seconds"] for step in steps[plan.warmup:])}


def saves_within(saves, plan):
    """Of those that a timed step follows: seconds from the order to the commit."""
    return [save["write_seconds"] for save in saves
            if plan.warmup <= save["step"] < plan.warmup + plan.steps]


def measure(options, plan, data, timeout):
    with tempfile.TemporaryDirectory(prefix="trainer-", dir=data.folder) as name:
        folder = pathlib.Path(name)
        processes.output_of(command(options, plan, data, folder), timeout,
                            machine.rank_environment(plan.ranks))
        steps, saves = metrics.read(folder / "metrics.jsonl")
        return {**timed_steps(steps, plan), "save_seconds": saves_within(saves, plan)}
