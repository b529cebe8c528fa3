# SPDX-License-Identifier: Apache-2.0
"""Every command of ckpt-tool, over a run that a trainer has made."""
import json
import unittest

from lockstep import PreparedProgramTest, flip_bit


class CkptToolProgramTest(PreparedProgramTest):
    def prepare(self):
        self.train("--data-file", self.sample().name, "--epochs", 3, ranks=2)

    def setUp(self):
        super().setUp()
        self.run_directory = self.folder / "checkpoints"

    def tool(self, *arguments, status=0):
        return self.run_program("ckpt-tool", *arguments, "--lang", "en", status=status)

    def answer(self, *arguments, status=0):
        return json.loads(self.tool(*arguments, "--json", status=status).stdout)

    def shard(self, epoch, number):
        return self.run_directory / "shards" / f"epoch_{epoch:04}" / f"shard_{number:05}_of_00002.h5"

    def test_list_shows_sets_below_files(self):
        text = self.tool("list").stdout
        for part in ("📋 Checkpoints", "latest.pt", "📦 Checkpoint sets", "epoch_0003", "on the disk"):
            self.assertIn(part, text)
        self.assertLess(text.index("latest.pt"), text.index("epoch_0003"))

    def test_list_tells_the_sets_and_the_space(self):
        listing = self.answer("list")
        newest = listing["sets"][-1]
        self.assertEqual((newest["name"], newest["epoch"], newest["shards"], newest["latest"]),
                         ("epoch_0003", 3, 2, True))
        self.assertEqual(sum(one["best"] for one in listing["sets"]), 1)
        self.assertEqual(listing["drafts"], [])
        # latest.pt, model.pt and best_model.pt are names of epoch files.
        self.assertLess(listing["real_bytes"], listing["apparent_bytes"])

    def test_list_shows_a_draft_and_a_damaged_set(self):
        (self.run_directory / "shards" / "epoch_0004.draft-0a1b2c3d").mkdir()
        self.shard(2, 1).unlink()
        listing = self.answer("list")
        self.assertEqual(listing["drafts"],
                         [{"name": "epoch_0004.draft-0a1b2c3d", "kind": "draft"}])
        damaged = [one for one in listing["sets"] if not one["ok"]]
        self.assertEqual([one["name"] for one in damaged], ["epoch_0002"])
        self.assertIn("shard_00001_of_00002.h5", damaged[0]["problem"])

    def test_history_shows_every_epoch_and_draws_the_curves(self):
        text = self.tool("history").stdout
        for part in ("📈 Training history", "🏆 Best: epoch", "○ training loss", "┤"):
            self.assertIn(part, text)
        history = self.answer("history")
        self.assertEqual(history["epochs"], [1, 2, 3])
        self.assertEqual(history["best_val_loss"], min(history["val_loss"]))
        self.assertEqual(history["epochs"][history["val_loss"].index(history["best_val_loss"])],
                         history["best_epoch"])

    def test_history_needs_no_history_file(self):
        before = self.answer("history")
        (self.run_directory / "training_history.json").unlink()
        self.assertEqual(self.answer("history"), before)

    def test_compare_puts_two_epochs_side_by_side(self):
        text = self.tool("compare", "checkpoints/model_epoch_2.pt",
                         "checkpoints/model_epoch_3.pt").stdout
        self.assertIn("Measure           model_epoch_2.pt      model_epoch_3.pt\n", text)
        self.assertIn("≠ first difference: parameters of transformer.wte.weight, chunk 0\n", text)
        comparison = self.answer("compare", "2", "3")
        self.assertEqual(comparison["first"]["name"], "epoch_0002")
        self.assertAlmostEqual(comparison["delta"]["val_loss"],
                               comparison["second"]["val_loss"] - comparison["first"]["val_loss"])

    def test_compare_finds_a_set_and_its_file_identical(self):
        comparison = self.answer("compare", "latest", "checkpoints/latest.pt")
        self.assertEqual(comparison["state"], "identical")
        self.assertEqual(comparison["first"]["root"], comparison["second"]["root"])

    def test_compare_calls_nothing_identical_that_is_damaged(self):
        shard = self.shard(3, 1)
        flip_bit(shard, shard.stat().st_size // 2)
        done = self.tool("compare", "3", "checkpoints/latest.pt", status=4)
        self.assertIn("it is damaged: reading ", done.stderr)
        self.assertIn("shard_00001_of_00002.h5", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_compare_tells_two_names_of_one_set_apart(self):
        text = self.tool("compare", "3", "latest").stdout
        self.assertRegex(text, r"\nMeasure +epoch_0003 \(3\) +epoch_0003 \(latest\) *\n")
        self.assertEqual(self.answer("compare", "3", "latest")["second"]["name"], "epoch_0003")

    def test_verify_reads_the_latest_the_named_and_all(self):
        latest = self.answer("verify")
        self.assertEqual((latest["name"], latest["ok"], latest["problems"]),
                         ("epoch_0003", True, []))
        file = self.answer("verify", "checkpoints/latest.pt")
        self.assertEqual(file["root"], latest["root"])
        everything = self.answer("verify", "--all")
        self.assertTrue(all(row["ok"] for row in everything))
        names = [name for row in everything for name in row["names"]]
        self.assertEqual(len(names), len(set(names)))
        for name in ("epoch_0001", "model_epoch_1.pt", "latest.pt", "best_model.pt", "model.pt"):
            self.assertIn(name, names)

    def test_verify_names_the_damage(self):
        shard = self.shard(3, 1)
        flip_bit(shard, shard.stat().st_size // 2)
        done = self.tool("verify", status=4)
        self.assertIn("❌ epoch_0003: damaged", done.stdout)
        self.assertIn("shard_00001_of_00002.h5", done.stdout)
        rows = self.answer("verify", "--all", status=4)
        self.assertEqual([row["name"] for row in rows if not row["ok"]], ["epoch_0003"])

    def test_verify_needs_no_folder_for_temporary_files(self):
        self.run_program("ckpt-tool", "verify", "--all", TMPDIR="/nonexistent")

    def test_verify_names_the_damage_of_a_file(self):
        file = self.run_directory / "model_epoch_1.pt"
        flip_bit(file, file.stat().st_size // 2)
        self.assertIn("model_epoch_1.pt", self.tool("verify", file, status=4).stdout)

    def test_consolidate_writes_what_the_trainer_exports(self):
        written = self.answer("consolidate")
        self.assertEqual((written["set"], written["file"]), ("epoch_0003", "epoch_0003.pt"))
        file = self.folder / "epoch_0003.pt"
        self.assertEqual(file.stat().st_size, written["bytes"])
        self.assertEqual(file.read_bytes(), (self.run_directory / "latest.pt").read_bytes())
        done = self.tool("consolidate", "1", "-o", "first.pt")
        self.assertIn("epoch_0001 → first.pt", done.stdout)

    def test_consolidate_overwrites_nothing(self):
        (self.folder / "mine.pt").write_text("mine")
        done = self.tool("consolidate", "-o", "mine.pt", status=2)
        self.assertIn("mine.pt", done.stderr)
        self.assertEqual((self.folder / "mine.pt").read_text(), "mine")

    def test_consolidate_leaves_nothing_of_a_damaged_set(self):
        shard = self.shard(3, 1)
        flip_bit(shard, shard.stat().st_size // 2)
        before = sorted(path.name for path in self.folder.iterdir())
        self.assertIn("shard_00001_of_00002.h5", self.tool("consolidate", status=4).stderr)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), before)

    def test_export_writes_a_folder(self):
        done = self.tool("export", "--format", "hf", "-o", "out")
        self.assertIn("💾 Exported: epoch_0003 → out (format hf, ", done.stdout)
        self.assertEqual(self.files("out"), ["config.json", "model.safetensors"])
        written = self.answer("export", "2", "--format", "safetensors", "-o", "second")
        self.assertEqual((written["checkpoint"], written["format"], written["folder"]),
                         ("epoch_0002", "safetensors", "second"))
        file = self.folder / "second" / "model.safetensors"
        self.assertEqual(written["files"], [{"name": file.name, "bytes": file.stat().st_size}])

    def test_export_overwrites_nothing(self):
        (self.folder / "out").mkdir()
        (self.folder / "out" / "config.json").write_text("mine")
        done = self.tool("export", "--format", "hf", "-o", "out", status=2)
        self.assertIn("out/config.json exists and is not overwritten", done.stderr)
        self.assertEqual(self.files("out"), ["config.json"])
        self.assertEqual((self.folder / "out" / "config.json").read_text(), "mine")

    def test_export_leaves_nothing_of_a_damaged_set(self):
        # Somewhere in the parameters, which are the first third.
        shard = self.shard(3, 0)
        flip_bit(shard, shard.stat().st_size // 5)
        before = sorted(path.name for path in self.folder.iterdir())
        done = self.tool("export", "--format", "safetensors", "-o", "out", status=4)
        self.assertIn("shard_00000_of_00002.h5", done.stderr)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), before)

    def test_clean_removes_old_sets_and_files_and_the_run_goes_on(self):
        dry = self.answer("clean", "--keep", 1, "--dry-run")
        self.assertTrue(self.shard(1, 0).exists())
        done = self.answer("clean", "--keep", 1)
        self.assertEqual(done["removed"], dry["removed"])
        self.assertEqual(done["removed_sets"], dry["removed_sets"])
        self.assertEqual(done["freed_bytes"], dry["freed_bytes"])
        self.assertGreater(done["freed_bytes"], 0)
        self.assertFalse((self.run_directory / "model_epoch_1.pt").exists())
        self.assertTrue(all(row["ok"] for row in self.answer("verify", "--all")))
        self.run_program("trainer", "--resume", "--epochs", 4)

    def test_clean_keeps_a_damaged_file_beside_those_it_was_told_to_keep(self):
        damaged = self.run_directory / "model_epoch_3.pt"
        damaged.unlink()  # and not its other names
        damaged.write_bytes(b"PK")
        done = self.tool("clean", "--keep", 1)
        self.assertIn("model_epoch_3.pt", done.stderr)
        self.assertIn("it stays, and does not count", done.stderr)
        self.assertEqual([epoch for epoch in (1, 2, 3)
                          if (self.run_directory / f"model_epoch_{epoch}.pt").exists()], [2, 3])

    def test_clean_is_not_stopped_by_a_folder_that_is_closed(self):
        closed = self.run_directory / "lost+found"
        closed.mkdir(mode=0)
        try:
            self.tool("list")
            self.tool("clean", "--keep", 1)
        finally:
            closed.chmod(0o700)

    def test_bad_input_is_one_sentence(self):
        (self.folder / "loop").symlink_to("loop")
        for arguments, status, part in (
                (["verfy"], 2, "did you mean 'verify'?"),
                ([], 2, "'list', 'history'"),
                (["list", "--jsn"], 2, "did you mean '--json'?"),
                (["compare", "2"], 2, "compare A B"),
                (["clean"], 2, "--keep N"),
                (["clean", "--keep", "0"], 2, "at least 1"),
                (["verify", "--all", "2"], 2, "not both"),
                (["consolidate", "checkpoints/latest.pt"], 2, "takes a set"),
                (["export", "-o", "out"], 2, "'hf' or 'safetensors'"),
                (["export", "--format", "hf"], 2, "-o DIR"),
                (["export", "17", "--format", "hf", "-o", "out"], 4, "epoch_0017"),
                (["verify", "17"], 4, "epoch_0017"),
                (["verify", "checkpoints"], 2, "is a run directory"),
                (["compare", "2", "nothing.pt"], 4, "nothing.pt"),
                (["compare", "a.pt", "b.pt", "--checkpoint-dir", "nowhere"], 4,
                 "looking for the checkpoints 'a.pt' and 'b.pt'"),
                (["verify", "x" * 300], 4, "File name too long"),
                (["verify", "checkpoints/shards"], 4, "without a manifest.json"),
                (["consolidate", "-o", "x" * 300], 4, "File name too long"),
                (["consolidate", "-o", "no/such/x.pt"], 2, "there is no folder no/such; give ano"),
                (["export", "--format", "hf", "-o", "loop/x"], 2, "cannot be looked at: Too many"),
                (["list", "--checkpoint-dir", "checkpoints/shards/"], 2,
                 "give the folder of the run, checkpoints\n"),
                (["list", "--checkpoint-dir", "loop"], 4, "Too many levels of symbolic links"),
                (["list", "--checkpoint-dir", "nowhere"], 4, "nowhere"),
                (["verify", "--checkpoint-dir", "nowhere"], 4, "nowhere"),
                (["verify", "./best_modl.pt", "--checkpoint-dir", "nowhere"], 4,
                 "looking for the checkpoint './best_modl.pt'")):
            done = self.run_program("ckpt-tool", *arguments, status=status)
            self.assertIn(part, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertEqual(done.stdout, "")

    def test_compare_names_both_that_are_not_there(self):
        done = self.tool("compare", "17", "nothing.pt", status=4)
        for part in ("epoch_0017", "nothing.pt"):
            self.assertIn(part, done.stderr)
        self.assertEqual(self.tool("compare", "17", "17", status=4).stderr.count("looking"), 1)

    def test_errors_may_be_chinese(self):
        for arguments, status, part in (
                (["lst"], 2, "错误: ckpt-tool 没有命令 'lst'; 必须是 'list', 'history'"),
                (["clean", "--keep"], 2, "错误: --keep 需要一个值 (请看 ckpt-tool --help)"),
                (["list", "--jsn"], 2, "错误: list 没有选项 --jsn; 是不是想用 '--json'?"),
                (["list", "--checkpoint-dir", "nowhere"], 4, "错误: 查找检查点: 没有文件夹 nowhere"),
                (["verify", "17"], 4, "错误: 查找检查点 '17': 没有 ")):
            done = self.run_program("ckpt-tool", "--lang", "zh", *arguments, status=status)
            self.assertIn(part, done.stderr)

    def test_the_language_may_be_chinese(self):
        for arguments, part in ((["list"], "📦 分片集"), (["history"], "📈 训练历史"),
                                (["compare", "2", "3"], "📊 模型对比"),
                                (["verify"], "🔍 校验检查点"),
                                (["clean", "--keep", "9"], "🧹 清理检查点"),
                                (["consolidate"], "💾 已合并"),
                                (["export", "--format", "hf", "-o", "out"], "💾 已导出")):
            self.assertIn(part, self.run_program("ckpt-tool", "--lang", "zh", *arguments).stdout)


if __name__ == "__main__":
    unittest.main()
