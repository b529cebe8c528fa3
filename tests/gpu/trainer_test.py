# SPDX-License-Identifier: Apache-2.0
"""The trainer on a GPU: the same bits for one rank and two, for a run that was interrupted and one
that was not; the losses of a CPU; checkpoints that go from one device to the other."""
from gpu_program import GpuProgramTest


class GpuTrainerProgramTest(GpuProgramTest):
    def test_two_ranks_on_one_gpu_end_at_the_root_of_one(self):
        recipe = ["--batch-size", 8, "--lanes", 8, "--dropout", 0.1, "--max-steps", 12]
        one = self.run_gpu("one", *recipe)
        two = self.run_gpu("two", *recipe, "--comm", "mpi", ranks=2)
        three = self.run_gpu("three", *recipe, "--comm", "mpi", "--check-lockstep", 4, ranks=3)
        self.assertTrue(one)
        self.assertEqual(one, two)
        self.assertEqual(one, three)
        self.assertEqual(self.losses("one.jsonl"), self.losses("two.jsonl"))

    def test_so_do_two_whose_gpus_have_a_way_between_them(self):
        recipe = ["--batch-size", 8, "--lanes", 8, "--dropout", 0.1, "--max-steps", 12]
        one = self.run_gpu("one", *recipe)
        two = self.run_gpu("two", *recipe, "--comm", "nccl", "--check-lockstep", 4, ranks=2,
                           trainer=self.trainer_apart())
        self.assertTrue(one)
        self.assertEqual(one, two)

    def test_an_interrupted_run_ends_at_the_root_of_one_that_was_not(self):
        recipe = ["--batch-size", 4, "--dropout", 0.1]
        straight = self.run_gpu("straight", *recipe, "--epochs", 2)
        torn = self.run_gpu("torn", *recipe, "--epochs", 1, "--save-every-steps", 3)
        torn += self.run_gpu("torn", *recipe, "--resume", "--epochs", 2)
        self.assertEqual(straight[-1], torn[-1])

    def test_fp32_has_the_losses_of_a_cpu(self):
        recipe = ["--batch-size", 4, "--dropout", 0, "--max-steps", 20]
        self.run_gpu("cpu", *recipe, device="cpu")
        self.run_gpu("gpu", *recipe, "--precision", "fp32")
        for ours, right in zip(self.losses("gpu.jsonl"), self.losses("cpu.jsonl"), strict=True):
            self.assertAlmostEqual(ours / right, 1.0, delta=1e-5)

    def test_a_run_moves_from_cpu_to_gpu_and_back(self):
        recipe = ["--batch-size", 4, "--dropout", 0, "--lanes", 4]
        self.run_gpu("moved", *recipe, "--epochs", 1, device="cpu")
        self.run_gpu("moved", *recipe, "--resume", "--epochs", 2, "--precision", "fp32")
        self.run_gpu("moved", *recipe, "--resume", "--epochs", 3, "--precision", "auto",
                     device="cpu")
        moved = self.losses("moved.jsonl")
        self.run_gpu("straight", *recipe, "--epochs", 3, device="cpu")
        right = self.losses("straight.jsonl")
        self.assertEqual(len(moved), len(right))
        for ours, of_cpu in zip(moved, right, strict=True):
            self.assertAlmostEqual(ours / of_cpu, 1.0, delta=1e-5)

    def test_saves_within_an_epoch_verify(self):
        self.run_gpu("saved", "--batch-size", 4, "--max-steps", 12, "--save-every-steps", 3)
        self.run_program("ckpt-tool", "--checkpoint-dir", "saved", "verify", "--all")

    def test_steps_without_a_finite_gradient_are_skipped_until_there_are_too_many(self):
        self.run_gpu("lost", "--batch-size", 4, "--epochs", 1)
        done = self.run_program("trainer", "--resume", "--output-dir", "lost", "--epochs", 2,
                                "--learning-rate", "1e38", "--clip-norm", 0, status=6)
        self.assertIn("; the step is skipped, and nothing is changed by it (9 in a row; 10 would "
                      "end the run)", done.stderr)
        self.assertIn("the last good checkpoint is lost/shards/epoch_0001", done.stderr)
        self.run_program("ckpt-tool", "--checkpoint-dir", "lost", "verify", "--all")
