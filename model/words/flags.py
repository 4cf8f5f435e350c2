"""The flags by which a command takes words: the same for all that tag."""

import argparse
from typing import Any

from model.words.strength import DEFAULT_STRENGTH, MAX_STRENGTH


def add_words_flags(group: Any) -> None:
    """Add `--words FILE` and `--words-strength N` to a parser or to a group of one."""
    group.add_argument(
        "--words",
        metavar="FILE",
        help="words of your own, each with a tab and a label: evidence for such an entity",
    )
    group.add_argument(
        "--words-strength",
        metavar="N",
        type=_strength,
        default=DEFAULT_STRENGTH,
        help="how much they count: what each adds to the log odds of its entity (default: %(default)s)",
    )


def _strength(text: str) -> float:
    try:
        strength = float(text)
    except ValueError:
        strength = 0.0
    if not 0 < strength <= MAX_STRENGTH:
        raise argparse.ArgumentTypeError(
            f"expected a number above 0 and up to {MAX_STRENGTH:g}, got {text!r}"
        )
    return strength
