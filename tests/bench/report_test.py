# SPDX-License-Identifier: Apache-2.0
"""Measurements as a report."""
import unittest

import report

STATE_BYTES = 186_000_000 * 2


def save(**values):
    return {"what": "train_save", "side": "lockstep", "ranks": 2, "form": "both", "bytes": 1,
            "stall": 0.02, "seconds": 1.0, "busy_steps": [1.01], "idle_steps": [1.0], **values}


def peer(**values):
    return {"what": "async_save", "side": "pytorch", "ranks": 2, "staging": "default",
            "warm_up": False, "bytes": 1, "stall": 0.5, "seconds": 2.0, "busy_steps": [2.0],
            "idle_steps": [1.0], **values}


def bar_of(lines, name):
    text = report.bars(lines, 2, STATE_BYTES)
    return next(line for line in text.splitlines() if line.startswith(f"| {name} |"))


class Report(unittest.TestCase):
    def test_a_bar_is_met_at_its_limit_and_missed_beyond(self):
        self.assertIn("| met |", bar_of([save(stall=0.05), peer()],
                                        "median stall, of DCP `async_save`'s"))
        self.assertIn("**missed**", bar_of([save(stall=0.06), peer()],
                                           "median stall, of DCP `async_save`'s"))

    def test_no_stall_at_all_is_a_measurement(self):
        self.assertIn("| met |", bar_of([save(stall=0.0), peer()], "longest stall"))
        self.assertIn("| 0.000  |", bar_of([save(stall=0.0), peer()],
                                           "median stall, of DCP `async_save`'s"))

    def test_what_was_not_measured_is_neither_met_nor_missed(self):
        self.assertIn("not measured", bar_of([peer()], "longest stall"))

    def test_a_warm_up_is_not_a_measurement(self):
        lines = [save(), peer(), peer(warm_up=True, stall=0.01)]
        self.assertIn("| 0.040  |", bar_of(lines, "median stall, of DCP `async_save`'s"))

    def test_a_percentile_is_one_of_the_values(self):
        values = [float(value) for value in range(1, 101)]
        self.assertEqual(report.percentile(values, 0.5), 50.0)
        self.assertEqual(report.percentile(values, 0.99), 99.0)
        self.assertEqual(report.percentile([7.0], 0.99), 7.0)

    def test_bare_writes_stand_beside_the_saves_and_stall_nobody(self):
        bare = {"what": "bare_write", "side": "disk", "ranks": 2, "form": "both", "bytes": 1,
                "seconds": 1.5, "busy_steps": [1.25], "idle_steps": [1.0]}
        row = next(line for line in report.beside_training([save(), bare]).splitlines()
                   if line.startswith("| `fio`, those of shards and .pt |"))
        self.assertIn("| 1 | - | 0.25 (0.25) | 80.0 % |", row)

    def test_processor_time_stands_where_it_was_measured(self):
        write = {"what": "write", "side": "lockstep", "ranks": 2, "form": "both", "bytes": 10**9,
                 "seconds": 1.0, "copy_seconds": 0.1, "processor_seconds": 0.75}
        dd = {"what": "dd_write", "side": "disk", "ranks": 2, "bytes": 10**9, "seconds": 0.5}
        rows = report.writing([write, dd]).splitlines()
        self.assertIn("| Lockstep: shards and .pt | 1.00 (1.00) | 1000 (1000) | 0.50 | 0.75 (0.75) |",
                      rows)
        self.assertIn("| `dd`, 1 writer | 0.50 (0.50) | 2000 (2000) | 1.00 | - |", rows)

    def test_the_whole_report_is_one_even_with_one_side_only(self):
        for lines in ([save()], [peer()], []):
            self.assertIn("## 2 ranks", report.report(lines, 2, STATE_BYTES))


if __name__ == "__main__":
    unittest.main()
