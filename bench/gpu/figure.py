#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bars of the tokens a second of each side, by batch, as an SVG for light and dark pages.

  bench/gpu/figure.py bench/results/DATE-gpu.json OUT.svg
"""
import html
import math
import pathlib
import statistics
import sys

BENCH = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCH), str(BENCH / "training")]

import gpu_report
import measurements

WIDTH, HEIGHT = 800, 380
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 84, 52
GROUP_GAP = 0.25  # of a group's room
BARS_BEFORE_LABELS_COLLIDE = 20
# Of one lightness, so that they can be told from a white page and from a black one.
OURS = ["#2f81f7", "#1f9d8f", "#8e6fd8", "#c0569b"]
THEIRS = {"eager": "#8b949e", "compile": "#d9822b", "eager-padded": "#a8763e",
          "compile-padded": "#c95a4a"}
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
text.title { font-size: 15px; font-weight: 600 }
text.value { font-size: 11px }
.grid { stroke: #8b949e; stroke-opacity: 0.35 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }
"""


def tokens_by_side(lines):
    """{side: {batch: median tokens a second}}, without what failed."""
    found = {}
    for batch in gpu_report.names(lines, "batch"):
        for side in gpu_report.names(lines, "side"):
            rates = [line["tokens_per_second"]
                     for line in gpu_report.steps_of(lines, batch, side)]
            if rates:
                found.setdefault(side, {})[batch] = statistics.median(rates)
    return found


def colours_of(sides):
    ours = iter(OURS * len(sides))
    return {side: THEIRS.get(side) or next(ours) for side in sides}


def tick_distance(highest):
    """1, 2 or 5 times a power of ten; at most six of them reach `highest`."""
    power = 10 ** math.floor(math.log10(highest / 5))
    return next(power * step for step in (1, 2, 5, 10) if highest / (power * step) <= 6)


def short(number):
    """At most three characters and a unit: 1.2M, 412k, 96k, 9.6k, 950."""
    unit = "M" if number >= 999_500 else "k" if number >= 999.5 else ""
    scaled = number / {"M": 1e6, "k": 1e3, "": 1}[unit]
    return f"{scaled:.{1 if unit and scaled < 9.95 else 0}f}{unit}"


def text(x, y, content, kind="label", anchor="middle"):
    return (f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
            f'{html.escape(content)}</text>')


def box(x, y, width, height, colour):
    return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
            f'fill="{colour}"/>')


def axis(top_value, height_of):
    floor = HEIGHT - BOTTOM
    distance = tick_distance(top_value)
    parts = []
    for index in range(int(top_value / distance) + 1):
        y = floor - height_of(index * distance)
        parts += [f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" '
                  f'y2="{y:.1f}"/>',
                  text(LEFT - 8, y + 4, short(index * distance), "label", "end")]
    return parts


def legend(colours):
    parts, x = [], LEFT
    for side, colour in colours.items():
        parts += [box(x, 44, 12, 12, colour), text(x + 18, 54, side, "label", "start")]
        x += 36 + 7 * len(side)
    return parts


def bars(rates, batches, colours, height_of):
    floor = HEIGHT - BOTTOM
    room = (WIDTH - LEFT - RIGHT) / len(batches)
    width = room * (1 - GROUP_GAP) / len(colours)
    labels = len(batches) * len(colours) <= BARS_BEFORE_LABELS_COLLIDE
    parts = []
    for group, batch in enumerate(batches):
        first = LEFT + group * room + room * GROUP_GAP / 2
        for place, (side, colour) in enumerate(colours.items()):
            rate = rates[side].get(batch)
            if rate is None:
                continue
            x, height = first + place * width, height_of(rate)
            parts.append(box(x + 1, floor - height, width - 2, height, colour))
            if labels:
                parts.append(text(x + width / 2, floor - height - 5, short(rate), "value"))
        parts.append(text(LEFT + (group + 0.5) * room, floor + 18, str(batch)))
    return parts


def figure(head, lines):
    rates = tokens_by_side(lines)
    if not rates:
        raise ValueError("no side was measured")
    highest = max(rate for of_side in rates.values() for rate in of_side.values())
    batches = sorted({batch for of_side in rates.values() for batch in of_side})
    colours = colours_of(rates)

    def height_of(value):
        return value / highest * (HEIGHT - TOP - BOTTOM)

    device = head["gpu"].get("name", head["processor"])
    title = f"Tokens a second: {head['model']}, {head['precision']}, one {device}"
    parts = [text(LEFT, 26, title, "title", "start"), *legend(colours), *axis(highest, height_of),
             *bars(rates, batches, colours, height_of),
             text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, "sequences in a step (batch)")]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'role="img" aria-label="{html.escape(title)}">\n<style>{STYLE}</style>\n' +
            "\n".join(parts) + "\n</svg>\n")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    svg = figure(*measurements.read(sys.argv[1]))
    pathlib.Path(sys.argv[2]).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
