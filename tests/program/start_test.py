# SPDX-License-Identifier: Apache-2.0
"""Starts that could only end badly do not begin, limits of the system fail a save and not the run,
and a run that has stopped says why."""
import os
import resource
import signal
import subprocess
import time
import unittest

from lockstep import BIN, ProgramTest, TINY, command, environment

PATIENCE = 60  # seconds
FILE_LIMIT = 100_000  # bytes: more than the text and its tokens, less than a checkpoint
# Hundreds of terabytes.
GIANT = ["--model", "gpt2-xl", "--batch-size", 100_000, "--lanes", 1, "--tokenizer", "byte",
         "--lang", "en"]


class StartTest(ProgramTest):
    def test_no_file_takes_the_place_of_a_closed_stream(self):
        closed = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
        self.run_program("trainer", *TINY, "--data-file", self.sample(), "--max-steps", 2, "--quiet",
                         "--profile", "--metrics-file", "steps.jsonl", before=closed)
        self.assertEqual([line["step"] for line in self.metrics("steps.jsonl")], [1, 2])

    def giant(self, *more, status):
        return self.run_program("trainer", *GIANT, "--data-file", self.sample(200_000),
                                "--output-dir", "giant", *more, status=status)

    def test_what_cannot_fit_in_memory_is_refused(self):
        done = self.giant(status=2)
        self.assertRegex(done.stderr, r"error: looking for memory on .*: 1 rank needs \d+ MB, \d+ MB "
                                      r"are free; choose a smaller --model, --block-size or ")
        self.assertFalse((self.folder / "giant").exists())

    def test_what_cannot_fit_in_memory_is_a_warning_of_a_dry_run(self):
        self.assertIn("looking for memory on ", self.giant("--dry-run", status=0).stderr)

    def test_a_warm_up_as_long_as_the_run_is_told(self):
        arguments = ["--data-file", self.sample(), "--max-steps", 2, "--warmup-steps", 2]
        for more in (["--dry-run"], []):
            self.assertIn("the warm-up is of 2 steps, but the whole run has only 2:",
                          self.train(*arguments, *more).stderr)

    def test_a_limit_of_file_sizes_fails_the_save_alone(self):
        for name, more in (("with", []), ("without", ["--export", "none"])):  # .pt files
            arguments = [*TINY, "--data-file", self.sample(), "--max-steps", 2, "--output-dir",
                         name, *more]
            done = subprocess.run(
                command("trainer", arguments, 0), cwd=self.folder, text=True, capture_output=True,
                timeout=PATIENCE, env=environment(),
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                      (FILE_LIMIT, FILE_LIMIT)))
            self.assertEqual(done.returncode, 4, done.stderr)
            self.assertIn("File too large", done.stderr)

    def test_a_first_start_that_can_write_nothing_leaves_nothing(self):
        arguments = [*TINY, "--data-file", self.sample(), "--output-dir", "new/run"]
        done = subprocess.run(
            command("trainer", arguments, 0), cwd=self.folder, text=True, capture_output=True,
            timeout=PATIENCE, env=environment(),
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("File too large", done.stderr)
        self.assertFalse((self.folder / "new").exists())

    def test_a_signal_to_another_rank_is_a_request_beside_a_time_limit_too(self):
        arguments = [*TINY, "--data-file", self.sample(12000), "--epochs", 50, "--time-limit",
                     "10:00:00", "--metrics-file", "steps.jsonl", "--output-dir", "stopped",
                     "--export", "none"]
        run = subprocess.Popen(command("trainer", arguments, 2), cwd=self.folder, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment())
        self.addCleanup(run.kill)
        steps = self.folder / "steps.jsonl"
        deadline = time.monotonic() + PATIENCE
        while not steps.exists() or not steps.read_text():
            self.assertLess(time.monotonic(), deadline, "no step was made")
            time.sleep(0.01)
        os.kill(self.rank_one(), signal.SIGUSR1)
        said, _ = run.communicate(timeout=PATIENCE)
        self.assertEqual(run.returncode, 75, said)
        self.assertIn("stopped on request after step", said)

    def rank_one(self):
        for process in self.ranks_running("stopped"):
            with open(f"/proc/{process}/environ", "rb") as file:
                if b"OMPI_COMM_WORLD_RANK=1" in file.read().split(b"\0"):
                    return int(process)
        self.fail("rank 1 is not there")


if __name__ == "__main__":
    unittest.main()
