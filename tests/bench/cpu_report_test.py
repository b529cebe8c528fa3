# SPDX-License-Identifier: Apache-2.0
"""Measurements on processors as tables."""
import unittest

import cpu_report

HEAD = {"processor": "a processor", "cores": 2, "date": "2026-01-02T03", "torch": "2",
        "commit": "0123456789abcdef", "openmpi": "mpirun 4", "pairs": 1, "load_before": 0.0}


def line(side, steps, pair=0, ranks=1):
    return {"what": "steps", "side": side, "model": "small", "ranks": ranks, "batch": 4 * ranks,
            "pair": pair, "step_ms": steps, "median_ms": sorted(steps)[len(steps) // 2]}


class CpuReport(unittest.TestCase):
    def test_a_ratio_is_of_the_medians_of_one_turn(self):
        lines = [line("lockstep", [10.0, 20.0, 30.0]), line("eager", [30.0, 40.0, 90.0]),
                 line("eager", [50.0, 60.0, 70.0], pair=1), line("lockstep", [20.0], pair=1),
                 line("eager", [1.0], pair=2), line("lockstep", [1.0], ranks=2)]
        self.assertEqual(cpu_report.ratios(lines, "small", 1, "eager"), [2.0, 3.0])
        self.assertIn("| small | 1 | eager | 50.0 | 1.0 |", cpu_report.table(lines))
        self.assertIn("| 2.50 (2.00 to 3.00) | 0.10 |", cpu_report.table(lines))

    def test_slow_steps_are_held_against_the_best(self):
        self.assertEqual(cpu_report.unevenness([line("eager", [10.0] * 8 + [30.0] * 2)]), 3.0)

    def test_the_part_of_the_matrix_products_rate_counts_six_operations_a_parameter(self):
        lines = [{"what": "matrix_rate", "pair": 0, "gflops": 50.0},
                 {"what": "matrix_rate", "pair": 1, "gflops": 100.0}]
        # 1,055,232 parameters, 4 sequences of 128 tokens.
        milliseconds = 6 * 1055232 * 512 / 100e9 * 1e3
        self.assertEqual(cpu_report.part_of_matrix_rate(lines, "small", 4, 2 * milliseconds), "50%")
        self.assertEqual(cpu_report.part_of_matrix_rate([], "small", 4, 1.0), "-")

    def test_what_failed_is_no_measurement_and_has_its_reason_told(self):
        lines = [line("lockstep", [1.0]), {**line("compile", [1.0]), "failed": "no\ncompiler"}]
        text = cpu_report.report(HEAD, lines)
        self.assertNotIn("| compile |", text)
        self.assertIn("- compile, small, 1 ranks: no compiler", text)


if __name__ == "__main__":
    unittest.main()
