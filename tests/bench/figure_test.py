# SPDX-License-Identifier: Apache-2.0
"""Measurements on a GPU as a figure."""
import unittest
import xml.etree.ElementTree

import figure

HEAD = {"gpu": {}, "processor": "a processor", "model": "gpt2-small", "precision": "bf16"}


def line(side, tokens_per_second, batch=2):
    return {"what": "steps", "side": side, "batch": batch, "pair": 0,
            "tokens_per_second": float(tokens_per_second)}


def failed(side, batch):
    return {"what": "steps", "side": side, "batch": batch, "pair": 0, "failed": "out of memory"}


class Figure(unittest.TestCase):
    def rectangles(self, lines):
        root = xml.etree.ElementTree.fromstring(figure.figure(HEAD, lines))
        return [element for element in root if element.tag.endswith("rect")]

    def test_bars_are_as_high_as_their_rates(self):
        bars = self.rectangles([line("lockstep", 200), line("eager", 100)])[2:]
        heights = [float(bar.get("height")) for bar in bars]
        self.assertAlmostEqual(heights[0], 2 * heights[1])

    def test_what_failed_has_no_bar(self):
        lines = [line("lockstep", 200), line("eager", 100), line("lockstep", 300, batch=8),
                 failed("eager", batch=8)]
        self.assertEqual(len(self.rectangles(lines)), 2 + 3)

    def test_a_side_is_one_colour_in_legend_and_bars(self):
        legend, bar = self.rectangles([line("compile", 200)])
        self.assertEqual(legend.get("fill"), bar.get("fill"))

    def test_numbers_are_short(self):
        self.assertEqual([figure.short(number) for number in (0, 950, 9_630, 98_000, 999_600)],
                         ["0", "950", "9.6k", "98k", "1.0M"])

    def test_an_axis_has_a_few_round_ticks(self):
        self.assertEqual([figure.tick_distance(highest) for highest in (420e3, 1.3e6, 55)],
                         [100e3, 500e3, 10])


if __name__ == "__main__":
    unittest.main()
