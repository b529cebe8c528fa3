# SPDX-License-Identifier: Apache-2.0
"""Real text from elsewhere: the Chinese manual pages that Debian packages."""
import gzip
import pathlib
import unittest

from lockstep import ProgramTest

PAGES = pathlib.Path("/usr/share/man/zh_CN")


class ManpagesTest(ProgramTest):
    def test_the_loss_falls_within_one_short_epoch(self):
        pages = sorted(PAGES.glob("man*/*.gz"))
        self.assertGreater(len(pages), 500, "the package manpages-zh is not installed")
        corpus = self.folder / "pages"
        corpus.mkdir()
        for page in pages[::2]:
            (corpus / (page.stem + ".txt")).write_bytes(gzip.decompress(page.read_bytes()))
        done = self.run_program("trainer", "--model", "tiny", "--data-file", corpus, "--epochs", 1,
                                "--max-steps", 300, "--batch-size", 8, "--learning-rate", "1e-3",
                                "--metrics-file", "m.jsonl", "--lang", "en", ranks=2)
        losses = self.losses("m.jsonl")
        first, last = sum(losses[:20]) / 20, sum(losses[-20:]) / 20
        self.assertLess(last, first - 1.0)
        self.assertIn("model_epoch_1.pt", done.stdout)


if __name__ == "__main__":
    unittest.main()
