"""A temperature mends how sure the scores are and leaves what is found as it is."""

import random
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import TEXT, tiny_bundle

from model.bundle.bundle import Bundle
from model.runtime.onnx import OnnxRuntime
from model.tagger import Tagger
from model.tags.schemes import tags_from_spans
from training.corpus.reader import Sentence
from training.loop.temperature import TEMPERATURES, choose_temperature, log_loss, set_temperature

BUNDLE = tiny_bundle()


def tagger_of(bundle: Bundle) -> Tagger:
    return Tagger(bundle, OnnxRuntime(bundle, threads=1))


def choose(bundle: Bundle, sentences: list[Sentence]) -> float:
    return choose_temperature(bundle, OnnxRuntime(bundle, threads=1), sentences)


def texts(count: int) -> Iterator[str]:
    generator = random.Random(7)
    for _ in range(count):
        yield "".join(generator.choices(TEXT, k=generator.randint(1, 40)))


def sentences_as_sure_as_scored(count: int) -> list[Sentence]:
    """Return sentences in which a span that BUNDLE gives 0.8 is an entity 8 times out of 10."""
    generator = random.Random(11)
    given = list(texts(count))
    sentences = []
    for text, entities in zip(given, tagger_of(BUNDLE).tag(given), strict=True):
        right = [entity.span for entity in entities if generator.random() < entity.score]
        sentences.append(Sentence(text, tuple(tags_from_spans(right, len(text)))))
    return sentences


@pytest.mark.parametrize("factor", [0.75, 1.0, 1.5, 3.0])
def test_scores_that_are_too_sure_are_found_out(factor: float) -> None:
    sentences = sentences_as_sure_as_scored(1500)
    assert choose(set_temperature(BUNDLE, 1 / factor), sentences) == pytest.approx(factor, rel=0.15)


def test_what_cannot_be_said_of_no_span_is_1() -> None:
    assert choose(BUNDLE, []) == 1.0
    nothing = [text for text in texts(300) if not tagger_of(BUNDLE).tag([text])[0]]
    assert nothing
    assert choose(BUNDLE, [Sentence(text, ("O",) * len(text)) for text in nothing]) == 1.0


@pytest.mark.parametrize("right", [True, False])
def test_spans_that_are_all_right_or_all_wrong_stay_within_bounds(right: bool) -> None:
    given = list(texts(5))
    sentences = [
        Sentence(
            text, tuple(tags_from_spans((e.span for e in found), len(text)) if right else ["O"] * len(text))
        )
        for text, found in zip(given, tagger_of(BUNDLE).tag(given), strict=True)
    ]
    assert TEMPERATURES[0] <= choose(BUNDLE, sentences) <= TEMPERATURES[-1]


def test_a_sentence_that_is_cut_is_scored_piece_by_piece() -> None:
    sentences = sentences_as_sure_as_scored(400)
    joined = [
        Sentence(
            "。".join(one.text for one in group) + "。",
            tuple(tag for one in group for tag in (*one.tags, "O")),
        )
        for group in (sentences[i : i + 20] for i in range(0, 400, 20))
    ]
    assert max(len(sentence.text) for sentence in joined) > BUNDLE.rules.max_chars
    apart = [Sentence(f"{one.text}。", (*one.tags, "O")) for one in sentences]
    assert choose(BUNDLE, joined) == choose(BUNDLE, apart)


@settings(deadline=None, max_examples=25)
@given(text=st.text(TEXT, min_size=1, max_size=30), temperature=st.sampled_from(TEMPERATURES.tolist()))
def test_what_is_found_stays(text: str, temperature: float) -> None:
    assert tagger_of(set_temperature(BUNDLE, temperature)).find([text]) == tagger_of(BUNDLE).find([text])


@pytest.mark.parametrize("temperature", [0.5, 1.4, 4.0])
def test_a_path_has_its_probability_to_the_power_of_one_over_the_temperature(temperature: float) -> None:
    text = "小明北京"
    every = tagger_of(BUNDLE).tag_details([text], nbest=10_000)[0].nbest
    assert every is not None
    powers = [path.probability ** (1 / temperature) for path in every]
    (found,) = tagger_of(set_temperature(BUNDLE, temperature)).tag([text])
    assert found
    for entity in found:
        with_it = sum(p for p, path in zip(powers, every, strict=True) if entity.span in path.entities)
        assert entity.score == pytest.approx(with_it / sum(powers), abs=2e-4)


def test_nothing_but_the_sums_of_a_path_is_divided() -> None:
    divided = set_temperature(BUNDLE, 2.0)
    changed = {
        name for name, array in BUNDLE.weights.items() if not np.array_equal(array, divided.weights[name])
    }
    assert changed == {"emission.kernel", "emission.bias", "crf.transitions", "crf.start", "crf.end"}
    assert all(array.dtype == BUNDLE.weights[name].dtype for name, array in divided.weights.items())


@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_log_loss_is_least_at_the_share_that_is_right(right: list[bool]) -> None:
    marks = np.array(right)
    targets = np.where(marks, (marks.sum() + 1) / (marks.sum() + 2), 1 / ((~marks).sum() + 2))
    losses = [log_loss(np.full(len(right), p), marks) for p in (targets.mean(), 0.1, 0.5, 0.9)]
    assert losses[0] <= min(losses[1:]) + 1e-12
