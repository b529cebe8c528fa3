# SPDX-License-Identifier: Apache-2.0
"""Lives of runs, drawn by lot: other numbers of ranks and other rules of saving at every start,
signals at any moment, files that are damaged, removed and cleaned up in between. Each must end with
the root of the run of one rank that nothing disturbs, and with whole files."""
import os
import random
import signal
import subprocess
import time
import unittest

from fault_runs import WIDE
from lockstep import TINY, ProgramTest, command, environment, flip_bit

LIVES = 200 if WIDE else 3
DISTURBED_STARTS = 6
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)


class LivesProgramTest(ProgramTest):
    def settings(self, lot):
        """What belongs to the run, and decides its bits."""
        batch = lot.choice((1, 2, 3, 4, 6, 8))
        chosen = [*TINY, "--data-file", self.sample(lot.choice((2000, 5000))), "--seed",
                  lot.randrange(1000), "--epochs", lot.choice((1, 2, 3)), "--batch-size", batch,
                  "--block-size", lot.choice((8, 16, 33, 64))]
        lanes = lot.choice([n for n in range(1, batch + 1) if batch % n == 0])
        for option in (["--dropout", lot.choice((0.1, 0.5))], ["--schedule", "cosine"],
                       ["--warmup-steps", lot.choice((1, 5, 1000))], ["--clip-norm", 0.1],
                       ["--weight-decay-scope", "matrices"], ["--lanes", lanes],
                       ["--stride", lot.choice((3, 7))]):
            chosen += option if lot.random() < 0.3 else []
        return chosen

    def rules(self, lot):
        """What a start may choose anew."""
        chosen = ["--save-every-steps", lot.choice((1, 3, 10)), "--keep-last-n",
                  lot.choice((0, 1, 2)), "--export", lot.choice(("every", "best", "last", "none"))]
        for option in (["--no-save-every-epoch"], ["--metrics-file", f"{self.life}.jsonl"],
                       ["--check-lockstep", 5], ["--threads", 2], ["--quiet"], ["--profile"]):
            chosen += option if lot.random() < 0.25 else []
        return chosen

    def start(self, lot, settings):
        ranks = lot.choice((0, 1, 2, 3, 4))
        self.said += [f"on {ranks}"]
        return subprocess.Popen(
            command("trainer", [*settings, "--output-dir", self.life, "--auto-resume",
                                *self.rules(lot)], ranks),
            cwd=self.folder, env=environment(OMP_WAIT_POLICY="passive"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, start_new_session=True)

    def disturb(self, run, lot):
        """After a moment, unless it has ended."""
        time.sleep(lot.uniform(0.2, 2.5))
        number = lot.choice(SIGNALS)
        self.said += [number.name]
        try:
            os.killpg(run.pid, number)
        except ProcessLookupError:
            pass
        run.communicate(timeout=300)

    def meddle(self, lot):
        """What people do between two starts."""
        sets = [path for path in (self.folder / self.life / "shards").glob("[es]*_[0-9]*")
                if path.is_dir() and not path.suffix]
        models = sorted((self.folder / self.life).glob("*.pt"))
        deed = lot.choice(("damage", "remove", "clean", "nothing", "nothing"))
        if deed == "damage" and len(sets) > 1 and not self.is_damaged:
            shard = lot.choice(sorted(lot.choice(sorted(sets)).glob("shard_*.h5")))
            flip_bit(shard, lot.randrange(shard.stat().st_size))
            self.is_damaged = True
        elif deed == "remove" and models:
            lot.choice(models).unlink()
        elif deed == "clean" and sets:
            self.run_program("ckpt-tool", "--checkpoint-dir", self.life, "clean", "--keep",
                             lot.choice((1, 2)))
        self.said += [deed]

    def live(self, seed):
        lot = random.Random(seed)
        self.life, self.said, self.is_damaged = f"life_{seed}", [], False
        settings = self.settings(lot)
        straight = self.run_program("trainer", *settings, "--output-dir", f"straight_{seed}")
        for _ in range(lot.randrange(DISTURBED_STARTS + 1)):
            self.disturb(self.start(lot, settings), lot)
            self.meddle(lot)
        last = self.start(lot, settings)
        _, told = last.communicate(timeout=300)
        story = f"{settings}: {', '.join(self.said)}\n{told}"
        self.assertEqual(last.returncode, 0, story)
        self.assertEqual(self.root_of_life(), self.roots(straight.stdout)[-1], story)
        if not self.is_damaged:
            self.run_program("ckpt-tool", "--checkpoint-dir", self.life, "verify", "--all")

    def root_of_life(self):
        done = self.run_program("ckpt-tool", "--checkpoint-dir", self.life, "verify", "latest")
        return done.stdout.split("root: ")[1][:64]

    def test_every_life_of_a_run_ends_with_its_root(self):
        for seed in range(LIVES):
            with self.subTest(seed=seed):
                self.live(seed)
        print(f"\nlives: {LIVES}")


if __name__ == "__main__":
    unittest.main()
