# SPDX-License-Identifier: Apache-2.0
"""Who is measured: the trainer, the trainer with other arguments (a variant), and its peers."""
import shlex

OURS = "lockstep"
THEIRS = ("eager", "compile", "eager-padded", "compile-padded")


def variant(text):
    """"fast: --fast" as ("lockstep fast", ("--fast",)). Raises ValueError for what is not one."""
    name, colon, arguments = text.partition(":")
    if not colon or not name.strip():
        raise ValueError(f"'{text}' is not 'NAME: ARGUMENT ...'")
    return f"{OURS} {name.strip()}", tuple(shlex.split(arguments))


def with_variants(sides, variants):
    """Beside the trainer without them, or before all others."""
    place = sides.index(OURS) + 1 if OURS in sides else 0
    return sides[:place] + variants + sides[place:]


def is_ours(side):
    return side == OURS or side.startswith(OURS + " ")
