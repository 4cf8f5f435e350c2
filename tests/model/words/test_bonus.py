"""Words as evidence: which tags gain how much, and what becomes of it in a tagger."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from model.bundle.bundle import Bundle
from model.bundle.traditional import TraditionalFolds
from model.crf.decoding import Crf, viterbi
from model.runtime.onnx import OnnxRuntime
from model.tagger import Tagger
from model.tags.schemes import EntitySpan, SchemeName
from model.tags.tag_set import SpanArrays, TagSet
from model.words.bonus import WordBonus
from model.words.file import Word

NONE = np.empty(0, np.int64)
NOTHING = SpanArrays(NONE, NONE, NONE, NONE)
LABELS = ("PER", "ORG")


def gains(
    words: Sequence[tuple[str, str]],
    pieces: Sequence[str],
    scheme: SchemeName = "BIOES",
    spans: SpanArrays = NOTHING,
) -> dict[tuple[int, str], float]:
    """Return what each tag gains, by its place among the characters of all pieces; the strength is 2."""
    tag_set = TagSet(scheme, LABELS)
    offsets = np.cumsum([0, *map(len, pieces)])
    emissions = np.zeros((offsets[-1], len(tag_set.tags)), np.float32)
    WordBonus.build([Word(*word) for word in words], tag_set, 2.0).add_to(emissions, pieces, offsets, spans)
    return {(int(at), tag_set.tags[tag]): float(emissions[at, tag]) for at, tag in np.argwhere(emissions)}


@pytest.mark.parametrize(
    ("words", "pieces", "expected"),
    [
        ([("协和医院", "ORG")], ["去协和医院"], {(1, "B-ORG"): 1, (4, "E-ORG"): 1}),
        ([("王", "PER")], ["王来", "", "王"], {(0, "S-PER"): 2, (2, "S-PER"): 2}),
        (
            [("协和", "ORG"), ("协和", "PER")],
            ["协和"],
            {(0, "B-ORG"): 1, (1, "E-ORG"): 1, (0, "B-PER"): 1, (1, "E-PER"): 1},
        ),
        # One place for two words: once.
        (
            [("协和", "ORG"), ("协和医院", "ORG")],
            ["协和医院"],
            {(0, "B-ORG"): 1, (1, "E-ORG"): 1, (3, "E-ORG"): 1},
        ),
        # Not across pieces.
        ([("协和医院", "ORG")], ["协和", "医院"], {}),
        # Latin words whole.
        ([("AI", "ORG")], ["MAIN AI2"], {}),
        ([("AI", "ORG")], ["去AI，AI"], {(1, "B-ORG"): 1, (2, "E-ORG"): 1, (4, "B-ORG"): 1, (5, "E-ORG"): 1}),
    ],
)
def test_what_gains(
    words: list[tuple[str, str]], pieces: list[str], expected: dict[tuple[int, str], float]
) -> None:
    assert gains(words, pieces) == expected


def test_what_gains_in_bio() -> None:
    assert gains([("协和医院", "ORG"), ("王", "PER")], ["王协和医院"], "BIO") == {
        (0, "B-PER"): 2,
        (1, "B-ORG"): 1,
        (4, "I-ORG"): 1,
    }


@pytest.mark.parametrize(
    ("start", "end", "gain"),
    [(0, 4, False), (1, 5, False), (0, 5, False), (2, 4, True), (1, 2, True), (3, 6, True)],
)
def test_a_word_in_a_longer_entity_gains_nothing(start: int, end: int, gain: bool) -> None:
    """The word stands at 2 to 4 of the second piece."""
    found = SpanArrays(*(np.array([value]) for value in (1, start, end, 0)))
    assert bool(gains([("协和", "ORG")], ["前", "在北协和京都"], spans=found)) is gain


@given(
    st.lists(
        st.tuples(st.text("甲乙丙", min_size=1, max_size=3), st.sampled_from(LABELS)), min_size=1, max_size=6
    ),
    st.lists(st.text("甲乙丙丁", max_size=8), min_size=1, max_size=5),
)
def test_gains_are_those_of_each_piece_alone_found_by_comparison(
    words: list[tuple[str, str]], pieces: list[str]
) -> None:
    expected: dict[tuple[int, str], float] = {}
    before = 0
    for piece in pieces:
        for (word, label), at in product(words, range(len(piece))):
            if piece.startswith(word, at) and len(word) == 1:
                expected[before + at, f"S-{label}"] = 2
            elif piece.startswith(word, at):
                expected[before + at, f"B-{label}"] = expected[before + at + len(word) - 1, f"E-{label}"] = 1
        before += len(piece)
    assert gains(words, pieces) == expected


def test_a_strong_enough_word_wins_and_a_weak_one_does_not() -> None:
    """The exact place where it turns: O leads by 1 at each of two characters, and there are no transitions."""
    tag_set = TagSet("BIOES", LABELS)
    tags = len(tag_set.tags)
    crf = Crf.build(np.zeros((tags, tags)), np.zeros(tags), np.zeros(tags), tag_set)
    for strength, found in ((1.9, []), (2.1, [EntitySpan(0, 2, "ORG")])):
        emissions = np.zeros((2, tags), np.float32)
        emissions[:, 0] = 1
        bonus = WordBonus.build([Word("协和", "ORG")], tag_set, strength)
        bonus.add_to(emissions, ["协和"], np.array([0, 2]), NOTHING)
        assert tag_set.spans(viterbi(emissions, [0, 2], crf)) == found


WORDS = [Word("茶馆", "LOC"), Word("小明", "ORG")]


class Quiet(OnnxRuntime):
    """A network that is sure that nothing is an entity, by 20 for each character."""

    def emit(self, *arguments: Any) -> Any:
        emissions = np.zeros_like(super().emit(*arguments))
        emissions[:, 0] = 20
        return emissions


@pytest.fixture(scope="module")
def quiet(bundle: Bundle) -> Tagger:
    return Tagger(bundle, Quiet(bundle, threads=1))


@pytest.fixture(scope="module")
def with_words(quiet: Tagger) -> Tagger:
    return quiet.with_words(WORDS, 50.0)


def found(tagger: Tagger, text: str) -> list[tuple[str, str]]:
    return [(entity.text, entity.label) for entity in tagger.tag([text])[0]]


def test_words_are_found_with_scores_that_know_of_them(quiet: Tagger, with_words: Tagger) -> None:
    text = "老舍的茶馆。"
    assert found(quiet, text) == []
    (entity,) = with_words.tag([text])[0]
    assert (entity.text, entity.label) == ("茶馆", "LOC")
    assert entity.score > 0.9
    tagging = with_words.tag_details([text], tags=True, nbest=3)[0]
    assert tagging.tags is not None
    assert tagging.tags[3:5] == ["B-LOC", "I-LOC"]
    assert tagging.nbest is not None
    assert EntitySpan(3, 5, "LOC") in tagging.nbest[0].entities


def test_a_text_without_the_words_is_tagged_as_without_them(tagger: Tagger) -> None:
    texts = ["新华社北京八月二十日电", "", "他们说中国与美国的关系很好"]
    assert tagger.with_words(WORDS).tag(texts) == tagger.tag(texts)


def test_words_are_found_in_texts_as_people_write_them(with_words: Tagger) -> None:
    assert ("茶馆", "LOC") in found(with_words, "😀 老舍\r\n茶馆 ")


def test_words_in_a_text_without_end_are_found_at_every_seam(with_words: Tagger) -> None:
    text = "上海" * 9000 + "茶馆" + "上海" * 5000
    for shift in range(3):
        assert ("茶馆", "LOC") in found(with_words, "京" * shift + text)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(st.sampled_from(tiny.TEXT), max_size=40), max_size=6))
def test_a_text_alone_is_tagged_as_in_any_batch(tagger: Tagger, texts: list[str]) -> None:
    with_words = tagger.with_words([Word("北京", "LOC"), Word("老舍", "PER"), Word("的", "ORG")])
    together = with_words.find(texts)
    assert together == [with_words.find([text])[0] for text in texts]


def test_the_fingerprint_tells_words_and_strength_apart(tagger: Tagger) -> None:
    others = (tagger, tagger.with_words(WORDS), tagger.with_words(WORDS, 5.0), tagger.with_words(WORDS[:1]))
    assert len({other.fingerprint for other in others}) == len(others)
    assert tagger.with_words(WORDS[::-1]).fingerprint == tagger.with_words(WORDS).fingerprint


def test_words_are_folded_as_the_texts_of_their_bundle(bundle: Bundle) -> None:
    folds = TraditionalFolds(traditional="館", simplified="馆")
    folding = replace(bundle, rules=bundle.rules.model_copy(update={"fold_traditional": folds}))
    tagger = Tagger(folding, Quiet(bundle, threads=1)).with_words([Word("茶館", "LOC")], 50.0)
    assert ("茶館", "LOC") in found(tagger, "老舍的茶館。")
    assert ("茶馆", "LOC") in found(tagger, "老舍的茶馆。")
