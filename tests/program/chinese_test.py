# SPDX-License-Identifier: Apache-2.0
"""What goes wrong in a Chinese run is told in Chinese, but for the words of the system and of
libraries."""
import json
import re
import unittest

from lockstep import TINY, ProgramTest

# Two words in a row that are neither flags, names of settings nor in quotes.
ENGLISH = re.compile(r"(?<![\w./'-])[a-z]+ [a-z]+(?![\w./'-])")


class ChineseProgramTest(ProgramTest):
    def said(self, program, *arguments, status, lang, **changes):
        done = self.run_program(program, *arguments, "--lang", lang, status=status, **changes)
        return done.stderr

    def expect_chinese(self, program, *arguments, status, **changes):
        """An error that is English in English, and Chinese in Chinese."""
        english = self.said(program, *arguments, status=status, lang="en", **changes)
        self.assertRegex(english, "^error: ")
        self.assertRegex(english, ENGLISH)
        chinese = self.said(program, *arguments, status=status, lang="zh", **changes)
        self.assertRegex(chinese, "^错误: ")
        self.assertNotRegex(chinese, ENGLISH)
        return chinese

    def test_wrong_settings_and_flags(self):
        wrong = self.expect_chinese("trainer", "--preset", "exended", "--batch-size", 0,
                                    "--learning-rate", "abc", "--lanes", -3, status=2)
        self.assertGreaterEqual(wrong.count("\n  - "), 3)
        (self.folder / "wrong.json").write_text(json.dumps({"train": {"batchsize": 4, "epochs": "x"}}))
        self.expect_chinese("trainer", "--config", "wrong.json", status=2)
        self.expect_chinese("trainer", "--config", "none.json", status=2)
        for broken in ('{"train" 4}', '{"train": {'):
            (self.folder / "broken.json").write_text(broken)
            self.expect_chinese("trainer", "--config", "broken.json", status=2)
        self.expect_chinese("trainer", "--batchsize", 4, status=2)
        self.expect_chinese("trainer", "--epochs", status=2)
        self.expect_chinese("trainer", "--resume", "--overwrite", status=2)
        self.expect_chinese("ckpt-tool", "lst", status=2)
        self.expect_chinese("ckpt-tool", "compare", "1", status=2)
        self.expect_chinese("server", "--port", 99999999, status=2)

    def test_texts_that_are_missing_or_too_short(self):
        self.expect_chinese("trainer", "--data-file", "none.txt", status=3)
        (self.folder / "short.txt").write_text("short")
        self.expect_chinese("trainer", *TINY, "--data-file", "short.txt", status=3)
        (self.folder / "latin.txt").write_bytes(b"caf\xe9 " * 9000)
        self.expect_chinese("trainer", *TINY, "--data-file", "latin.txt", status=3)

    def test_checkpoints_that_are_missing_taken_or_damaged(self):
        self.expect_chinese("trainer", "--resume", status=4)
        self.expect_chinese("ckpt-tool", "list", status=4)
        self.expect_chinese("server", "--checkpoint", "none.pt", status=4)
        text = self.sample()
        self.train("--data-file", text, "--epochs", 1)
        self.expect_chinese("trainer", *TINY, "--data-file", text, status=2)
        self.expect_chinese("ckpt-tool", "compare", 1, 7, status=4)
        (self.folder / "checkpoints" / "best_model.pt").unlink()
        (self.folder / "checkpoints" / "best_model.pt").write_bytes(b"no checkpoint")
        self.expect_chinese("trainer", "--checkpoint", "checkpoints/best_model.pt", "--data-file",
                            text, "--output-dir", "new", status=4)
        damaged = self.run_program("ckpt-tool", "verify", "checkpoints/best_model.pt", "--lang",
                                   "zh", status=4)
        self.assertNotRegex(damaged.stdout + damaged.stderr, ENGLISH)

    def test_ranks_that_have_nothing_to_do_and_a_gpu_that_is_not_there(self):
        text = self.sample()
        self.expect_chinese("trainer", *TINY, "--data-file", text, "--device", "cuda", status=2)
        done = self.run_program("trainer", *TINY, "--data-file", text, "--batch-size", 1,
                                "--max-steps", 1, "--lang", "zh", ranks=2)
        self.assertNotRegex(done.stderr, ENGLISH)


if __name__ == "__main__":
    unittest.main()
