"""The best taggings of a text, against all combinations of those of its sentences."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.crf.nbest import Alternative, Chain, extend_chains
from model.tags.schemes import EntitySpan

PER = [EntitySpan(0, 1, "PER")]


@given(
    sentences=st.lists(
        st.lists(st.floats(-9, 0), min_size=1, max_size=4, unique=True), min_size=1, max_size=4
    ),
    count=st.integers(1, 6),
)
def test_most_probable_combinations(sentences: list[list[float]], count: int) -> None:
    chains = [Chain()]
    for position, scores in enumerate(sentences):
        best_first = sorted(scores, reverse=True)[:count]
        taggings = [([EntitySpan(position, position + 1, str(score))], score) for score in best_first]
        chains = extend_chains(chains, taggings, count)
    every = sorted((sum(scores) for scores in itertools.product(*sentences)), reverse=True)
    assert [chain.log_probability for chain in chains] == pytest.approx(every[:count])
    for chain in chains:
        assert sum(float(span.label) for span in chain.entities()) == pytest.approx(chain.log_probability)


def test_span_that_overlaps_an_earlier_one_is_left_out() -> None:
    chain = Chain(
        0.0, [EntitySpan(2, 4, "LOC"), EntitySpan(5, 6, "LOC")], Chain(0.0, [EntitySpan(0, 3, "PER")])
    )
    assert chain.entities() == [EntitySpan(0, 3, "PER"), EntitySpan(5, 6, "LOC")]


@pytest.mark.parametrize(("log_probability", "expected"), [(math.log(0.25), 0.25), (1e-9, 1.0), (-1e6, 0.0)])
def test_probability_is_one_at_most(log_probability: float, expected: float) -> None:
    assert Chain(log_probability, PER).alternative() == Alternative(PER, pytest.approx(expected))
