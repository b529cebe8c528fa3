# SPDX-License-Identifier: Apache-2.0
"""Measurements on a GPU as tables."""
import unittest

import gpu_report

HEAD = {"gpu": {}, "processor": "a processor", "model": "gpt2-small", "date": "2026-01-02T03",
        "commit": "0123456789abcdef", "precision": "bf16", "torch": "2", "cuda": "13", "nccl": "2",
        "steps": 100, "warmup": 20, "pairs": 1, "compile_mode": "default", "peak_tflops": 989.0}


def line(side, tokens_per_second, batch=2, pair=0):
    return {"what": "steps", "side": side, "batch": batch, "pair": pair,
            "tokens_per_second": float(tokens_per_second)}


def saves(save_every, tokens_per_second, waited=0.0):
    return {**line("lockstep", tokens_per_second, 16), "what": "saves", "save_every": save_every,
            "save_seconds": [1.0, 2.0, 4.0], "stall_seconds": waited, "wall_seconds": 10.0}


def failed(side, batch=2):
    return {"what": "steps", "side": side, "batch": batch, "pair": 0,
            "failed": "exit 1: out of\nmemory"}


class GpuReport(unittest.TestCase):
    def test_a_ratio_is_of_two_that_were_measured_in_the_same_turn(self):
        lines = [line("lockstep", 100), line("eager", 50), line("eager", 400, pair=1),
                 line("lockstep", 200, pair=1)]
        self.assertEqual(gpu_report.ratios(lines, 2, "lockstep", "eager"), [2.0, 0.5])
        self.assertIn("| 2 | 150 | 225 | 1.25 (0.50 to 2.00) |",
                      gpu_report.throughput_table(lines))

    def test_what_failed_is_no_measurement_and_has_its_reason_told(self):
        lines = [line("lockstep", 100), failed("compile")]
        self.assertIn("| 2 | 100 | - | - |", gpu_report.throughput_table(lines))
        self.assertIn("- compile, batch 2: exit 1: out of memory", gpu_report.report(HEAD, lines))

    def test_every_batch_has_a_row_and_every_variant_its_ratio(self):
        table = gpu_report.throughput_table([line("lockstep", 100), line("lockstep fast", 120),
                                             line("compile", 80), line("compile", 90, batch=8)])
        self.assertIn("lockstep fast / compile", table)
        self.assertIn("| 2 | 100 | 120 | 80 | 1.25 | 1.50 |", table)
        self.assertIn("| 8 | - | - | 90 | - | - |", table)

    def test_saves_are_told_beside_the_run_without_them(self):
        table = gpu_report.saves_table([saves(0, 1000), saves(20, 950, waited=0.5)])
        self.assertIn("| 16 | 20 | 1,000 | 950 | 0.950 | 3 | 2.00 | 0.50 | 10.00 |", table)

    def test_the_formulas_of_mfu_are_said(self):
        text = gpu_report.report(HEAD, [line("lockstep", 100)])
        self.assertIn("6 N = 741.9 MFLOP and 6 N + 12 L C T = 798.5 MFLOP: N = 123,653,376", text)

    def test_the_whole_report_is_one_even_without_measurements(self):
        self.assertIn("one a processor", gpu_report.report(HEAD, []))


if __name__ == "__main__":
    unittest.main()
