# SPDX-License-Identifier: Apache-2.0
"""The side of Lockstep: the trainer, the store by itself, ckpt-tool."""
import json
import os
import pathlib
import subprocess
import threading
import time

import files
import machine
import metrics

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ["trainer", "ckpt-tool", "save_bench", "load_bench"]
POLL_SECONDS = 0.1
# A text of letters; what is learnt from it does not matter.
SENTENCE = "the quick brown fox jumps over the lazy dog "


def missing_programs(folder):
    return [name for name in PROGRAMS if not (folder / name).exists()]


def write_text(path, tokens):
    path.write_text((SENTENCE * (tokens // len(SENTENCE) + 1))[:tokens], encoding="ascii")


class MemoryWatch(threading.Thread):
    """Looks at the resident memory of the trainer's processes, before and after the first save."""

    def __init__(self, process, metrics_file, first_save):
        super().__init__(daemon=True)
        self.process = process
        self.metrics_file = metrics_file
        self.first_save = first_save  # the step
        self.before = {}
        self.peak = {}
        self.ended = threading.Event()

    def steps_made(self):
        try:
            return self.metrics_file.read_text().count('"step_seconds"')
        except OSError:
            return 0

    def look(self):
        saved = self.steps_made() >= self.first_save
        for process in machine.descendants(self.process):
            try:
                name = pathlib.Path(f"/proc/{process}/comm").read_text().strip()
            except OSError:
                continue
            if not name.startswith("trainer"):
                continue
            resident = files.resident_bytes(process)
            self.peak[process] = max(self.peak.get(process, 0), resident)
            if not saved:
                self.before[process] = max(self.before.get(process, 0), resident)

    def run(self):
        while not self.ended.wait(POLL_SECONDS):
            self.look()

    def finish(self):
        self.ended.set()
        self.join()
        return {"peak_memory": list(self.peak.values()),
                "extra_memory": [peak - self.before.get(process, 0)
                                 for process, peak in self.peak.items()]}


def train_command(options, ranks, folder, steps, *more):
    """A run with so many steps in an epoch."""
    batch = ranks * options.batch_per_rank
    write_text(folder / "text.txt", steps * batch * options.block_size + 1)
    write_text(folder / "validation.txt", 2 * batch * options.block_size + 1)
    return [str(word) for word in
            [ROOT / "launch/run.sh", "--quiet", "-np", ranks, options.bin / "trainer",
             "--model", options.model, "--block-size", options.block_size,
             "--batch-size", batch, "--tokenizer", "byte", "--dropout", 0,
             "--data-file", folder / "text.txt", "--val-file", folder / "validation.txt",
             "--output-dir", folder / "run", "--metrics-file", folder / "metrics.jsonl",
             "--quiet", "--lang", "en", *more]]


def train(options, ranks, folder):
    """A run with a save within each epoch and one at its end. Leaves the run directory."""
    folder.mkdir(parents=True)
    command = train_command(options, ranks, folder, 2 * options.save_every,
                            "--epochs", options.epochs, "--save-every-steps", options.save_every,
                            "--keep-last-n", 1)
    log = folder / "trainer.log"
    with open(log, "w", encoding="utf-8") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream,
                                   env=machine.rank_environment(ranks, options.threads))
        watch = MemoryWatch(process.pid, folder / "metrics.jsonl", options.save_every)
        watch.start()
        try:
            status = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            memory = watch.finish()
    if status != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {status}\n{log.read_text()}")
    return [{**save, **memory} for save in metrics.saves_of_run(folder / "metrics.jsonl")]


def bench(options, program, *arguments):
    done = subprocess.run([str(options.bin / program), *map(str, arguments)], text=True,
                          capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, done.args))}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def write_alone(options, ranks, folder, form):
    """The store without training. `folder` is left with the checkpoint."""
    return bench(options, "save_bench", folder, options.model, options.block_size, ranks, form)


def load(options, ranks, checkpoint, part):
    still_cached = files.drop_from_cache(checkpoint)
    return {**bench(options, "load_bench", checkpoint, ranks, part), "still_cached": still_cached}


def peak_of(command):
    """Runs a command; returns its seconds and the most memory it ever had."""
    begin = time.perf_counter()
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {errors.decode().strip()}")
    return time.perf_counter() - begin, usage.ru_maxrss * 1024


def consolidate(options, run, target):
    tool = [options.bin / "ckpt-tool", "--checkpoint-dir", run]
    _, idle = peak_of([*tool, "list"])
    files.drop_from_cache(run)
    seconds, peak = peak_of([*tool, "consolidate", "latest", "-o", target])
    size = target.stat().st_size
    target.unlink()
    return {"what": "consolidate", "bytes": size, "seconds": seconds, "peak_memory": peak,
            "extra_memory": peak - idle}
