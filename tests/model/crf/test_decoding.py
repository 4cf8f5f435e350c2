"""The decoder against enumeration: every legal tagging of a short sentence, its score summed up by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from model.crf.decoding import Crf, DecodingError, nbest, span_probabilities, viterbi
from model.crf.marginals import tag_marginals
from model.tags.schemes import SchemeName
from model.tags.tag_set import SpanArrays, TagSet

Floats = NDArray[np.float64]

# tag scheme, labels, characters: at most 5**5 or 9**4 paths each
SIZES: list[tuple[SchemeName, tuple[str, ...], int]] = [
    ("BIO", ("A", "B"), 1),
    ("BIO", ("A", "B"), 2),
    ("BIO", ("A", "B"), 5),
    ("BIO", (), 3),
    ("BIOES", ("A",), 1),
    ("BIOES", ("A",), 5),
    ("BIOES", ("A", "B"), 4),
]
# Spread of the emissions and of the transitions: 1 is computed in probabilities, the others in logarithms.
SPREADS = [(1.0, 1.0), (100.0, 1.0), (1e4, 1.0), (1.0, 1e3), (1e4, 1e4)]

# Characters that no entity begins or ends with: none, each place alone, a run of them, all.
CLOSED = ["", "0", "1", "2", "3", "4", "01", "12", "34", "0134", "1234", "01234"]

enumerated = pytest.mark.parametrize(("scheme", "labels", "chars"), SIZES)
spread = pytest.mark.parametrize("spread", SPREADS)
closed = pytest.mark.parametrize("closed", CLOSED)


class Taggings:
    """Every legal tagging of one sentence [taggings, chars], with score and probability [taggings]."""

    def __init__(self, emissions: NDArray[np.float32], crf: Crf, closed: str = "") -> None:
        chars, tags = emissions.shape
        every = np.array(list(itertools.product(range(tags), repeat=chars)))
        scores = crf.weights[-2, every[:, 0]] + crf.weights[-1, every[:, -1]]
        scores = scores + emissions.astype(np.float64)[range(chars), every].sum(axis=1)
        scores += crf.weights[every[:, :-1], every[:, 1:]].sum(axis=1)
        forbidden = {int(place) for place in closed}
        edges = [{at for s in crf.tag_set.spans(tags) for at in (s.start, s.end - 1)} for tags in every]
        legal = (scores > -np.inf) & [not at & forbidden for at in edges]
        self.taggings, self.scores = every[legal], scores[legal]
        self.log_total = float(np.logaddexp.reduce(self.scores))
        self.probabilities = np.exp(self.scores - self.log_total)


@enumerated
@spread
@closed
def test_viterbi_finds_the_likeliest_tagging(
    scheme: SchemeName, labels: tuple[str, ...], chars: int, spread: tuple[float, float], closed: str
) -> None:
    emissions, crf = _sentence(scheme, labels, chars, spread)
    truth = Taggings(emissions, crf, closed)
    found = viterbi(emissions, [0, chars], crf, _flags(closed, chars))
    assert found.tolist() == truth.taggings[truth.scores.argmax()].tolist()


@enumerated
@spread
@closed
def test_span_probabilities_are_the_share_of_taggings_with_the_span(
    scheme: SchemeName, labels: tuple[str, ...], chars: int, spread: tuple[float, float], closed: str
) -> None:
    emissions, crf = _sentence(scheme, labels, chars, spread)
    truth = Taggings(emissions, crf, closed)
    expected = dict.fromkeys(_every_span(chars, labels), 0.0)
    for tag_ids, probability in zip(truth.taggings, truth.probabilities, strict=True):
        for start, end, label in crf.tag_set.spans(tag_ids):
            expected[start, end, labels.index(label)] += probability
    spans = _spans([(0, *span) for span in expected])
    probabilities = span_probabilities(emissions, [0, chars], crf, spans, _flags(closed, chars))
    np.testing.assert_allclose(probabilities, list(expected.values()), rtol=1e-7, atol=1e-11)


@enumerated
@spread
@closed
def test_marginals_are_the_shares_of_taggings_with_the_tag_and_with_the_step(
    scheme: SchemeName, labels: tuple[str, ...], chars: int, spread: tuple[float, float], closed: str
) -> None:
    emissions, crf = _sentence(scheme, labels, chars, spread)
    truth = Taggings(emissions, crf, closed)
    tags, steps = np.zeros(emissions.shape), np.zeros((1, emissions.shape[1], emissions.shape[1]))
    for tag_ids, probability in zip(truth.taggings, truth.probabilities, strict=True):
        tags[range(chars), tag_ids] += probability
        for step in itertools.pairwise(tag_ids):
            steps[0][step] += probability
    found = tag_marginals(emissions, [0, chars], crf, _flags(closed, chars))
    np.testing.assert_allclose(found.tags, tags, rtol=1e-7, atol=1e-11)
    np.testing.assert_allclose(found.steps, steps, rtol=1e-7, atol=1e-11)


@enumerated
@spread
@closed
def test_nbest_are_the_likeliest_taggings_in_order_with_their_probabilities(
    scheme: SchemeName, labels: tuple[str, ...], chars: int, spread: tuple[float, float], closed: str
) -> None:
    emissions, crf = _sentence(scheme, labels, chars, spread)
    truth = Taggings(emissions, crf, closed)
    best = np.argsort(-truth.scores)[:20]
    found = nbest(emissions, crf, 20, _flags(closed, chars))
    assert [tag_ids.tolist() for tag_ids, _ in found] == truth.taggings[best].tolist()
    expected = truth.scores[best] - truth.log_total
    np.testing.assert_allclose([log for _, log in found], expected, rtol=1e-9, atol=1e-9)


def test_all_taggings_of_nbest_have_probability_one_together() -> None:
    emissions, crf = _sentence("BIO", ("A", "B"), 4)
    found = nbest(emissions, crf, 10_000)
    assert len(found) == len(Taggings(emissions, crf).taggings)
    assert sum(np.exp(log) for _, log in found) == pytest.approx(1)


@pytest.mark.parametrize("scheme", ["BIO", "BIOES"])
def test_among_equal_taggings_the_lowest_tags_win(scheme: SchemeName) -> None:
    tag_set = TagSet(scheme, ("A", "B"))
    tags = len(tag_set.tags)
    crf = Crf.build(np.zeros((tags, tags)), np.zeros(tags), np.zeros(tags), tag_set)
    assert viterbi(np.zeros((4, tags)), [0, 4], crf).tolist() == [0, 0, 0, 0]
    assert nbest(np.zeros((4, tags)), crf, 3)[0][0].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("scheme", ["BIO", "BIOES"])
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_finite_emissions_give_legal_taggings_and_probabilities(
    scheme: SchemeName, data: st.DataObject
) -> None:
    tag_set = TagSet(scheme, ("A", "B"))
    tags = len(tag_set.tags)
    lengths = data.draw(st.lists(st.integers(0, 6), max_size=4))
    number = st.floats(width=32, allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, 1e4, -1e4])
    emissions = data.draw(arrays(np.float32, (sum(lengths), tags), elements=number))
    no_edge = data.draw(arrays(np.bool_, sum(lengths)))
    crf = _crf(tag_set, 1.0, np.random.default_rng(0))
    offsets = np.cumsum([0, *lengths])
    tag_ids = viterbi(emissions, offsets, crf, no_edge)
    for start, end in itertools.pairwise(offsets):
        assert start == end or np.isfinite(_score(tag_ids[start:end], crf))
        for span in tag_set.spans(tag_ids[start:end]):
            assert not no_edge[start + span.start]
            assert not no_edge[start + span.end - 1]
        assert np.isfinite(nbest(emissions[start:end], crf, 1, no_edge[start:end])[0][1])
    spans = tag_set.span_arrays(tag_ids, offsets)
    scores = span_probabilities(emissions, offsets, crf, spans, no_edge)
    assert ((scores >= 0) & (scores <= 1)).all()


def test_a_long_run_without_edges_neither_under_nor_overflows() -> None:
    for chars in (40, 1000):
        emissions, crf = _sentence("BIO", ("A", "B"), chars + 2)
        no_edge = np.ones(chars + 2, np.bool_)
        no_edge[[0, -1]] = False
        emissions[:, 1:3] += 30  # an entity through all of it, which the run alone would make certain
        (tag_ids, log), *_ = nbest(emissions, crf, 1, no_edge)
        assert tag_ids.tolist() == [1, *[2] * (chars + 1)]
        assert np.exp(log) > 0.9
        spans = _spans([(0, 0, chars + 2, 0), (0, 0, 1, 0)])
        whole, first = span_probabilities(emissions, [0, chars + 2], crf, spans, no_edge)
        assert whole == pytest.approx(np.exp(log))
        assert first < 0.1
        no_edge[-1] = True  # now it cannot end there: all that is left is O
        assert viterbi(emissions, [0, chars + 2], crf, no_edge).tolist()[1:] == [0] * (chars + 1)


def test_sentences_in_a_batch_are_decoded_as_alone() -> None:
    rng = np.random.default_rng(3)
    lengths = [0, 1, 7, 0, 3, 40, 0]
    offsets = np.cumsum([0, *lengths])
    emissions, crf = _sentence("BIOES", ("A", "B"), int(offsets[-1]), rng=rng)
    emissions[1:8] *= 1e4  # one of them in logarithms
    no_edge = rng.random(len(emissions)) < 0.3
    tag_ids = viterbi(emissions, offsets, crf, no_edge)
    spans = crf.tag_set.span_arrays(tag_ids, offsets)
    scores = span_probabilities(emissions, offsets, crf, spans, no_edge)
    for sentence, (start, end) in enumerate(itertools.pairwise(offsets)):
        alone, whole, flags = emissions[start:end], [0, end - start], no_edge[start:end]
        assert viterbi(alone, whole, crf, flags).tolist() == tag_ids[start:end].tolist()
        here = spans.sentence == sentence
        own = SpanArrays(
            np.zeros(here.sum(), np.int64), spans.start[here], spans.end[here], spans.label[here]
        )
        assert span_probabilities(alone, whole, crf, own, flags).tolist() == scores[here].tolist()


def test_spans_may_come_in_any_order() -> None:
    emissions, crf = _sentence("BIO", ("A", "B"), 6)
    rows = [(1, 0, 2, 0), (0, 1, 2, 1), (1, 2, 3, 1), (0, 0, 3, 0)]
    forwards = span_probabilities(emissions, [0, 3, 6], crf, _spans(rows))
    backwards = span_probabilities(emissions, [0, 3, 6], crf, _spans(rows[::-1]))
    assert forwards.tolist() == backwards.tolist()[::-1]


def test_a_long_sentence_neither_under_nor_overflows() -> None:
    emissions, crf = _sentence("BIOES", ("A", "B"), 100_000)
    offsets = [0, 100_000]
    assert np.isfinite(nbest(emissions, crf, 1)[0][1])
    assert span_probabilities(emissions, offsets, crf, _spans([(0, 0, 100_000, 0)])).tolist() == [0.0]


def test_an_empty_batch_has_nothing_to_decode() -> None:
    _, crf = _sentence("BIO", ("A",), 1)
    none = np.empty((0, 3), np.float32)
    assert viterbi(none, [0], crf).tolist() == []
    assert span_probabilities(none, [0], crf, _spans([])).tolist() == []


def test_an_empty_sentence_has_one_empty_tagging() -> None:
    _, crf = _sentence("BIO", ("A",), 1)
    none = np.empty((0, 3), np.float32)
    ((tag_ids, log),) = nbest(none, crf, 3)
    assert (tag_ids.tolist(), log) == ([], 0.0)


def test_read_only_and_strided_emissions_are_fine() -> None:
    emissions, crf = _sentence("BIO", ("A", "B"), 4)
    frozen = np.asfortranarray(emissions)
    frozen.setflags(write=False)
    assert viterbi(frozen, [0, 4], crf).tolist() == viterbi(emissions, [0, 4], crf).tolist()


def test_agrees_with_tensorflow_addons() -> None:
    import tensorflow as tf
    import tensorflow_addons as tfa

    rng = np.random.default_rng(5)
    lengths = np.array([1, 4, 9, 9], np.int32)
    offsets = np.cumsum([0, *lengths])
    emissions, crf = _sentence("BIO", ("A", "B"), int(offsets[-1]), rng=rng)
    weights = np.maximum(crf.weights, -1e4).astype(
        np.float32
    )  # tfa has no legal mask, nor start and end weights
    padded = np.zeros((4, 9, emissions.shape[1]), np.float32)  # [batch, time, tags]
    for row, (start, end) in zip(padded, itertools.pairwise(offsets), strict=True):
        row[: end - start] = emissions[start:end]
        row[0] += weights[-2]
        row[end - start - 1] += weights[-1]

    @tf.function  # type: ignore[misc]
    def decode_and_sum(inputs: tf.Tensor, chars: tf.Tensor, transitions: tf.Tensor) -> tuple[tf.Tensor, ...]:
        tags, _ = tfa.text.crf_decode(inputs, transitions, chars)
        likelihood, _ = tfa.text.crf_log_likelihood(inputs, tags, chars, transitions)
        return tags, likelihood

    tags, likelihood = decode_and_sum(padded, lengths, weights[:-2])
    expected = np.concatenate([row[:length] for row, length in zip(tags.numpy(), lengths, strict=True)])
    assert viterbi(emissions, offsets, crf).tolist() == expected.tolist()
    for start, end, log_probability in zip(offsets[:-1], offsets[1:], likelihood.numpy(), strict=True):
        assert nbest(emissions[start:end], crf, 1)[0][1] == pytest.approx(log_probability, abs=1e-4)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_emissions_that_are_not_finite_are_an_error_that_says_where(bad: float) -> None:
    emissions, crf = _sentence("BIO", ("A",), 6)
    emissions[4, 1] = bad
    message = "emissions: expected finite numbers, got .* in sentence 2, character 1"
    with pytest.raises(DecodingError, match=message):
        viterbi(emissions, [0, 3, 3, 6], crf)
    with pytest.raises(DecodingError, match=message):
        span_probabilities(emissions, [0, 3, 3, 6], crf, _spans([]))
    with pytest.raises(DecodingError, match="sentence 0, character 4"):
        nbest(emissions, crf, 2)


@pytest.mark.parametrize("offsets", [[], [0], [0, 5], [0, 7], [1, 6], [0, 4, 3, 6], [[0, 6]]])
def test_offsets_that_do_not_cover_the_emissions_are_an_error(offsets: list[int]) -> None:
    emissions, crf = _sentence("BIO", ("A",), 6)
    with pytest.raises(DecodingError, match="offsets: expected to rise from 0 to 6, got"):
        viterbi(emissions, offsets, crf)


@pytest.mark.parametrize("shape", [(6,), (6, 4), (2, 3, 3)])
def test_emissions_of_another_shape_are_an_error(shape: tuple[int, ...]) -> None:
    _, crf = _sentence("BIO", ("A",), 6)
    with pytest.raises(DecodingError, match=r"emissions: expected shape \[chars, 3\], got \("):
        viterbi(np.zeros(shape), [0, shape[0]], crf)


def test_flags_of_another_shape_are_an_error() -> None:
    emissions, crf = _sentence("BIO", ("A",), 6)
    with pytest.raises(DecodingError, match=r"no_edge: expected shape \[6\], got \(5,\)"):
        viterbi(emissions, [0, 6], crf, np.zeros(5, np.bool_))


@pytest.mark.parametrize(
    "span",
    [(2, 0, 1, 0), (-1, 0, 1, 0), (0, 0, 1, 1), (0, 0, 1, -1), (0, 1, 1, 0), (0, -1, 1, 0), (0, 2, 4, 0)],
)
def test_a_span_outside_its_sentence_is_an_error(span: tuple[int, int, int, int]) -> None:
    emissions, crf = _sentence("BIO", ("A",), 6)
    with pytest.raises(
        DecodingError, match=r"span \[sentence, start, end, label\]: expected one within its sentence"
    ):
        span_probabilities(emissions, [0, 3, 6], crf, _spans([(0, 0, 1, 0), span]))


def test_nbest_of_less_than_one_is_an_error() -> None:
    emissions, crf = _sentence("BIO", ("A",), 2)
    with pytest.raises(ValueError, match="count: expected at least 1, got 0"):
        nbest(emissions, crf, 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("transitions", np.zeros((3, 2))),
        ("transitions", np.full((3, 3), np.nan)),
        ("start", np.zeros(4)),
        ("end", np.array([0, np.inf, 0])),
    ],
)
def test_crf_weights_of_another_shape_or_not_finite_are_an_error(name: str, value: Floats) -> None:
    parts = {"transitions": np.zeros((3, 3)), "start": np.zeros(3), "end": np.zeros(3)} | {name: value}
    with pytest.raises(DecodingError, match=f"CRF {name}: expected finite numbers of shape"):
        Crf.build(**parts, tag_set=TagSet("BIO", ("A",)))


def _sentence(
    scheme: SchemeName,
    labels: tuple[str, ...],
    chars: int,
    spread: tuple[float, float] = (1.0, 1.0),
    rng: np.random.Generator | None = None,
) -> tuple[NDArray[np.float32], Crf]:
    """Return random emissions [chars, tags] and a random CRF."""
    rng = rng or np.random.default_rng(7)
    tag_set = TagSet(scheme, labels)
    emissions = spread[0] * rng.normal(size=(chars, len(tag_set.tags)))
    return emissions.astype(np.float32), _crf(tag_set, spread[1], rng)


def _crf(tag_set: TagSet, spread: float, rng: np.random.Generator) -> Crf:
    tags = len(tag_set.tags)
    transitions, start, end = (spread * rng.normal(size=shape) for shape in ((tags, tags), tags, tags))
    return Crf.build(transitions, start, end, tag_set)


def _flags(closed: str, chars: int) -> NDArray[np.bool_]:
    """Return whether each character is one of those in `closed`."""
    return np.array([str(place) in closed for place in range(chars)])


def _score(tag_ids: NDArray[np.int32], crf: Crf) -> float:
    """Return the score of a tagging before emissions, -inf if it is illegal."""
    steps = crf.weights[tag_ids[:-1], tag_ids[1:]].sum()
    return float(crf.weights[-2, tag_ids[0]] + crf.weights[-1, tag_ids[-1]] + steps)


def _every_span(chars: int, labels: tuple[str, ...]) -> list[tuple[int, int, int]]:
    ranges = itertools.combinations(range(chars + 1), 2)
    return [(start, end, label) for start, end in ranges for label in range(len(labels))]


def _spans(rows: list[tuple[int, int, int, int]]) -> SpanArrays:
    return SpanArrays(*np.array(rows, np.int64).reshape(-1, 4).T)
