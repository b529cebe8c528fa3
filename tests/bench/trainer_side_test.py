# SPDX-License-Identifier: Apache-2.0
"""The trainer's metrics as timed steps, and its command."""
import pathlib
import types
import unittest

import processes
import sides
import trainer_side

PLAN = trainer_side.Plan(batch=2, warmup=2, steps=3)


def step(number, seconds, stall=0.0):
    return {"step": number, "seconds": seconds, "step_seconds": 0.5, "loss": float(number),
            "save_stall_seconds": stall}


def command(device, *extra, ranks=1):
    options = types.SimpleNamespace(device=device, precision="bf16", model="tiny",
                                    bin=pathlib.Path("bin"))
    data = types.SimpleNamespace(model="m", train="t", validation="v")
    return trainer_side.command(options, trainer_side.Plan(2, 2, 3, extra, ranks), data,
                                pathlib.Path("folder"))


class TrainerSide(unittest.TestCase):
    def test_steps_are_timed_from_the_end_of_the_warm_up(self):
        ends = [9.0, 10.0, 11.0, 13.0, 13.5]
        timed = trainer_side.timed_steps([step(i + 1, end) for i, end in enumerate(ends)], PLAN)
        self.assertEqual(timed["step_ms"], [1000.0, 2000.0, 500.0])
        self.assertEqual(timed["wall_seconds"], 3.5)
        self.assertEqual((timed["loss_before"], timed["loss_after"]), (2.0, 5.0))

    def test_only_timed_steps_are_said_to_have_waited(self):
        steps = [step(number, float(number), stall=1.0) for number in range(1, 6)]
        self.assertEqual(trainer_side.timed_steps(steps, PLAN)["stall_seconds"], 3.0)

    def test_a_run_that_is_too_short_is_no_measurement(self):
        with self.assertRaisesRegex(processes.Failed, "has 1 steps, not 5"):
            trainer_side.timed_steps([step(1, 1.0)], PLAN)

    def test_the_save_at_the_end_of_the_run_is_beside_no_step(self):
        saves = [{"step": number, "write_seconds": float(number)} for number in (1, 2, 4, 5)]
        self.assertEqual(trainer_side.saves_within(saves, PLAN), [2.0, 4.0])

    def test_the_arguments_of_a_variant_come_last(self):
        self.assertEqual(command("cuda", "--fast")[-1], "--fast")

    def test_a_precision_is_asked_for_on_a_gpu_only(self):
        self.assertIn("bf16", command("cuda"))
        self.assertNotIn("--precision", command("cpu"))

    def test_several_ranks_are_launched_with_a_lane_each(self):
        self.assertEqual(command("cpu")[0], "bin/trainer")
        self.assertEqual(command("cpu", ranks=2)[1:5], ["--quiet", "-np", "2", "bin/trainer"])
        self.assertEqual(command("cpu", ranks=2)[command("cpu", ranks=2).index("--lanes") + 1], "2")


class Sides(unittest.TestCase):
    def test_a_variant_is_a_name_and_arguments(self):
        self.assertEqual(sides.variant("two lanes: --lanes 2"),
                         ("lockstep two lanes", ("--lanes", "2")))
        for text in ("--lanes 2", ": --lanes 2"):
            with self.assertRaises(ValueError):
                sides.variant(text)

    def test_a_variant_is_one_of_the_trainer(self):
        self.assertTrue(sides.is_ours("lockstep") and sides.is_ours("lockstep two lanes"))
        self.assertFalse(sides.is_ours("eager") or sides.is_ours("tuned"))

    def test_variants_are_measured_beside_the_trainer(self):
        self.assertEqual(sides.with_variants(["eager", "lockstep", "compile"], ["lockstep fast"]),
                         ["eager", "lockstep", "lockstep fast", "compile"])
        self.assertEqual(sides.with_variants(["eager"], ["lockstep fast"]),
                         ["lockstep fast", "eager"])


if __name__ == "__main__":
    unittest.main()
