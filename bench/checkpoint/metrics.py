# SPDX-License-Identifier: Apache-2.0
"""The trainer's metrics file, read as saves and the steps beside them."""
import json
import pathlib
import statistics

WARM_UP_STEPS = 2  # the first steps of a process take memory and threads


def read(path):
    """(steps, saves) of a metrics file, as dictionaries in their order; of one that is still being
    written, its whole lines."""
    whole, _, _ = pathlib.Path(path).read_text().rpartition("\n")
    lines = [json.loads(line) for line in whole.splitlines() if line]
    return ([line for line in lines if "event" not in line],
            [line for line in lines if line.get("event") == "saved"])


def interval_of(step):
    return step["seconds"] - step["step_seconds"], step["seconds"]


def interval_of_save(save, steps):
    """A save begins when the step it holds has ended."""
    begin = next(step["seconds"] for step in steps if step["step"] == save["step"])
    return begin, begin + save["seconds"]


def overlaps(one, other):
    return one[0] < other[1] and other[0] < one[1]


def beside(steps, intervals):
    """busy[i]: the seconds of the steps that some part of intervals[i] ran beside; idle: of those
    that none touched."""
    measured = steps[WARM_UP_STEPS:]
    busy = [[step["step_seconds"] for step in measured if overlaps(interval_of(step), interval)]
            for interval in intervals]
    idle = [step["step_seconds"] for step in measured
            if not any(overlaps(interval_of(step), interval) for interval in intervals)]
    return busy, idle


def busy_and_idle(steps, saves):
    return beside(steps, [interval_of_save(save, steps) for save in saves])


def stall_of(save, steps, saves):
    """What training waited from this save to the next one. Of the steps, not of the event: a save
    may also wait for the one before it, which no event counts."""
    later = [other["step"] for other in saves if other["step"] > save["step"]]
    last = min(later, default=float("inf"))
    return sum(step["save_stall_seconds"] for step in steps if save["step"] < step["step"] <= last)


def saves_of_run(path):
    """One measurement for each save but the first (the warm-up) and the last (nothing is trained
    beside it, so the end of the run waits for it)."""
    steps, saves = read(path)
    busy, idle = busy_and_idle(steps, saves)
    return [{"what": "train_save", "form": "both" if save["set"].startswith("epoch") else "shards",
             "step": save["step"], "bytes": save["bytes"], "stall": stall_of(save, steps, saves),
             "seconds": save["write_seconds"], "busy_steps": beside, "idle_steps": idle}
            for save, beside in list(zip(saves, busy))[1:-1]]


def lost_seconds(measurement):
    """What a save cost training, whatever it is called: the steps beside it took so much longer
    than steps without a save."""
    normal = statistics.median(measurement["idle_steps"])
    return sum(seconds - normal for seconds in measurement["busy_steps"])


def throughput(measurement):
    """Of training while the save ran, as a part of what it is without."""
    normal = statistics.median(measurement["idle_steps"])
    busy = measurement["busy_steps"]
    return normal * len(busy) / sum(busy)
