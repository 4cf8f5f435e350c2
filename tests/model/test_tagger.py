"""Whatever the text: offsets that slice it, the same answer alone and in company, never an exception."""

import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from model.bundle.bundle import Bundle
from model.bundle.golden import EDGE_TEXTS
from model.bundle.manifest import TextRules
from model.bundle.weights import pack_weights
from model.crf.decoding import Crf
from model.runtime.base import InferenceError
from model.runtime.batching import Feeds, pad_rows
from model.runtime.onnx import OnnxRuntime
from model.tagger import Entity, Tagger
from model.tags.schemes import EntitySpan, SchemeName, spans_from_tags
from model.tags.tag_set import TagSet
from model.text import normalise, split_sentences

# Known characters often enough, and everything else that a str may hold.
CHARACTERS = st.one_of(
    st.sampled_from(tiny.TEXT),
    st.sampled_from("。！？，\r\n \u3000\u2028\u2029\u200d\ufe0f\0\x03😀👨👩👧Ａ１é\u0301\ud800\udfff"),
    st.characters(exclude_categories=()),
)
TEXTS = st.text(CHARACTERS, max_size=300)


@settings(max_examples=200, deadline=None)
@given(text=TEXTS)
def test_offsets_slice_the_text_and_spans_are_in_order(tagger: Tagger, text: str) -> None:
    position = 0
    for entity in tagger.tag([text])[0]:
        assert position <= entity.start < entity.end <= len(text)
        assert text[entity.start : entity.end] == entity.text
        assert entity.label in tagger.labels
        assert 0 <= entity.score <= 1
        position = entity.end


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(TEXTS, max_size=12), data=st.data())
def test_a_text_alone_is_tagged_as_in_any_batch_in_any_order(
    tagger: Tagger, texts: list[str], data: st.DataObject
) -> None:
    alone = [tagger.tag([text])[0] for text in texts]
    order = data.draw(st.permutations(range(len(texts))))
    together = tagger.tag([texts[index] for index in order])
    for index, entities in zip(order, together, strict=True):
        assert _spans(entities) == _spans(alone[index])
        assert [e.score for e in entities] == pytest.approx([e.score for e in alone[index]], abs=2e-4)


@settings(max_examples=50, deadline=None)
@given(text=TEXTS)
def test_pieces_of_a_text_are_tagged_as_texts_of_their_own(tagger: Tagger, text: str) -> None:
    pieces = split_sentences(text, tagger.rules.max_chars)
    apart = tagger.tag([text[start:end] for start, end in pieces])
    moved = [
        EntitySpan(entity.start + piece.start, entity.end + piece.start, entity.label)
        for piece, entities in zip(pieces, apart, strict=True)
        for entity in entities
    ]
    assert moved == tagger.find([text])[0]


@pytest.mark.parametrize(
    "text",
    [
        *EDGE_TEXTS,
        "\ud800",
        "\0",
        "\r\n" * 100,
        "。" * 1000,
        "👨‍👩‍👧" * 50,
        "\u2028小明\u2029",
        "啊" * 100_000,
        tiny.TEXT * 6000,  # a megabyte in UTF-8 and more
    ],
    ids=lambda text: f"{len(text)} {text[:5]!r}",
)
def test_awkward_text_is_tagged(tagger: Tagger, text: str) -> None:
    (tagging,) = tagger.tag_details([text], tags=True)
    assert tagging.tags is not None
    assert len(tagging.tags) == len(text)
    assert all(text[entity.start : entity.end] == entity.text for entity in tagging.entities)


@pytest.mark.parametrize("texts", [[], (), [""], ["", ""]])
def test_nothing_in_nothing_out(tagger: Tagger, texts: Sequence[str]) -> None:
    assert tagger.tag(texts) == [[] for _ in texts]


def test_one_str_instead_of_a_list_is_refused(tagger: Tagger) -> None:
    with pytest.raises(
        TypeError, match="texts: expected a list of str, got the str '小明'; put it into a list"
    ):
        tagger.tag("小明")


def test_several_threads_at_once_get_their_own_answers(tagger: Tagger) -> None:
    texts = [tiny.TEXT[start : start + 30] for start in range(80)]
    expected = tagger.tag(texts)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda text: tagger.tag([text])[0], texts))
    assert answers == expected


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_any_number_of_threads_finds_the_same(bundle: Bundle, threads: int) -> None:
    texts = [tiny.TEXT[start:] * (start % 4) for start in range(60)] + ["小明" * 9000]
    one = Tagger(bundle, OnnxRuntime(bundle, threads=1)).tag_details(texts, tags=True, nbest=2)
    shared = Tagger(bundle, OnnxRuntime(bundle, threads=threads)).tag_details(texts, tags=True, nbest=2)
    assert [tagging.tags for tagging in shared] == [tagging.tags for tagging in one]
    assert [tagging.unknown_chars for tagging in shared] == [tagging.unknown_chars for tagging in one]
    for ours, theirs in zip(shared, one, strict=True):
        assert [entity.span for entity in ours.entities] == [entity.span for entity in theirs.entities]
        assert [e.score for e in ours.entities] == pytest.approx([e.score for e in theirs.entities], abs=2e-4)


def test_a_failure_in_another_thread_reaches_the_caller(bundle: Bundle) -> None:
    class Broken(OnnxRuntime):
        calls = 0

        def emissions(self, feeds: Feeds, lengths: NDArray[np.int32]) -> NDArray[np.float32]:
            self.calls += 1
            if self.calls > 1:
                raise InferenceError("broken")
            return super().emissions(feeds, lengths)

    tagger = Tagger(bundle, Broken(bundle, threads=4))
    with pytest.raises(InferenceError, match="broken"):
        tagger.tag([tiny.TEXT] * 20)


def test_full_width_and_line_breaks_do_not_move_offsets(tagger: Tagger) -> None:
    plain, wide = "abc123小明去北京，\n李四", "ａｂｃ１２３小明去北京,\u2028李四"
    assert tagger.find([wide]) == tagger.find([plain])


def test_score_is_the_share_of_taggings_with_the_span(bundle: Bundle, tagger: Tagger) -> None:
    text = "小明在北京。"
    entities = tagger.tag([text])[0]
    assert entities
    crf = Crf.build(
        *(bundle.weights[f"crf.{name}"] for name in ("transitions", "start", "end")), bundle.tag_set
    )
    lengths = np.array([len(text)])
    feeds = pad_rows(bundle.features.encode(normalise(text)), np.array([0]), lengths)
    emissions = OnnxRuntime(bundle, threads=1).emissions(feeds, lengths.astype(np.int32))[0]
    total = log_sum(emissions, crf)
    for start, end, _, label, score in entities:
        # Only taggings with exactly this span are left when every other tag costs too much there.
        tags = bundle.tag_set.tag_ids([EntitySpan(0, end - start, label)], end - start)
        only = emissions.copy()
        only[start:end] = -1e4
        only[np.arange(start, end), tags] = emissions[np.arange(start, end), tags]
        assert score == pytest.approx(np.exp(log_sum(only, crf) - total), abs=1e-4)


def log_sum(emissions: NDArray[np.float32], crf: Crf) -> float:
    """Return the log of the sum over all taggings, by the forward algorithm."""
    totals = crf.weights[-2] + emissions[0]
    for row in emissions[1:]:
        totals = np.logaddexp.reduce(totals[:, np.newaxis] + crf.weights[:-2], axis=0) + row
    return float(np.logaddexp.reduce(totals + crf.weights[-1]))


# Invisible characters at the edges of entities

INVISIBLE = " \t\r\n\xa0\u2028\u3000\u200b\u200d\u202e\ufeff\xad\0\x03\x1b\U000e0020"


@pytest.mark.parametrize("scheme", ["BIO", "BIOES"])
@settings(max_examples=150, deadline=None)
@given(
    texts=st.lists(
        st.lists(st.one_of(st.sampled_from(INVISIBLE), st.sampled_from(tiny.TEXT)), max_size=40).map("".join),
        max_size=4,
    )
)
def test_no_entity_begins_or_ends_with_an_invisible_character(
    taggers: dict[str, Tagger], scheme: str, texts: list[str]
) -> None:
    for text, tagging in zip(texts, taggers[scheme].tag_details(texts, tags=True, nbest=3), strict=True):
        found = [entity.span for entity in tagging.entities]
        for start, end, _ in [*found, *(span for entities, _ in tagging.nbest or [] for span in entities)]:
            for char in (text[start], text[end - 1]):
                assert unicodedata.category(char) not in ("Zs", "Zl", "Zp", "Cc", "Cf")
        assert (tagging.nbest or [([], 1)])[0][0] == found


@pytest.fixture(scope="module")
def taggers(bundle: Bundle) -> dict[str, Tagger]:
    """A tagger of each tag scheme, which would take invisible characters for entities as readily as others."""
    return {scheme: eager_tagger(bundle, scheme) for scheme in ("BIO", "BIOES")}


def eager_tagger(bundle: Bundle, scheme: SchemeName) -> Tagger:
    config = bundle.config
    tag_set = TagSet(scheme, bundle.tag_set.labels)
    config = config.model_copy(update={"tags": len(tag_set.tags)})
    weights = tiny.random_weights(config, seed=1)
    weights["emission.bias"][0] -= 3  # hardly any O
    return Tagger(
        replace(bundle, config=config, tag_set=tag_set, weights=pack_weights(weights)),
        OnnxRuntime(replace(bundle, config=config, weights=pack_weights(weights)), threads=1),
    )


@pytest.mark.parametrize("text", [" ", "\r\n", "\u200b\u202e", "\0\0\0", "\ufeff", "   \t"])
def test_nothing_but_invisible_characters_holds_no_entity(taggers: dict[str, Tagger], text: str) -> None:
    for tagger in taggers.values():
        (tagging,) = tagger.tag_details([text], nbest=5)
        assert tagging.entities == []
        assert tagging.nbest == [([], pytest.approx(1))]


def test_a_space_may_stand_inside_an_entity(taggers: dict[str, Tagger]) -> None:
    found = [tagging.entities for tagger in taggers.values() for tagging in tagger.tag_details([tiny.TEXT])]
    texts = [entity.text[:1] + " " + entity.text[1:] for entities in found for entity in entities]
    spaced = [e for tagger in taggers.values() for es in tagger.tag(texts) for e in es if " " in e.text]
    assert spaced


def test_the_characters_as_given_count_not_those_they_are_read_as(taggers: dict[str, Tagger]) -> None:
    # A joiner is read as the bullet, U+0003 as U+FFFD: both can be seen, what was sent cannot.
    for tagger in taggers.values():
        visible = tagger.tag(["●\ufffd"])[0]
        assert visible
        assert tagger.tag(["\u200d\x03"])[0] == []


# What is asked for besides


def test_tags_are_the_entities_in_bio(tagger: Tagger) -> None:
    texts = [tiny.TEXT, "", "😀小明"]
    for text, tagging in zip(texts, tagger.tag_details(texts, tags=True), strict=True):
        assert tagging.tags is not None
        assert len(tagging.tags) == len(text)
        assert spans_from_tags(tagging.tags) == _spans(tagging.entities)
    assert tagger.tag_details(texts)[0].tags is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 0), ("小明", 0), ("龘明龘", 2), ("😀。龘", 2), ("ＡＢ", 0), ("龘" * 30_000, 30_000), ("\ud800", 1)],
)
def test_unknown_characters_are_counted_once(tagger: Tagger, text: str, expected: int) -> None:
    assert [t.unknown_chars for t in tagger.tag_details([text, "小", text])] == [expected, 0, expected]


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(st.text(st.sampled_from(tiny.TEXT), max_size=60), max_size=4))
def test_nbest_begins_with_the_answer_and_falls(tagger: Tagger, texts: list[str]) -> None:
    for tagging in tagger.tag_details(texts, nbest=4):
        assert tagging.nbest is not None
        assert tagging.nbest[0].entities == _spans(tagging.entities)
        probabilities = [alternative.probability for alternative in tagging.nbest]
        assert probabilities == sorted(probabilities, reverse=True)
        assert sum(probabilities) <= 1 + 1e-6
        distinct = {tuple(alternative.entities) for alternative in tagging.nbest}
        assert len(distinct) == len(tagging.nbest)


def test_nbest_of_the_empty_text_is_the_empty_tagging(tagger: Tagger) -> None:
    (tagging,) = tagger.tag_details([""], nbest=3)
    assert tagging.nbest == [([], 1.0)]


def test_nbest_of_a_one_character_text_is_every_tagging(tagger: Tagger) -> None:
    (tagging,) = tagger.tag_details(["京"], nbest=10)
    assert tagging.nbest is not None
    assert len(tagging.nbest) == 1 + len(tagger.labels)
    assert sum(alternative.probability for alternative in tagging.nbest) == pytest.approx(1)


# Long pieces


def _endless(chars: int, seed: int = 0) -> str:
    """Text without any mark to cut at."""
    generator = np.random.default_rng(seed)
    return "".join(generator.choice([c for c in tiny.TEXT if c.isalnum()], chars))


@pytest.mark.parametrize("chars", [256, 257, 300, 384, 512, 513, 2000])
def test_windows_find_what_the_whole_piece_shows(bundle: Bundle, tagger: Tagger, chars: int) -> None:
    whole = Tagger(replace(bundle, rules=TextRules(window_chars=100_000)), tagger.runtime)
    text = _endless(chars)
    assert len(split_sentences(text)) == 1
    assert tagger.find([text]) == whole.find([text])


@pytest.mark.parametrize("chars", [8192, 8705, 9000, 16_500, 40_000])
def test_chunks_find_what_the_whole_piece_shows(
    tagger: Tagger, chars: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = _endless(chars)
    found = tagger.find([text])
    monkeypatch.setattr("model.chunks.CHUNK_CHARS", 1_000_000)
    assert found == tagger.find([text])


def test_emissions_never_stand_for_more_than_a_block(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.chunks.BLOCK_CHARS", 1000)
    monkeypatch.setattr("model.chunks.CHUNK_CHARS", 600)
    seen: list[int] = []

    def viterbi(emissions: np.ndarray, *_: object) -> np.ndarray:
        seen.append(len(emissions))
        return np.zeros(len(emissions), np.int32)

    monkeypatch.setattr("model.predictor.viterbi", viterbi)
    tagger = Tagger(bundle, OnnxRuntime(bundle, threads=1))
    tagger.tag(["小明在北京。" * 1000, _endless(20_000)])
    assert sum(seen) >= 26_000
    assert max(seen) <= 600 + 2 * 256 + 1000


def test_batches_hold_no_more_padded_characters_than_allowed(bundle: Bundle) -> None:
    sizes = []

    class Watched(OnnxRuntime):
        def emissions(self, feeds: Feeds, lengths: np.ndarray) -> np.ndarray:
            sizes.append(feeds["char"].size)
            return super().emissions(feeds, lengths)

    tagger = Tagger(bundle, Watched(bundle, threads=1), max_batch_chars=500)
    texts = [_endless(chars, seed=chars) for chars in range(1, 120)] + [_endless(2000)]
    tagger.tag(texts)
    assert max(sizes) <= 500
    assert sum(sizes) < 1.5 * sum(map(len, texts))


def _spans(entities: Sequence[Entity]) -> list[EntitySpan]:
    return [entity.span for entity in entities]
