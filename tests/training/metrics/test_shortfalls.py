"""What a fit says of itself when it fell short of something."""

import pytest

from model.tags.schemes import EntitySpan
from training.metrics.scoring import SpanCounts
from training.metrics.shortfalls import Teachers, shortfalls

PER, LOC = (0, 2, "PER"), (3, 5, "LOC")


def dev_scores(per: tuple[int, int], loc: tuple[int, int]):
    """Return scores of a dev set: (found, entities) of each label, nothing invented."""
    counts = SpanCounts()
    for span, (found, entities) in ((EntitySpan(*PER), per), (EntitySpan(*LOC), loc)):
        for position in range(entities):
            counts.add([span], [span] if position < found else [])
    return counts.scores()


@pytest.mark.parametrize(
    ("per", "loc", "f1_by_epoch", "said"),
    [
        ((9, 10), (9, 10), [0.8, 0.899, 0.9], []),
        ((0, 10), (0, 10), [0.0, 0.0, 0.0], ["has learnt nothing: dev F1 is 0.00% after 60 batches"]),
        ((2, 10), (1, 10), [0.1, 0.26, 0.26], ["has learnt little: dev F1 is 26.09% after 60 batches"]),
        ((9, 10), (0, 10), [0.5, 0.6, 0.6], ["never found in dev: LOC (0 of 10)"]),
        ((9, 10), (0, 4), [0.5, 0.7, 0.7], []),  # four may be chance
        ((9, 10), (9, 10), [0.8, 0.85, 0.9], ["still rising at the last epoch (by 5.00%)"]),
        ((9, 10), (9, 10), [0.8, 0.9], []),  # stopped early: it was not rising
    ],
)
def test_what_is_said(per, loc, f1_by_epoch, said):
    found = shortfalls(dev_scores(per, loc), f1_by_epoch, 3, 60)
    assert len(found) == len(said)
    for sentence, expected in zip(found, said, strict=True):
        assert expected in sentence


def test_each_says_what_to_do():
    nothing, rising = shortfalls(dev_scores((0, 10), (0, 10)), [0.0, 0.0, 0.1], 3, 60)
    assert "--epochs 12" in nothing
    assert "training.check" in nothing
    assert "--epochs 6" in rising


@pytest.mark.parametrize(("together", "said"), [(0.95, False), (0.96, True)])
def test_teachers_that_are_better_together_are_told(together: float, said: bool) -> None:
    teachers = Teachers(dev_f1=[0.89, 0.9], dev_f1_together=together)
    found = shortfalls(dev_scores((9, 10), (9, 10)), [0.9, 0.9], 2, 60, teachers)
    assert [("--ensemble 2" in sentence) for sentence in found] == [True] * said
