"""Where two readings of a sentence differ, and what that is called."""

import pytest

from model.tags.schemes import EntitySpan
from training.suspects.disagreements import Disagreement, find_ranges


def spans(text: str) -> tuple[EntitySpan, ...]:
    """Return the entities of "0-2PER 3-5LOC"."""
    found = []
    for word in text.split():
        start, _, rest = word.partition("-")
        found.append(EntitySpan(int(start), int(rest[:-3]), rest[-3:]))
    return tuple(found)


@pytest.mark.parametrize(
    ("gold", "predicted", "ranges", "kinds"),
    [
        ("", "", [], []),
        ("0-2PER 3-5LOC", "0-2PER 3-5LOC", [], []),
        ("0-2PER", "0-2ORG", [(0, 2)], ["label"]),
        ("0-2PER", "0-3PER", [(0, 3)], ["boundary"]),
        ("0-2PER", "1-3ORG", [(0, 3)], ["boundary and label"]),
        ("0-2PER", "", [(0, 2)], ["no entity"]),
        ("", "0-2PER", [(0, 2)], ["not tagged"]),
        ("0-4ORG", "0-2LOC 2-4ORG", [(0, 4)], ["several"]),
        ("0-2LOC 2-4ORG", "0-4ORG", [(0, 4)], ["several"]),
        ("0-2PER 2-4LOC", "0-2PER 2-4ORG", [(2, 4)], ["label"]),  # side by side is apart
        ("0-2PER 5-6LOC", "7-9ORG", [(0, 2), (5, 6), (7, 9)], ["no entity", "no entity", "not tagged"]),
        ("0-3PER 4-6LOC", "2-5ORG", [(0, 6)], ["several"]),  # a chain of overlaps
    ],
)
def test_ranges_are_as_small_as_no_entity_crosses_them(
    gold: str, predicted: str, ranges: list[tuple[int, int]], kinds: list[str]
) -> None:
    found = list(find_ranges(spans(gold), spans(predicted)))
    assert [one[:2] for one in found] == ranges
    assert [Disagreement(*one, gold_log=-3.0, predicted_log=-0.1).kind for one in found] == kinds
    assert sorted(span for one in found for span in one.gold) == sorted(
        span for span in spans(gold) if any(start <= span.start < end for start, end in ranges)
    )
