# SPDX-License-Identifier: Apache-2.0
"""Saves and the steps beside them, out of a metrics file."""
import json
import pathlib
import tempfile
import unittest

import metrics


def step(number, seconds, step_seconds=1.0, stall=0.0):
    return {"step": number, "seconds": seconds, "step_seconds": step_seconds,
            "save_stall_seconds": stall}


def saved(set_name, step_number, seconds):
    return {"event": "saved", "set": set_name, "step": step_number, "bytes": 1000,
            "stall_seconds": 0.0, "seconds": seconds, "write_seconds": seconds}


class Metrics(unittest.TestCase):
    def write(self, lines):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / "metrics.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return path

    def test_a_line_that_is_still_being_written_is_left_for_later(self):
        path = self.write([step(1, 1.0)])
        with open(path, "a", encoding="utf-8") as stream:
            stream.write('{"step":2,"sec')
        self.assertEqual([line["step"] for line in metrics.read(path)[0]], [1])

    def test_steps_beside_a_save_are_those_it_overlaps(self):
        steps = [step(number, float(number)) for number in range(1, 11)]
        busy, idle = metrics.busy_and_idle(steps, [saved("step_00000005", 5, 1.5)])
        self.assertEqual(len(busy[0]), 2)  # steps 6 and 7
        self.assertEqual(len(idle), 6)  # 3, 4, 5, 8, 9, 10: two are the warm-up

    def test_a_validation_between_two_steps_is_no_step(self):
        steps = [step(1, 1.0), step(2, 2.0), step(3, 3.0), step(4, 9.0)]  # validated from 3 to 8
        busy, _ = metrics.busy_and_idle(steps, [saved("epoch_0001", 3, 4.0)])
        self.assertEqual(busy, [[]])

    def test_the_first_and_the_last_save_are_not_measured(self):
        steps = [step(number, float(number)) for number in range(1, 13)]
        path = self.write(steps[:4] + [saved("step_00000003", 3, 0.5)] + steps[4:7] +
                          [saved("epoch_0001", 6, 0.5)] + steps[7:] +
                          [saved("step_00000012", 12, 2.0)])
        saves = metrics.saves_of_run(path)
        self.assertEqual([(save["step"], save["form"]) for save in saves], [(6, "both")])

    def test_the_stall_of_a_save_is_that_of_the_steps_until_the_next(self):
        steps = [step(1, 1.0, stall=8.0), step(2, 2.0, stall=0.25), step(3, 3.0, stall=0.5),
                 step(4, 4.0, stall=16.0)]
        saves = [saved("step_00000001", 1, 0.5), saved("step_00000003", 3, 0.5)]
        self.assertEqual(metrics.stall_of(saves[0], steps, saves), 0.75)
        self.assertEqual(metrics.stall_of(saves[1], steps, saves), 16.0)

    def test_lost_time_is_what_the_steps_took_longer(self):
        save = {"idle_steps": [1.0, 1.0, 3.0], "busy_steps": [1.5, 1.25]}
        self.assertAlmostEqual(metrics.lost_seconds(save), 0.75)
        self.assertAlmostEqual(metrics.throughput(save), 2 / 2.75)


if __name__ == "__main__":
    unittest.main()
