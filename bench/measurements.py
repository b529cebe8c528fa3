# SPDX-License-Identifier: Apache-2.0
"""Where measurements are kept, and how they are shown."""
import json
import pathlib
import signal
import sys

import machine

RESULTS = machine.ROOT / "bench/results"


def end_in_good_order():
    """Makes SIGTERM end the program as an error does: with the processes it has started, and without
    the folders of gigabytes that are removed at the end."""
    def exit_for_signal(*_):
        raise SystemExit(128 + signal.SIGTERM)
    signal.signal(signal.SIGTERM, exit_for_signal)


def free_path(head):
    """bench/results/<date>-<benchmark>.json, with a number if there is one of that day."""
    first = RESULTS / f"{head['date'][:10]}-{head['benchmark']}.json"
    number = 2
    path = first
    while path.exists():
        path = first.with_name(f"{first.stem}-{number}.json")
        number += 1
    return path


class Results:
    """Every measurement, kept as it comes: a run that is cut short has not been for nothing."""

    def __init__(self, head, path=None):
        self.path = path or free_path(head)
        self.lines = []
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.write(head)

    def write(self, line):
        with open(self.path, "a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")

    def add(self, line, **more):
        if line is None:
            return
        line = {**line, **more}
        self.lines.append(line)
        self.write(line)

    def of(self, ranks):
        return [line for line in self.lines if line["ranks"] == ranks]


def read(path):
    """(head, lines) of a file of measurements."""
    head, *lines = map(json.loads, pathlib.Path(path).read_text(encoding="utf-8").splitlines())
    return head, lines


def percentile(values, part):
    """The least value that `part` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-part * len(ordered) // 1) - 1))]


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def failures(lines, name):
    """What was not measured and why, as the last part of a report; nothing if all was. `name`: of a
    line's measurement."""
    failed = [f"- {name(line)}: {' '.join(line['failed'].split())}"
              for line in lines if "failed" in line]
    return ["## Failed", "\n".join(failed)] if failed else []


def print_report(report, usage):
    """The program that shows a file of measurements again: its only argument is the file."""
    if len(sys.argv) != 2:
        sys.exit(usage.strip())
    print(report(*read(sys.argv[1])))
