# SPDX-License-Identifier: Apache-2.0
"""Two ranks of the trainer with NCCL between them: the same bits as one, and no waiting for a rank
that is gone."""
import json
import os
import signal
import subprocess
import time

from gpu_program import GpuProgramTest
from lockstep import command, environment


class NcclTrainerProgramTest(GpuProgramTest):
    def test_two_ranks_with_nccl_end_at_the_root_of_one(self):
        # Big enough that its gradients travel in parts while the backward pass goes on.
        model = {"vocab_size": 0, "n_layer": 6, "n_embd": 512, "n_head": 8, "block_size": 64}
        (self.folder / "wide.json").write_text(json.dumps({"model": model}))
        recipe = ["--config", "wide.json", "--batch-size", 8, "--lanes", 8, "--dropout", 0.1,
                  "--max-steps", 12]
        one = self.run_gpu("one", *recipe)
        two = self.run_gpu("two", *recipe, "--comm", "nccl", "--check-lockstep", 4, ranks=2,
                           trainer=self.trainer_apart())
        self.assertTrue(one)
        self.assertEqual(one, two)
        self.assertEqual(self.losses("one.jsonl"), self.losses("two.jsonl"))

    def test_a_killed_rank_ends_the_one_that_waits_for_it_in_nccl(self):
        arguments = ["--model", "tiny", "--tokenizer", "byte", "--lang", "en", "--data-file",
                     self.sample(9000), "--device", "cuda", "--comm", "nccl", "--output-dir", "killed",
                     "--batch-size", 8, "--epochs", 10000, "--save-every-steps", 20, "--export", "none"]
        with (self.folder / "out").open("w") as out:
            run = subprocess.Popen(command(self.trainer_apart(), arguments, 2), cwd=self.folder,
                                   stdout=out, stderr=out, env=environment())
        self.addCleanup(run.kill)
        said = lambda: (self.folder / "out").read_text(errors="replace")
        deadline = time.monotonic() + 120
        while not (self.folder / "killed" / "shards" / "latest").is_symlink():
            self.assertLess(time.monotonic(), deadline, said())
            time.sleep(0.1)
        os.kill(self.ranks_running("killed")[1], signal.SIGKILL)
        self.assertIn(run.wait(timeout=60), (5, 128 + signal.SIGKILL), said())
        self.assertRegex(said(), f"rank 1 on {os.uname().nodename} is gone")
        while self.ranks_running("killed"):
            self.assertLess(time.monotonic(), deadline, "a rank stays")
            time.sleep(0.1)
