"""The probability of tags on a range is the sum over all taggings that have them."""

from itertools import pairwise, product

import numpy as np
import pytest

from model.crf.range_scores import TaggedRange, range_log_probabilities
from model.crf.weights import END, START, Crf
from model.tags.tag_set import TagSet

TAG_SET = TagSet("BIOES", ("PER",))
TAGS = len(TAG_SET.tags)
CHARS = 4


def random_crf(seed: int) -> tuple[Crf, np.ndarray]:
    """Return weights and emissions [chars, tags]."""
    dice = np.random.default_rng(seed)
    crf = Crf.build(dice.normal(size=(TAGS, TAGS)), dice.normal(size=TAGS), dice.normal(size=TAGS), TAG_SET)
    return crf, dice.normal(size=(CHARS, TAGS), scale=3).astype(np.float32)


def probability(crf: Crf, emissions: np.ndarray, start: int, wanted: tuple[int, ...]) -> float:
    """Return the share of all taggings, by weight, that have the wanted tags there; counted one by one."""
    total = having = 0.0
    for tags in product(range(TAGS), repeat=CHARS):
        score = crf.weights[START, tags[0]] + crf.weights[END, tags[-1]]
        score += sum(emissions[position, tag] for position, tag in enumerate(tags))
        score += sum(crf.weights[pair] for pair in pairwise(tags))
        total += np.exp(score)
        having += np.exp(score) * (tags[start : start + len(wanted)] == wanted)
    return having / total


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("start", "names"),
    [(0, "O"), (3, "S-PER"), (1, "B-PER E-PER"), (0, "O O O O"), (1, "S-PER O S-PER"), (2, "I-PER E-PER")],
)
def test_it_is_the_share_of_all_taggings(seed: int, start: int, names: str) -> None:
    crf, emissions = random_crf(seed)
    tags = tuple(map(TAG_SET.tags.index, names.split()))
    ranges = [TaggedRange(0, np.array([0], np.int32)), TaggedRange(start, np.array(tags, np.int32))]
    logs = range_log_probabilities(emissions, crf, ranges, np.zeros(CHARS, np.bool_))
    assert np.exp(logs[1]) == pytest.approx(probability(crf, emissions, start, tags), rel=1e-5)
    assert np.exp(logs[0]) == pytest.approx(probability(crf, emissions, 0, (0,)), rel=1e-5)


def test_what_no_tagging_may_have_is_next_to_impossible() -> None:
    crf, emissions = random_crf(2)
    single = TaggedRange(1, np.array([TAG_SET.tags.index("S-PER")], np.int32))
    inside = TaggedRange(0, np.array([TAG_SET.tags.index("I-PER")], np.int32))
    no_edge = np.array([False, True, False, False])
    assert (range_log_probabilities(emissions, crf, [single, inside], no_edge) < -1000).all()
    assert range_log_probabilities(emissions, crf, [], no_edge).shape == (0,)
