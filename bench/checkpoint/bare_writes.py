# SPDX-License-Identifier: Apache-2.0
"""What it costs training that so many bytes are written beside it at all: fio writes them, and does
nothing else. What a save costs more than that are its copy, its digests and its checksums."""
import signal
import subprocess
import time

import device
import machine
import metrics
from lockstep import train_command

POLL_SECONDS = 0.02
MORE_THAN_ENOUGH = 100  # times the steps between saves; the run is stopped when all is written
STOPPED = 75  # exit code of a run that was asked to stop, and can be resumed


class Clock:
    """The moments of a metrics file, which count from the start of the program, and ours."""

    def __init__(self, process, path):
        self.process = process
        self.path = path
        self.start = float("inf")  # of the program, by our clock
        self.steps = 0

    def wait_for_more(self, steps):
        """Until so many more steps are made. The line that is seen soonest tells best."""
        goal = self.steps + steps
        while self.steps < goal:
            if self.process.poll() is not None:
                raise RuntimeError(f"the trainer ended with {self.process.returncode} after "
                                   f"{self.steps} steps, before {goal}")
            found = metrics.read(self.path)[0] if self.path.exists() else []
            if len(found) > self.steps:
                self.steps = len(found)
                self.start = min(self.start, time.monotonic() - found[-1]["seconds"])
            time.sleep(POLL_SECONDS)

    def now(self):
        return time.monotonic() - self.start


def write_beside(clock, options, ranks, folder, state_bytes):
    """The bytes of each form of a save, and when they were written."""
    written, intervals = [], []
    for form, files in (("shards", 1), ("both", 2)):
        clock.wait_for_more(options.save_every)
        line = device.fio_write_directly(folder, files * state_bytes, files * ranks)
        end = clock.now()
        intervals.append((end - line["seconds"], end))
        written.append({"what": "bare_write", "form": form, **line})
    clock.wait_for_more(options.save_every)
    return written, intervals


def measure(options, ranks, folder, state_bytes):
    """One measurement for the bytes of each form of a save. Needs fio."""
    folder.mkdir(parents=True)
    command = train_command(options, ranks, folder, MORE_THAN_ENOUGH * options.save_every,
                            "--epochs", 1, "--export", "none")
    log = folder / "trainer.log"
    with open(log, "w", encoding="utf-8") as stream, subprocess.Popen(
            command, stdout=stream, stderr=stream,
            env=machine.rank_environment(ranks, options.threads)) as process:
        try:
            clock = Clock(process, folder / "metrics.jsonl")
            written, intervals = write_beside(clock, options, ranks, folder, state_bytes)
            process.send_signal(signal.SIGUSR1)  # which mpirun hands on
        except BaseException:
            process.terminate()
            raise
    if process.returncode != STOPPED:
        raise RuntimeError(f"{' '.join(command)}: exit {process.returncode}\n{log.read_text()}")
    busy, idle = metrics.beside(metrics.read(folder / "metrics.jsonl")[0], intervals)
    return [{**line, "busy_steps": steps, "idle_steps": idle}
            for line, steps in zip(written, busy)]
