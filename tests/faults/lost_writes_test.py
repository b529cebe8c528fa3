# SPDX-License-Identifier: Apache-2.0
"""Loses power after every call of a save: what was not made durable is gone, or half there."""
import random
import shutil
import unittest

import disk_model
from fault_runs import FaultsProgramTest, add_decoys, read_log
from lockstep import copy_tree

STEPS_PER_EPOCH = 4
CHUNKS = ["--elements", 2 * 16384 + 81]


def step_of(name):
    number = int(name.split("_")[1])
    return number if name.startswith("step_") else number * STEPS_PER_EPOCH


class LostWritesProgramTest(FaultsProgramTest):
    def setUp(self):
        super().setUp()
        self.all_roots = self.roots(4, *CHUNKS, "--within", 1)

    def lose_power(self, what, epochs_before, *command):
        """Runs `command` (its last set is new), and cuts its calls off after each of them."""
        template = self.folder / "template"
        template.mkdir()
        if epochs_before:
            self.good("run", template, "--epochs", epochs_before, *CHUNKS)
        add_decoys(template)
        folder = copy_tree(template, self.folder / "logged")
        log = self.folder / "log"
        self.good("run", folder, *CHUNKS, "--ranks", self.ranks, *command, log=log)
        records = read_log(log)
        disk = disk_model.Disk(folder, template)
        self.seen = set()
        old = f"epoch_{epochs_before:04}" if epochs_before else None
        for prefix, record in enumerate([None, *records]):
            if record:
                disk.replay(record)
            self.judge_all(disk, prefix, old)
        self.expect_everything_was_seen(disk, folder)
        self.assertGreater(len(self.seen), 10)
        print(f"\nlosses of power, {what}: {len(records)} calls, {len(self.seen)} different disks, "
              f"{len(self.seen)} survived")

    def judge_all(self, disk, prefix, old):
        found = {}
        for variant in disk_model.variants(random.Random(prefix)):
            picture = disk_model.picture(disk, variant)
            key = (disk_model.digest_of(picture), len(disk.saved))
            if key not in self.seen:
                self.seen.add(key)
                found[f"after call {prefix}, {variant.name}"] = picture

        def judge(point):
            folder = self.folder / point.replace(" ", "-")
            disk_model.materialise(found[point], folder)
            self.judge(folder, old, disk.saved)
            shutil.rmtree(folder)
        if found:
            self.on_all(list(found), judge)

    def judge(self, folder, old, saved):
        newest = self.check(folder)
        announced = saved[-1] if saved else old
        if announced:
            self.assertIsNotNone(newest)
            self.assertGreaterEqual(newest.step, step_of(announced))
        if newest:
            self.assertEqual(newest.root, self.all_roots[newest.name])
        self.good("run", folder, *CHUNKS, "--epochs", 4, "--again", 1)
        self.assertEqual(self.check(folder).root, self.all_roots["epoch_0004"])
        self.expect_decoys(folder)

    def expect_everything_was_seen(self, disk, folder):
        """Without this the shim might have missed a call, and the rest would prove nothing."""
        everything = disk_model.Variant("", lambda file: bytes(file.now), lambda names: names.now)
        replayed = disk_model.picture(disk, everything)
        real = disk_model.picture(disk_model.Disk(folder, folder), everything)
        self.assertEqual(sorted(replayed), sorted(real))
        for path in real:
            self.assertEqual(replayed[path], real[path], path)

    def test_a_save_survives_every_loss_of_power(self):
        self.lose_power("a save", 2, "--epochs", 3)

    def test_the_first_save_survives_every_loss_of_power(self):
        self.lose_power("the first save", 0, "--epochs", 1)

    def test_saving_a_step_again_survives_every_loss_of_power(self):
        self.lose_power("the same step again", 2, "--epochs", 2, "--again", 1)

    def test_a_save_within_an_epoch_survives_every_loss_of_power(self):
        self.lose_power("a save within an epoch", 2, "--epochs", 3, "--within", 1, "--export",
                        "none")


if __name__ == "__main__":
    unittest.main()
