# SPDX-License-Identifier: Apache-2.0
"""Token files of random ids, beside src/text/FORMAT.md."""
import collections
import pathlib
import tempfile
import unittest

import zipf_tokens


class ZipfTokens(unittest.TestCase):
    def written(self, count):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / "train.tokens"
        zipf_tokens.write_token_file(path, count, 50257, seed=1)
        return path.read_bytes()

    def test_the_header_is_as_the_format_says(self):
        content = self.written(10)
        self.assertEqual(len(content), 4096 + 10 * 2)
        self.assertEqual(content[:8], b"LKSTOKEN")
        self.assertEqual(int.from_bytes(content[8:12], "little"), 1)
        self.assertEqual(int.from_bytes(content[12:16], "little"), 2)
        self.assertEqual(int.from_bytes(content[16:24], "little"), 10)
        self.assertEqual(int.from_bytes(content[24:32], "little"), 50257)
        self.assertRegex(content[32:96], rb"^[0-9a-f]{32}\0{32}$")
        self.assertEqual(content[96:352].rstrip(b"\0"), b"byte-v1")

    def test_ids_are_as_frequent_as_words(self):
        counts = collections.Counter(zipf_tokens.zipf_ids(30_000, 100, seed=1))
        self.assertLess(max(counts), 100)
        self.assertAlmostEqual(counts[0] / counts[1], 2.0, delta=0.2)

    def test_a_seed_is_a_text(self):
        self.assertEqual(zipf_tokens.zipf_ids(50, 100, seed=1), zipf_tokens.zipf_ids(50, 100, 1))
        self.assertNotEqual(zipf_tokens.zipf_ids(50, 100, 1), zipf_tokens.zipf_ids(50, 100, 2))


if __name__ == "__main__":
    unittest.main()
