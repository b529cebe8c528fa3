# SPDX-License-Identifier: Apache-2.0
"""Damages one file of the newest checkpoint in every way a disk or a person does: it is found and
named, and the checkpoint before it is used."""
import collections
import os
import pathlib
import shutil
import unittest

from fault_runs import WIDE, FaultsProgramTest, add_decoys
from lockstep import copy_tree

PLACES = 64 if WIDE else 12  # bits flipped in each file
NEWEST, BEFORE = "epoch_0003", "epoch_0002"
TENSORS = ("transformer.wte.weight", "transformer.h.0.attn.c_attn.weight", "transformer.ln_f.bias")

Damage = collections.namedtuple("Damage", "kind file place")


def flip(path, place):
    with open(path, "r+b") as stream:
        stream.seek(place)
        byte = stream.read(1)[0]
        stream.seek(place)
        stream.write(bytes([byte ^ (1 << place % 8)]))


def zero_page(path, place):
    with open(path, "r+b") as stream:
        stream.seek(place)
        stream.write(bytes(min(4096, path.stat().st_size - place)))


def unlinked(path):
    """Gives the name bytes of its own, so that its other names keep theirs."""
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)


class DamageProgramTest(FaultsProgramTest):
    ranks = 3
    export = "none"

    def setUp(self):
        super().setUp()
        self.template = self.folder / "template"
        self.make("none")

    def make(self, export):
        options = ["--keep-last-n", 0, "--ranks", self.ranks, "--export", export]
        shutil.rmtree(self.template, ignore_errors=True)
        self.all_roots = self.roots(3, *options[2:])
        self.good("run", self.template, "--epochs", 3, *options)
        add_decoys(self.template)

    def files(self):
        return sorted((self.template / "shards" / NEWEST).iterdir())

    def places(self, path):
        size = path.stat().st_size
        return sorted({0, size - 1, *(size * i // PLACES for i in range(PLACES))})

    def damages_of(self, path):
        name = path.relative_to(self.template)
        content = path.read_bytes()
        size = len(content)
        pages = [place for place in range(0, size, max(4096, size // 4))
                 if any(content[place:place + 4096])]  # zeros in place of zeros are no damage
        return ([Damage("flip", name, place) for place in self.places(path)]
                + [Damage("cut", name, length) for length in {0, size // 2, size - 1}]
                + [Damage("zero", name, place) for place in pages]
                + [Damage("remove", name, 0)] * (path.suffix != ".pt"))

    @staticmethod
    def do(damage, folder):
        path = folder / damage.file
        if damage.kind == "remove":
            path.unlink()
            return
        unlinked(path)
        if damage.kind == "flip":
            flip(path, damage.place)
        elif damage.kind == "cut":
            os.truncate(path, damage.place)
        else:
            zero_page(path, damage.place)

    def expect_found(self, damage, folder, seen, fallbacks):
        """Found by `verify`, and what a start then loads is whole."""
        verified = self.store("verify", folder)
        text = "\n".join(verified.lines)
        label = NEWEST if damage.file.parts[0] == "shards" else damage.file.name
        problems = [line for line in verified.lines if line.startswith(f"damaged {label}: ")]
        checked = self.store("check", folder)
        found = self.loaded(checked.lines)
        self.assertIsNotNone(found, "\n".join(checked.lines))
        self.assertNotIn("MIXED", "\n".join(checked.lines))
        self.assertEqual(found.root, self.all_roots[f"epoch_{found.step // 4:04}"])
        others = [line for line in verified.lines
                  if line.startswith("damaged") and line not in problems]
        self.assertEqual(others, [])
        self.assertTrue(problems, "not found")
        self.assertIn(damage.file.name, text)
        seen["found"] += 1
        seen["tensor"] += any(name in text for name in TENSORS)
        self.assertIn(found.name, [NEWEST, *fallbacks])
        if found.name != NEWEST and damage.file.parts[0] == "shards":
            self.assertIn(damage.file.name, "\n".join(checked.lines))
        self.good_resume(folder)

    def good_resume(self, folder):
        done = self.store("resume", folder, "--epochs", 4, "--keep-last-n", 0, "--export", "none")
        self.assertEqual(done.status, 0, "\n".join(done.lines))
        self.assertIn("saved epoch_0004", "\n".join(done.lines))

    def damage_all(self, files, fallbacks, what):
        damages = [damage for path in files for damage in self.damages_of(path)]
        seen = collections.Counter()

        def judge(damage):
            folder = copy_tree(self.template, self.folder / f"{damage.kind}-{damage.place}-"
                                                            f"{damage.file.name}")
            self.do(damage, folder)
            self.expect_found(damage, folder, seen, fallbacks)
            self.expect_decoys(folder)
            shutil.rmtree(folder)
        self.on_all(damages, judge)
        self.assertGreater(seen["tensor"], 0)
        print(f"\ndamages, {what}: {len(damages)} made, {seen['found']} found "
              f"({seen['tensor']} with their tensors)")

    def test_every_damage_of_a_set_is_found_and_the_set_before_is_used(self):
        self.damage_all(self.files(), [BEFORE], "a set")

    def test_a_damaged_set_is_replaced_by_the_pt_file_of_its_step(self):
        self.make("every")
        shards = [path for path in self.files() if path.name.startswith("shard_00001")]
        self.damage_all(shards, ["latest.pt", "model_epoch_3.pt", "model.pt"],
                        "a shard beside a .pt file")

    def test_every_damage_of_a_pt_file_is_found(self):
        self.make("every")
        self.damage_all([self.template / "latest.pt"], [], "a .pt file")

    def test_a_pt_file_alone_is_resumed_and_a_damaged_one_is_passed_over(self):
        self.make("every")
        shutil.rmtree(self.template / "shards")
        add_decoys(self.template)
        folder = copy_tree(self.template, self.folder / "alone")
        self.assertEqual(self.check(folder).root, self.all_roots[NEWEST])
        for name in ("latest.pt", "model_epoch_3.pt", "model.pt", "best_model.pt"):
            path = pathlib.Path(folder) / name
            path.unlink()
            path.write_bytes((self.template / name).read_bytes()[:-100])
        checked = self.store("check", folder)
        self.assertEqual(self.loaded(checked.lines).root, self.all_roots[BEFORE],
                         "\n".join(checked.lines))

    def swap(self, one, other):
        def act(folder):
            first, second = folder / one, folder / other
            content = first.read_bytes()
            first.write_bytes(second.read_bytes())
            second.write_bytes(content)
        return act

    def replace(self, source, target):
        return lambda folder: shutil.copyfile(folder / source, folder / target)

    def test_exchanged_and_outdated_files_are_found(self):
        shard = "shards/epoch_000{}/shard_0000{}_of_00003.h5"
        damages = {
            "two shards swapped": self.swap(shard.format(3, 0), shard.format(3, 1)),
            "the other two swapped": self.swap(shard.format(3, 1), shard.format(3, 2)),
            "a shard of the epoch before": self.replace(shard.format(2, 1), shard.format(3, 1)),
            "the first one of an older epoch": self.replace(shard.format(1, 0),
                                                            shard.format(3, 0)),
            "an older manifest": self.replace(f"shards/{BEFORE}/manifest.json",
                                              f"shards/{NEWEST}/manifest.json"),
        }
        for name, act in damages.items():
            folder = copy_tree(self.template, self.folder / name)
            act(folder)
            verified = self.store("verify", folder)
            self.assertIn(f"damaged {NEWEST}: ", "\n".join(verified.lines), name)
            checked = self.store("check", folder)
            self.assertEqual(self.loaded(checked.lines).root, self.all_roots[BEFORE], name)
            self.good_resume(folder)
        print(f"\nexchanged files: {len(damages)} made, {len(damages)} found")


if __name__ == "__main__":
    unittest.main()
