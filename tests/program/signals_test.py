# SPDX-License-Identifier: Apache-2.0
"""A run that is asked to stop saves where it stands and says so with exit code 75, whatever it is
doing at that moment; --resume then ends where the run that was not stopped ends."""
import os
import pathlib
import re
import signal
import subprocess
import time
import unittest

from lockstep import ProgramTest, TINY, command, environment

SOLO = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
# (signal, ranks): to a process alone, and to mpirun, which passes it on to two.
ALL = (*((number, 0) for number in SOLO), (signal.SIGUSR1, 2))
SOME = ((signal.SIGTERM, 0), (signal.SIGUSR1, 0), (signal.SIGUSR1, 2))
PATIENCE = 60  # seconds


class SignalsTest(ProgramTest):
    def start(self, name, *arguments, ranks=0, characters=12000, **changes):
        self.name = name
        epochs = [] if "--epochs" in arguments else ["--epochs", 2]
        arguments = [*TINY, "--data-file", self.sample(characters), *epochs,
                     "--output-dir", name, "--metrics-file", f"{name}.jsonl", *arguments]
        self.out = (self.folder / f"{name}.out").open("w+")
        self.run_ = subprocess.Popen(command("trainer", arguments, ranks), cwd=self.folder,
                                     text=True, stdout=self.out, stderr=self.out,
                                     env=environment(**changes))
        self.addCleanup(self.run_.kill)

    def said(self):
        return (self.folder / f"{self.name}.out").read_text(errors="replace")

    def steps(self):
        path = self.folder / f"{self.name}.jsonl"
        return path.read_text().count('"loss"') if path.exists() else 0

    def wait_until(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertIsNone(self.run_.poll(), f"{what}: the run ended early\n{self.said()}")
            self.assertLess(time.monotonic(), deadline, f"never happened: {what}\n{self.said()}")
            time.sleep(0.002)

    def expect_stopped_and_resumable(self, status=75):
        self.run_.wait(timeout=PATIENCE)
        self.assertEqual(self.run_.returncode, status, self.said())
        self.assertIn("the run is saved in", self.said())
        drafts = list(pathlib.Path(self.folder, self.name, "shards").glob("*.draft-*"))
        self.assertEqual(drafts, [])
        done = self.run_program("trainer", "--resume", "--output-dir", self.name, "--lang", "en")
        return self.root(done.stdout)

    def root(self, text):
        return re.findall("[0-9a-f]{64}", text)[-1]

    def straight_root(self, *arguments, characters=12000):
        done = self.train("--data-file", self.sample(characters), "--epochs", 2, "--output-dir",
                          "straight", *arguments)
        return self.root(done.stdout)

    def tally(self, phase, fired, of):
        print(f"stop requests {phase}: fired {fired} of {of}")
        self.assertEqual(fired, of)

    def test_any_of_the_signals_between_two_steps(self):
        straight = self.straight_root()
        fired = 0
        for number in SOLO:
            self.start(f"steps{number}")
            self.wait_until(lambda: self.steps() >= 5, "five steps")
            self.run_.send_signal(number)
            fired += self.expect_stopped_and_resumable() == straight
        self.tally("between steps", fired, len(SOLO))

    def test_while_a_rank_still_waits_for_another(self):
        arguments = [*TINY, "--output-dir", "met", "--data-file", self.sample(12000), "--epochs", 2]
        trainer = " ".join(command("trainer", arguments, 0))
        late = f"while [ ! -e go ]; do sleep 0.1; done; exec {trainer}"
        self.name = "met"
        self.out = (self.folder / "met.out").open("w+")
        self.run_ = subprocess.Popen(
            ["mpirun", "-q", "--oversubscribe", "--bind-to", "none", "-np", "1",
             *trainer.split(), ":", "-np", "1", "sh", "-c", late], cwd=self.folder,
            stdout=self.out, stderr=self.out, env=environment(
                OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1"))
        self.addCleanup(self.run_.kill)
        self.wait_until(lambda: self.catches(signal.SIGUSR1), "the first rank listens")
        os.kill(self.ranks_running("met")[0], signal.SIGUSR1)
        (self.folder / "go").touch()
        fired = self.expect_stopped_before_a_save() == self.straight_root()
        self.tally("while a rank waits for another", fired, 1)

    def catches(self, number):
        """Whether the first rank does, by the system's list."""
        ranks = self.ranks_running("met")
        if not ranks:
            return False
        status = pathlib.Path(f"/proc/{ranks[0]}/status").read_text()
        caught = int(re.search(r"^SigCgt:\s*([0-9a-f]+)", status, re.M)[1], 16)
        return bool(caught >> (number - 1) & 1)

    def test_while_the_text_is_prepared(self):
        straight = self.straight_root()
        fired = 0
        for number, ranks in ALL:
            self.start(f"first{number}of{ranks}", ranks=ranks)
            self.wait_until(lambda: "Preparing the text" in self.said(), "the preparation of the text")
            self.run_.send_signal(number)
            fired += self.expect_stopped_before_a_save() == straight
        self.tally("while the text is prepared", fired, len(ALL))

    def expect_stopped_before_a_save(self):
        """The signal may come when the text is ready."""
        self.run_.wait(timeout=PATIENCE)
        self.assertEqual(self.run_.returncode, 75, self.said())
        self.assertRegex(self.said(), "the run is saved in|the next start prepares it anew")
        done = self.train("--data-file", self.sample(12000), "--epochs", 2, "--output-dir",
                          self.name, "--auto-resume")
        return self.root(done.stdout)

    def test_while_validating(self):
        arguments = ("--val-fraction", 0.9)
        characters = 60000
        straight = self.straight_root(*arguments, characters=characters)
        steps = self.straight_steps()
        fired = 0
        for number, ranks in SOME:
            self.start(f"validating{number}of{ranks}", *arguments, characters=characters,
                       ranks=ranks)
            self.wait_until(lambda: self.steps() >= steps, "the steps of an epoch")
            self.assertNotIn("Validation loss", self.said())
            self.run_.send_signal(number)
            self.stop_what_is_left(number, ranks)
            fired += self.expect_stopped_and_resumable() == straight
        self.tally("while validating", fired, len(SOME))

    def stop_what_is_left(self, number, ranks):
        """Resumes a run that has only a validation left, and stops it within that."""
        self.run_.wait(timeout=PATIENCE)
        self.out.seek(0)
        self.out.truncate()
        self.run_ = subprocess.Popen(
            command("trainer", ["--resume", "--output-dir", self.name, "--lang", "en"], ranks),
            cwd=self.folder, stdout=self.out, stderr=self.out, env=environment())
        self.addCleanup(self.run_.kill)
        self.wait_until(lambda: " lanes" in self.said(), "the resume")
        self.run_.send_signal(number)

    def straight_steps(self):
        """Of one epoch, from the line about the run."""
        done = self.run_program("trainer", "--resume", "--output-dir", "straight",
                                "--more-epochs", 1, "--dry-run", "--lang", "en")
        line = [line for line in done.stdout.splitlines() if "Steps per epoch" in line][0]
        return int(line.split()[-1].replace(",", ""))

    def test_while_a_save_is_going_on(self):
        straight = self.straight_root()
        shards = lambda: pathlib.Path(self.folder, self.name, "shards")
        fired = 0
        for number, ranks in SOME:
            self.start(f"saving{number}of{ranks}", "--save-every-steps", 1, ranks=ranks)
            self.wait_until(lambda: shards().exists() and list(shards().glob("*.draft-*")),
                            "a draft")
            self.run_.send_signal(number)
            fired += self.expect_stopped_and_resumable() == straight
        self.tally("while saving", fired, len(SOME))

    def test_twice(self):
        straight = self.straight_root()
        self.start("twice")
        self.wait_until(lambda: self.steps() >= 3, "three steps")
        self.run_.send_signal(signal.SIGUSR1)
        self.run_.send_signal(signal.SIGUSR1)
        self.run_.send_signal(signal.SIGTERM)
        self.tally("twice", self.expect_stopped_and_resumable() == straight, 1)

    def test_under_nohup_a_hang_up_is_nothing(self):
        straight = self.straight_root()
        arguments = [*TINY, "--data-file", self.sample(12000), "--epochs", 2, "--output-dir",
                     "nohup", "--metrics-file", "nohup.jsonl"]
        self.name = "nohup"
        self.out = (self.folder / "nohup.out").open("w+")
        self.run_ = subprocess.Popen(["nohup", *command("trainer", arguments, 0)], cwd=self.folder,
                                     stdout=self.out, stderr=self.out, env=environment())
        self.addCleanup(self.run_.kill)
        self.wait_until(lambda: self.steps() >= 3, "three steps")
        self.run_.send_signal(signal.SIGHUP)
        self.run_.wait(timeout=PATIENCE)
        self.assertEqual(self.run_.returncode, 0, self.said())
        self.assertEqual(self.root(self.said()), straight)

    def test_a_reader_of_the_output_who_goes_away_costs_only_the_words(self):
        straight = self.straight_root("--save-every-steps", 5)
        arguments = [*TINY, "--data-file", self.sample(12000), "--epochs", 2, "--output-dir",
                     "unread", "--save-every-steps", 5]
        run = subprocess.Popen(command("trainer", arguments, 0), cwd=self.folder, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        self.addCleanup(run.kill)
        run.stdout.readline()
        run.stdout.close()
        errors = run.stderr.read()
        run.stderr.close()
        self.assertEqual(run.wait(timeout=PATIENCE), 0, errors)
        self.assertEqual(errors.count("writing to standard output has failed"), 1, errors)
        done = self.run_program("ckpt-tool", "--checkpoint-dir", "unread", "verify")
        self.assertIn(straight, done.stdout)

    def test_on_one_rank_only(self):
        straight = self.straight_root()
        fired = 0
        for place in (0, 1):
            self.start(f"rank{place}", ranks=2)
            self.wait_until(lambda: self.steps() >= 3, "three steps")
            os.kill(self.ranks_running(self.name)[place], signal.SIGUSR1)
            fired += self.expect_stopped_and_resumable() == straight
        self.tally("on one of two ranks", fired, 2)

    def test_through_mpirun(self):
        straight = self.straight_root()
        self.start("mpirun", ranks=2)
        self.wait_until(lambda: self.steps() >= 3, "three steps")
        self.run_.send_signal(signal.SIGUSR1)
        self.tally("through mpirun", self.expect_stopped_and_resumable() == straight, 1)

    def test_a_second_signal_that_means_the_end_ends_the_run_at_once(self):
        self.start("impatient", "--save-every-steps", 5)
        self.wait_until(lambda: self.steps() >= 12, "two saves")
        self.run_.send_signal(signal.SIGTERM)
        self.run_.send_signal(signal.SIGINT)
        self.run_.wait(timeout=PATIENCE)
        self.assertIn(self.run_.returncode, (-signal.SIGINT, 75))  # 75: they came as one
        done = self.run_program("trainer", "--resume", "--output-dir", self.name, "--lang", "en")
        self.assertEqual(self.root(done.stdout), self.straight_root("--save-every-steps", 5))

    def test_a_run_whose_directory_another_start_has_taken_ends(self):
        self.start("twice", "--save-every-steps", 5, "--epochs", 1000)
        self.wait_until(lambda: self.steps() >= 12, "two saves")
        done = self.run_program("trainer", "--resume", "--output-dir", self.name, "--epochs", 2,
                                "--lang", "en")
        self.run_.wait(timeout=PATIENCE)
        self.assertEqual(self.run_.returncode, 4, self.said())
        self.assertRegex(self.said(), "error: saving twice/shards/.*: the run directory was taken "
                                      "by a later start, process [0-9]+ on ")
        self.run_program("ckpt-tool", "--checkpoint-dir", self.name, "verify", "--all")
        self.assertEqual(self.root(done.stdout), self.straight_root("--save-every-steps", 5))

    def test_the_time_limit_ends_the_run_in_time(self):
        begun = time.monotonic()
        self.start("limited", "--epochs", 1000, "--time-limit", "0:00:20")
        self.run_.wait(timeout=PATIENCE)
        self.assertLess(time.monotonic() - begun, 20)
        self.assertEqual(self.run_.returncode, 75, self.said())
        self.assertRegex(self.said(), "stopped before the time limit after step .* saved in")


if __name__ == "__main__":
    unittest.main()
