# SPDX-License-Identifier: Apache-2.0
"""What ckpt-tool says of a `.pt` file of ours that Python has loaded and saved again."""
import json
import unittest

import torch

from lockstep import ProgramTest


class ResavedFileTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.train("--data-file", self.sample(), "--epochs", 1)
        self.latest = self.folder / "checkpoints" / "latest.pt"
        self.content = torch.load(self.latest, weights_only=True)
        self.resaved = self.folder / "resaved.pt"

    def tool(self, *arguments, status=0):
        torch.save(self.content, self.resaved)
        return self.run_program("ckpt-tool", *arguments, "--json", status=status)

    def test_it_is_whole_and_the_same(self):
        said = json.loads(self.tool("verify", self.resaved).stdout)
        self.assertEqual((said["ok"], said["root"]), (True, self.content["lockstep"]["root"]))
        said = json.loads(self.tool("compare", self.latest, self.resaved).stdout)
        self.assertEqual(said["state"], "identical")

    def test_without_its_optimizer_it_is_whole_and_not_the_same(self):
        del self.content["optimizer"]
        said = json.loads(self.tool("verify", self.resaved).stdout)
        self.assertEqual((said["ok"], said["root"]), (True, None))
        said = json.loads(self.tool("compare", self.latest, self.resaved).stdout)
        self.assertEqual(said["state"], "different")

    def test_with_weights_of_zero_it_is_not_identical(self):
        self.content["model"]["transformer.ln_f.weight"].zero_()
        done = self.tool("compare", self.latest, self.resaved, status=4)
        self.assertIn("does not match its digest", done.stderr)

    def test_without_crc32_it_is_refused_for_that_reason(self):
        if not hasattr(torch.serialization, "set_crc32_options"):
            self.skipTest("this torch always writes CRC-32")
        torch.serialization.set_crc32_options(False)
        self.addCleanup(torch.serialization.set_crc32_options, True)
        done = self.tool("compare", self.latest, self.resaved, status=4)
        self.assertIn("has no CRC-32", done.stderr)


if __name__ == "__main__":
    unittest.main()
