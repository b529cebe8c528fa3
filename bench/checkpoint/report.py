# SPDX-License-Identifier: Apache-2.0
"""Measurements as tables for people, and beside the bars that they are held against."""
import statistics

import metrics
from measurements import percentile, table

MB = 1e6
MIB = 1 << 20
# What a save may stall a rank that holds so many bytes; of more bytes, in proportion.
STALL_MS = 50
STALL_BYTES = 186e6


def rate(measurement):
    return measurement["bytes"] / MB / measurement["seconds"]


def chosen(lines, what, **values):
    """The measurements of one kind; a warm-up is not one."""
    return [line for line in lines if line["what"] == what and not line.get("warm_up") and
            all(line.get(key) == value for key, value in values.items())]


def median(values):
    return statistics.median(values) if values else None


def spread(values, digits, best=min):
    """"median (best)" of some values."""
    if not values:
        return "-"
    return f"{statistics.median(values):.{digits}f} ({best(values):.{digits}f})"


def three(values, scale=1.0, digits=3):
    if not values:
        return "-"
    return " / ".join(f"{scale * value:.{digits}f}" for value in
                      (percentile(values, 0.5), percentile(values, 0.99), max(values)))


def saves_by_name(lines):
    """The saves beside training, by the name people know them by, and bare writes of as many
    bytes."""
    named = [("Lockstep: shards", chosen(lines, "train_save", form="shards")),
             ("Lockstep: shards and .pt", chosen(lines, "train_save", form="both")),
             ("`fio`, the bytes of shards", chosen(lines, "bare_write", form="shards")),
             ("`fio`, those of shards and .pt", chosen(lines, "bare_write", form="both")),
             ("DCP `async_save`", chosen(lines, "async_save", staging="default")),
             ("DCP, copy in a thread", chosen(lines, "async_save", staging="thread")),
             ("DCP, copy to kept memory", chosen(lines, "async_save", staging="kept")),
             ("DCP `save`", chosen(lines, "save")),
             ("`torch.save`, fsync", chosen(lines, "torch_save"))]
    return [(name, saves) for name, saves in named if saves]


def memory_of(saves):
    values = [max(save["extra_memory"]) / MIB for save in saves if save.get("extra_memory")]
    return f"{max(values):.0f}" if values else "-"


def beside_training(lines):
    rows = []
    for name, saves in saves_by_name(lines):
        steps = [save for save in saves if save.get("busy_steps")]
        rows.append([
            name, str(len(saves)),
            three([save["stall"] for save in saves if "stall" in save], 1000, 0),
            spread([metrics.lost_seconds(save) for save in steps], 2),
            f"{100 * median([metrics.throughput(save) for save in steps]):.1f} %" if steps else "0",
            three([seconds for save in steps for seconds in save["idle_steps"]]),
            three([seconds for save in steps for seconds in save["busy_steps"]]),
            spread([save["seconds"] for save in saves], 2), memory_of(saves)])
    return table(["a save beside training", "saves", "stall, ms: p50 / p99 / max",
                  "training lost, s: median (best)", "throughput during it",
                  "step without, s: p50 / p99 / max", "step during it, s",
                  "to durable, s: median (best)", "extra MiB of a rank"], rows)


def device_rate(lines, whats):
    """The disk's best of its medians, in MB/s."""
    medians = [median([rate(line) for line in chosen(lines, what)]) for what in whats]
    return max((value for value in medians if value), default=None)


def rates(title, named, device):
    rows = []
    for name, found in named:
        if not found:
            continue
        values = [rate(line) for line in found]
        part = f"{statistics.median(values) / device:.2f}" if device else "-"
        rows.append([name, spread([line["seconds"] for line in found], 2), spread(values, 0, max),
                     part, spread([line["processor_seconds"] for line in found
                                   if "processor_seconds" in line], 2)])
    return table([title, "s: median (best)", "MB/s: median (best)", "of the disk's",
                  "processor s: median (best)"], rows)


def writing(lines):
    return rates("writing, fsync included", [
        ("`dd`, 1 writer", chosen(lines, "dd_write")),
        ("`fio`, a writer a rank", chosen(lines, "fio_write")),
        ("Lockstep: shards", chosen(lines, "write", form="shards")),
        ("Lockstep: shards and .pt", chosen(lines, "write", form="both")),
        ("DCP `save`", chosen(lines, "save")),
        ("`torch.save`", chosen(lines, "torch_save")),
    ], device_rate(lines, ["dd_write", "fio_write"]))


def cached_note(lines):
    found = [line["still_cached"] for line in lines if "still_cached" in line]
    if not found or max(found) < 0.01:
        return "The files were dropped from the system's cache before they were read."
    return f"Up to {100 * max(found):.0f} % of a file was still in the cache when it was read."


def reading(lines):
    """`all` reads the whole state on every rank; its bytes count once, as the disk gives them."""
    once = [{**line, "bytes": line["bytes"] // line["ranks"]}
            for line in chosen(lines, "load", side="lockstep", part="all")]
    return rates("reading", [
        ("`dd`, 1 reader", chosen(lines, "dd_read")),
        ("Lockstep: a set, each rank its part", chosen(lines, "load", part="share", form="set")),
        ("Lockstep: a set, each rank all of it", [x for x in once if x["form"] == "set"]),
        ("Lockstep: the .pt, each rank all of it", [x for x in once if x["form"] == "pt"]),
        ("Lockstep: `consolidate`, its writing included", chosen(lines, "consolidate")),
        ("DCP `load`, each rank all of it", chosen(lines, "load", side="pytorch")),
        ("`torch.load`, one rank", chosen(lines, "torch_load")),
    ], device_rate(lines, ["dd_read"]))


def bar(text, value, limit, unit, at_most=True, digits=2):
    if value is None or limit is None:
        return [text, "-", "-", "not measured"]
    met = value <= limit if at_most else value >= limit
    sign = "<=" if at_most else ">="
    return [text, f"{value:.{digits}f} {unit}", f"{sign} {limit:.{digits}f} {unit}",
            "met" if met else "**missed**"]


def stalls(lines, what, **values):
    return [save["stall"] for save in chosen(lines, what, **values)]


def scaled(value, factor):
    return None if value is None else value * factor


def seconds_of(lines, what, **values):
    return median([line["seconds"] for line in chosen(lines, what, **values)])


def bars(lines, ranks, state_bytes):
    ours = chosen(lines, "train_save")
    peer = median(stalls(lines, "async_save", staging="default"))
    best_peer = min((value for value in
                     (median(stalls(lines, "async_save", staging=staging))
                      for staging in ("default", "thread", "kept")) if value is not None),
                    default=None)
    durable_peer = seconds_of(lines, "async_save", staging="default")
    stall = median([save["stall"] for save in ours])
    write_rate = device_rate(lines, ["dd_write", "fio_write"])
    ours_rate = median([rate(line) for line in chosen(lines, "write", form="shards")])
    read_rate = device_rate(lines, ["dd_read"])
    consolidate = [line["extra_memory"] for line in chosen(lines, "consolidate")]
    longest = max((save["stall"] for save in ours), default=None)
    copy = median([line["copy_seconds"] for line in chosen(lines, "write")])
    return table(["bar", "measured", "allowed", ""], [
        bar("median stall, of DCP `async_save`'s", stall and scaled(stall, 1 / peer) if peer
            else None, 0.1, "", digits=3),
        bar("median stall, of that of DCP's best way to copy", stall and
            scaled(stall, 1 / best_peer) if best_peer else None, 1.0, "", digits=3),
        bar("longest stall", scaled(longest, 1000), STALL_MS * max(1.0, state_bytes / ranks /
                                                                 STALL_BYTES), "ms", digits=0),
        bar("longest stall, of the time of one copy", longest and copy and longest / copy, 2, ""),
        bar("throughput while a save runs",
            scaled(median([metrics.throughput(save) for save in ours if save["busy_steps"]]), 100),
            98, "%", at_most=False, digits=1),
        bar("shards and .pt durable beside training",
            seconds_of(lines, "train_save", form="both"), durable_peer, "s"),
        bar("shards, of the disk's write rate", ours_rate and write_rate and ours_rate / write_rate,
            0.8, "", at_most=False),
        bar("loading a set by parts", seconds_of(lines, "load", part="share", form="set"),
            read_rate and 1.2 * state_bytes / MB / read_rate, "s"),
        bar("memory of `consolidate` over `list`", scaled(max(consolidate, default=None), 1 / MIB),
            256, "MiB", digits=0),
    ])


def report(lines, ranks, state_bytes):
    size = state_bytes / MB
    return "\n\n".join([
        f"## {ranks} rank{'s' if ranks > 1 else ''}, {size:.0f} MB of state, "
        f"{size / ranks:.0f} MB a rank",
        beside_training(lines), writing(lines), reading(lines), cached_note(lines),
        bars(lines, ranks, state_bytes)])
