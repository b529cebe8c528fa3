# SPDX-License-Identifier: Apache-2.0
"""What a run leaves is an ordinary folder: other programs read it, it can be copied, any number of
ranks goes on from it, and a thousand saves cost no more than one."""
import os
import shutil
import stat
import subprocess
import unittest
import zipfile

import h5py
import numpy

from fault_runs import FaultsProgramTest, add_decoys, saved_sets
from lockstep import copy_tree

ELEMENTS = 5 * 16384 + 81
ROWS, COLUMNS = ELEMENTS * 5 // 8 // 64, ELEMENTS // 4 // 64
SHAPES = {"transformer.wte.weight": (ROWS, 64), "transformer.h.0.attn.c_attn.weight": (64, COLUMNS),
          "transformer.ln_f.bias": (ELEMENTS - (ROWS + COLUMNS) * 64,)}
ARRAYS = ["model", "exp_avg", "exp_avg_sq"]


def mixed(number):
    """Well mixed bits; the same function as in pretend_run.cpp."""
    number = number + numpy.uint64(0x9e3779b97f4a7c15)
    number = (number ^ (number >> numpy.uint64(30))) * numpy.uint64(0xbf58476d1ce4e5b9)
    number = (number ^ (number >> numpy.uint64(27))) * numpy.uint64(0x94d049bb133111eb)
    return number ^ (number >> numpy.uint64(31))


def tensors_after(step, array):
    """Name -> values of a pretended run."""
    seed = mixed(numpy.array([step * 4 + ARRAYS.index(array)], dtype=numpy.uint64))
    flat = mixed(seed + numpy.arange(ELEMENTS, dtype=numpy.uint64)) >> numpy.uint64(40)
    flat = flat.astype(numpy.float32) * numpy.float32(2.0 ** -24)
    tensors, place = {}, 0
    for name, shape in SHAPES.items():
        count = int(numpy.prod(shape))
        tensors[name] = flat[place:place + count].reshape(shape)
        place += count
    return tensors


class FilesProgramTest(FaultsProgramTest):
    def run_epochs(self, epochs, ranks, *options, folder=None, **more):
        folder = folder or self.folder / "run"
        done = self.good("run", folder, "--epochs", epochs, "--ranks", ranks, *options, **more)
        return folder, dict(line.split()[1::2] for line in done.lines
                            if line.startswith("saved "))

    def found(self, folder, pattern):
        paths = sorted(folder.glob(pattern))
        self.assertTrue(paths, f"no {pattern} in {folder}")
        return paths

    def test_the_root_does_not_depend_on_the_number_of_ranks(self):
        roots = [self.run_epochs(2, ranks, folder=self.folder / str(ranks))[1]
                 for ranks in (1, 2, 3, 4, 8)]
        self.assertEqual(list(roots[0]), ["epoch_0001", "epoch_0002"])
        self.assertEqual([root for root in roots if root != roots[0]], [])
        print("\nworlds: 1, 2, 3, 4 and 8 ranks, equal roots")

    def test_a_run_goes_on_with_any_other_number_of_ranks(self):
        straight = self.run_epochs(4, 1, folder=self.folder / "straight")[1]
        folder, roots = self.folder / "resharded", {}
        for epoch, ranks in enumerate((8, 4, 8, 3), start=1):
            roots |= self.run_epochs(epoch, ranks, folder=folder)[1]
        self.assertEqual(roots, straight)
        self.assertEqual(self.check(folder).root, straight["epoch_0004"])

    def test_a_save_within_an_epoch_has_the_root_of_its_step_on_any_ranks(self):
        one = self.run_epochs(2, 1, "--within", 1, folder=self.folder / "one")[1]
        other = self.run_epochs(2, 4, "--within", 1, folder=self.folder / "other")[1]
        self.assertEqual(one, other)
        self.assertEqual(list(one), ["step_00000002", "epoch_0001", "step_00000006", "epoch_0002"])

    def test_a_state_smaller_than_a_chunk_is_saved_by_many_ranks(self):
        folder, roots = self.run_epochs(2, 8, "--elements", 200)
        self.assertEqual(self.check(folder).root, roots["epoch_0002"])

    def test_the_umask_decides_the_modes_of_all_files(self):
        for mask in (0o022, 0o027, 0o002):
            before = os.umask(mask)
            try:
                folder = self.run_epochs(2, 3, folder=self.folder / oct(mask))[0]
            finally:
                os.umask(before)
            for path in self.found(folder, "**/*"):
                if path.is_symlink():
                    continue
                right = (0o777 if path.is_dir() else 0o666) & ~mask
                self.assertEqual(oct(stat.S_IMODE(path.stat().st_mode)), oct(right), path)

    def expect_tensors(self, path, step):
        with h5py.File(path) as file:
            for array in ARRAYS:
                for name, values in tensors_after(step, array).items():
                    numpy.testing.assert_array_equal(file[f"{array}/{name}"][:], values)

    def test_python_reads_every_tensor_of_a_set_by_name(self):
        folder = self.run_epochs(2, 3)[0]
        self.expect_tensors(folder / "shards" / "latest" / "model.h5", 8)
        self.expect_tensors(folder / "shards" / "epoch_0001" / "model.h5", 4)
        for path in self.found(folder, "**/*.h5"):
            with h5py.File(path):
                pass

    def test_h5dump_shows_every_file(self):
        folder = self.run_epochs(1, 3)[0]
        for path in self.found(folder, "**/*.h5"):
            subprocess.run(["h5dump", "-H", str(path)], check=True, capture_output=True)

    def test_torch_loads_every_pt_file_with_weights_only_and_mapped(self):
        import torch  # pylint: disable=import-outside-toplevel
        folder = self.run_epochs(2, 3)[0]
        for path in self.found(folder, "*.pt"):
            for is_mapped in (False, True):
                read = torch.load(path, weights_only=True, mmap=is_mapped)
                for name, values in tensors_after(read["epoch"] * 4, "model").items():
                    numpy.testing.assert_array_equal(read["model"][name].numpy(), values)
                for array in ("exp_avg", "exp_avg_sq"):
                    values = tensors_after(read["epoch"] * 4, array)["transformer.wte.weight"]
                    found = read["optimizer"]["state"][0][array]
                    numpy.testing.assert_array_equal(found.numpy(), values)

    def test_unzip_finds_every_pt_file_whole(self):
        folder = self.run_epochs(2, 3)[0]
        for path in self.found(folder, "*.pt"):
            with zipfile.ZipFile(path) as archive:
                self.assertIsNone(archive.testzip(), path)

    def test_a_copied_folder_is_as_good(self):
        folder, roots = self.run_epochs(3, 3)
        copied = self.folder / "copied"
        subprocess.run(["cp", "-r", folder, copied], check=True)
        shutil.rmtree(folder)
        self.assertEqual(self.check(copied).root, roots["epoch_0003"])
        self.good("resume", copied, "--epochs", 4, "--ranks", 2)
        self.good("verify", copied)
        self.expect_tensors(copied / "shards" / "epoch_0004" / "model.h5", 16)

    def test_a_set_copied_alone_is_read_by_h5py(self):
        folder = self.run_epochs(1, 3)[0]
        alone = copy_tree(folder / "shards" / "epoch_0001", self.folder / "alone")
        shutil.rmtree(folder)
        self.expect_tensors(alone / "model.h5", 4)

    def test_one_checkpoint_takes_its_bytes_once_whatever_its_names(self):
        folder = self.run_epochs(3, 2, "--keep-last-n", 0)[0]
        numbers = {path.stat().st_ino for path in folder.glob("*.pt")}
        self.assertEqual(len(numbers), 3)
        self.assertEqual(sorted(path.name for path in folder.rglob("*.pt")),
                         sorted(path.name for path in folder.glob("*.pt")))

    def test_foreign_files_survive_a_whole_run(self):
        folder = self.folder / "run"
        folder.mkdir()
        add_decoys(folder)
        self.run_epochs(6, 2, "--within", 1, folder=folder)
        self.expect_decoys(folder)

    # Of one process: the writers of other ranks are new ones for each save here.
    def test_a_thousand_saves_take_no_more_memory_and_no_more_descriptors(self):
        done = self.store("run", self.folder / "run", "--epochs", 1000, "--elements", 40_000,
                          "--watch", 100, timeout=240)
        self.assertEqual(len(saved_sets(done.lines)), 1000)
        seen = [list(map(int, line.split()[1:])) for line in done.lines
                if line.startswith("resources ")]
        self.assertEqual(len(seen), 10)
        memory = [kilobytes for _, kilobytes, _ in seen]
        descriptors = {number for _, _, number in seen}
        self.assertEqual(len(descriptors), 1, seen)
        # The history of the run grows, by some bytes for each epoch.
        self.assertLess(memory[-1] - memory[1], 1500, seen)
        print(f"\n1000 saves: {memory[0]} KB after 100, {memory[-1]} KB after 1000, "
              f"{descriptors} descriptors")


if __name__ == "__main__":
    unittest.main()
