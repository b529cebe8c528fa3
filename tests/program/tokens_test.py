# SPDX-License-Identifier: Apache-2.0
"""A token file that somebody writes over while a training reads it ends the run with a sentence and
exit code 3, on one rank and on several; with the old tokens back, --resume goes on."""
import os
import subprocess
import time
import unittest

from lockstep import ProgramTest, TINY, command, environment

PATIENCE = 60  # seconds


class TokensTest(ProgramTest):
    def start(self, name, ranks):
        arguments = [*TINY, "--data-file", "made/text/train.tokens", "--epochs", 1000,
                     "--save-every-steps", 5, "--output-dir", name]
        self.out = (self.folder / f"{name}.out").open("w+")
        self.run_ = subprocess.Popen(command("trainer", arguments, ranks), cwd=self.folder,
                                     text=True, stdout=self.out, stderr=self.out,
                                     env=environment())
        self.addCleanup(self.run_.kill)
        saved = self.folder / name / "shards"
        deadline = time.monotonic() + PATIENCE
        while not [path for path in saved.glob("*/manifest.json") if "draft" not in str(path)]:
            self.assertIsNone(self.run_.poll(), self.said(name))
            self.assertLess(time.monotonic(), deadline, self.said(name))
            time.sleep(0.01)

    def said(self, name):
        return (self.folder / f"{name}.out").read_text(errors="replace")

    def expect_ended(self, name):
        self.run_.wait(timeout=PATIENCE)
        self.assertEqual(self.run_.returncode, 3, self.said(name))

    def test_a_token_file_that_is_cut_ends_the_run_with_a_sentence(self):
        self.train("--data-file", self.sample(), "--epochs", 1, "--output-dir", "made")
        tokens = self.folder / "made/text/train.tokens"
        before = tokens.read_bytes()
        for ranks in (0, 2):
            name = f"cut{ranks}"
            self.start(name, ranks)
            # By less than a page: the system would end a run that is reading what is gone just now.
            os.truncate(tokens, len(before) - 1)
            self.expect_ended(name)
            self.assertIn(f"train.tokens: it had {len(before)} bytes when it was opened, and has "
                          f"{len(before) - 1} now; write new tokens to a file of another name",
                          self.said(name))
            tokens.write_bytes(before)
            self.run_program("trainer", "--resume", "--output-dir", name, "--epochs", 1, ranks=ranks)

    def test_other_tokens_in_the_same_file_end_the_run_and_the_same_ones_do_not(self):
        self.train("--data-file", self.sample(), "--epochs", 1, "--output-dir", "made")
        tokens = self.folder / "made/text/train.tokens"
        before = tokens.read_bytes()
        self.start("same", 0)
        with tokens.open("r+b") as file:
            file.write(before)
        time.sleep(1)
        self.assertIsNone(self.run_.poll(), self.said("same"))
        with tokens.open("r+b") as file:
            file.seek(4096)
            file.write(b"\0\0")
        self.expect_ended("same")
        self.assertIn("train.tokens: it was written to after it was opened", self.said("same"))


if __name__ == "__main__":
    unittest.main()
