# SPDX-License-Identifier: Apache-2.0
"""Times of steps as rates, and the models' sizes behind them."""
import unittest

import measurements
import shapes
import throughput

SMALL = shapes.SHAPES["gpt2-small"]


class Throughput(unittest.TestCase):
    def test_gpt2_small_has_the_parameters_of_the_trainers(self):
        self.assertEqual(SMALL.parameters() + 512 * 768, 124_046_592)

    def test_a_vocabulary_is_padded_to_a_multiple_of_64(self):
        self.assertEqual(SMALL.padded_vocabulary(), 50304)
        self.assertEqual(shapes.SHAPES["tiny"].padded_vocabulary(), 256)

    def test_attention_is_counted_by_one_of_the_formulas_only(self):
        flops = shapes.flops_per_token(SMALL)
        self.assertEqual(flops["mfu_6n"], 741_920_256)
        self.assertEqual(flops["mfu_attention"], 741_920_256 + 12 * 12 * 768 * 512)

    def test_ten_of_a_hundred_steps_are_at_most_as_long_as_p10(self):
        found = throughput.of_steps([float(step) for step in range(1, 101)], 5.05, 2, SMALL, 989)
        self.assertEqual((found["p10_ms"], found["median_ms"], found["p90_ms"]), (10, 50, 90))

    def test_tokens_a_second_count_what_lies_between_the_steps(self):
        found = throughput.of_steps([10.0] * 10, 0.2, 2, SMALL, 989)
        self.assertAlmostEqual(found["tokens_per_second"], 10 * 2 * 512 / 0.2)
        self.assertAlmostEqual(found["tokens_per_second_median"], 2 * 512 / 0.01)

    def test_a_gpu_at_its_peak_is_used_wholly(self):
        seconds = 64 * 512 * 741_920_256 / 100e12
        found = throughput.of_steps([1e3 * seconds], seconds, 64, SMALL, 100)
        self.assertAlmostEqual(found["mfu_6n"], 1.0)
        self.assertGreater(found["mfu_attention"], 1.0)

    def test_a_percentile_is_one_of_the_values(self):
        self.assertEqual(measurements.percentile([3.0, 1.0, 2.0], 0.5), 2.0)


if __name__ == "__main__":
    unittest.main()
