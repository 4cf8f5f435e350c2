"""How probable an entity must be to be answered: one number for all labels, or one for each that is named.

"0.5" or "PER:0.5,LOC:0.7" --read_min_score--> MinScore --least_score--> what holds for a label
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Field, StringConstraints, Tag

# What pydantic calls the two kinds, in where an error is; no label has a space.
KINDS = ("a number", "numbers by label")
# A score as text, and pairs of label and score; `labels` stands for the labels that there may be.
_NUMBER = r"(0(\.[0-9]+)?|1(\.0+)?)"
_PAIR = rf"{{labels}}:{_NUMBER}"


def _kind(value: Any) -> str:
    return KINDS[isinstance(value, Mapping)]


Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
MinScore = Annotated[
    Annotated[Score, Tag(KINDS[0])]
    | Annotated[dict[Annotated[str, StringConstraints(min_length=1)], Score], Tag(KINDS[1])],
    Discriminator(_kind),
]


def least_score(min_score: float | Mapping[str, float], label: str) -> float:
    """Return how probable an entity of a label must be: 0 where others are named alone.

    >>> least_score(0.5, "PER"), least_score({"PER": 0.7}, "PER"), least_score({"PER": 0.7}, "LOC")
    (0.5, 0.7, 0.0)
    """
    return min_score.get(label, 0.0) if isinstance(min_score, Mapping) else min_score


def read_min_score(text: str) -> float | dict[str, float]:
    """Return what a query string or a setting says. Raises ValueError; of a label that is given twice the last counts.

    >>> read_min_score("0.5"), read_min_score("PER:0.5,LOC:0.7")
    (0.5, {'PER': 0.5, 'LOC': 0.7})
    """
    pairs = [pair.rpartition(":") for pair in text.split(",")]
    try:
        if len(pairs) == 1 and not pairs[0][1]:
            return _score(text)
        if all(label.strip() for label, _, _ in pairs):
            return {label.strip(): _score(number) for label, _, number in pairs}
    except ValueError:
        pass
    raise ValueError("expected a number from 0 to 1, or LABEL:NUMBER with commas between, as PER:0.5,LOC:0.7")


def unknown_labels(min_score: float | Mapping[str, float], known: Iterable[str]) -> list[str]:
    """Return the labels that are named and not among those known."""
    return [label for label in min_score if label not in known] if isinstance(min_score, Mapping) else []


def text_pattern(labels: str = "[^:,]+") -> str:
    """Return the regular expression of pairs; labels: that of a label."""
    pair = _PAIR.format(labels=labels)
    return f"^{pair}(,{pair})*$"


def _score(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:  # nor NaN
        raise ValueError(text)
    return number
