import errno

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import training.data.encode
from model.features.channels import Channel, Features, WordChannel
from model.features.lexicon import Lexicon
from model.chunks import CHUNK_CHARS
from model.tags.tag_set import TagSet, spans_from_tags, tags_from_spans
from model.text import normalise, split_sentences
from model.features.vocabulary import END, Vocabulary
from model.machine.hashing import file_sha256
from training.data.arrays import ArraysError, build_arrays, cache_key
from training.data.cache import CacheError
from training.corpus.reader import Sentence

LABELS = ("LOC", "PER")
CHARS = "小明到了北京。，人民"


def features(chars: str = CHARS) -> Features:
    pairs = sorted({a + b for a in chars for b in chars + END})
    return Features(
        (
            Channel("char", Vocabulary(["<pad>", "<unk>", *chars])),
            Channel("bigram", Vocabulary(["<pad>", "<unk>", *pairs])),
        )
    )


def sentence(text: str, *entities: tuple[int, int, str], line: int = 1) -> Sentence:
    return Sentence(text, tuple(tags_from_spans(entities, len(text))), "train.bio", line)


def build(sentences, directory, key="key", scheme="BIO", max_chars=100, labels=LABELS):
    return build_arrays(sentences, features(), TagSet(scheme, labels), directory, key, max_chars)


def pieces_of(arrays):
    """The pieces as (char ids, bigram ids, tag ids) lists."""
    bounds = list(zip(arrays.offsets[:-1], arrays.offsets[1:], strict=True))
    columns = (arrays.ids["char"], arrays.ids["bigram"], arrays.tag_ids)
    return [tuple(column[start:end].tolist() for column in columns) for start, end in bounds]


texts = st.text(st.sampled_from(CHARS + "Ａ！；、 \n\u3000\u2028😀\u0003\ud800x"), min_size=1, max_size=30)


@st.composite
def corpora(draw):
    corpus = []
    for text in draw(st.lists(texts, min_size=1, max_size=6)):
        bounds = draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True).map(sorted))
        spans = [
            (a, b, draw(st.sampled_from(LABELS))) for a, b in zip(bounds[::2], bounds[1::2], strict=False)
        ]
        corpus.append(sentence(text, *spans))
    return corpus


@settings(max_examples=100, deadline=None)
@given(corpus=corpora(), scheme=st.sampled_from(["BIO", "BIOES"]), max_chars=st.integers(1, 12))
def test_arrays_hold_every_character_and_tag(tmp_path_factory, corpus, scheme, max_chars):
    arrays = build(corpus, tmp_path_factory.mktemp("cache"), scheme=scheme, max_chars=max_chars)
    tag_set = TagSet(scheme, LABELS)
    pieces = iter(pieces_of(arrays))
    for given_sentence in corpus:
        spans, start = [], 0
        while start < len(given_sentence.text):
            char_ids, bigram_ids, tag_ids = next(pieces)
            end = start + len(tag_ids)
            # A piece is encoded as the tagger encodes it, on its own.
            expected = features().encode(normalise(given_sentence.text[start:end]))
            assert char_ids == expected["char"].tolist()
            assert bigram_ids == expected["bigram"].tolist()
            found = tag_set.spans(np.array(tag_ids))
            spans += [span._replace(start=span.start + start, end=span.end + start) for span in found]
            start = end
        # No entity was cut: they all come back.
        assert spans == spans_from_tags(given_sentence.tags)
    assert next(pieces, None) is None


@settings(max_examples=50, deadline=None)
@given(text=texts, max_chars=st.integers(1, 12))
def test_sentence_without_entities_is_cut_like_a_request(tmp_path_factory, text, max_chars):
    arrays = build([sentence(text)], tmp_path_factory.mktemp("cache"), max_chars=max_chars)
    assert arrays.offsets.tolist() == [0, *(piece.end for piece in split_sentences(text, max_chars))]


@pytest.mark.parametrize(
    ("text", "entities", "lengths", "joined"),
    [
        ("小明。北京。", [], [3, 3], 0),
        ("小明。北京。", [(0, 2, "PER"), (3, 5, "LOC")], [3, 3], 0),
        ("小明。北京。", [(0, 3, "PER")], [3, 3], 0),
        ("小明。北京。", [(3, 6, "LOC")], [3, 3], 0),
        ("小明。北京。", [(1, 4, "PER")], [6], 1),
        ("小。明。北。京", [(0, 5, "PER")], [6, 1], 2),
    ],
)
def test_cut_inside_an_entity_is_not_made(tmp_path, text, entities, lengths, joined):
    arrays = build([sentence(text, *entities)], tmp_path)
    assert arrays.lengths.tolist() == lengths
    assert arrays.counts.joined_cuts == joined


def test_endless_sentence_is_cut_into_rows_that_fit_a_network(tmp_path):
    text = "小" * (2 * CHUNK_CHARS + 10)
    arrays = build([sentence(text, (CHUNK_CHARS - 2, CHUNK_CHARS + 2, "PER"))], tmp_path, "across")
    assert arrays.lengths.tolist() == [2 * CHUNK_CHARS, 10]
    assert build([sentence(text)], tmp_path, "none").lengths.tolist() == [CHUNK_CHARS, CHUNK_CHARS, 10]


def test_counts_and_unknown_share(tmp_path):
    arrays = build([sentence("小明到了x京"), sentence("北京")], tmp_path)
    assert (arrays.counts.sentences, arrays.n_pieces, arrays.n_chars) == (2, 2, 8)
    assert arrays.unknown_share == {"char": 1 / 8, "bigram": 2 / 8}


def test_types_on_disk(tmp_path):
    arrays = build([sentence("小明")], tmp_path)
    assert (arrays.ids["char"].dtype, arrays.tag_ids.dtype, arrays.offsets.dtype) == (
        "int32",
        "int16",
        "int64",
    )
    assert (arrays.path / "bigram.int32").stat().st_size == 2 * 4
    with pytest.raises(ValueError, match="read-only"):
        arrays.tag_ids[0] = 1


def test_sentences_of_no_characters_are_dropped(tmp_path):
    assert build([sentence(""), sentence("小明"), sentence("")], tmp_path).offsets.tolist() == [0, 2]


def test_chunks_leave_no_trace(tmp_path, monkeypatch):
    corpus = [sentence("小明到了北京。人民" * n, (0, 2, "PER")) for n in range(1, 8)]
    whole = pieces_of(build(corpus, tmp_path, "whole"))
    monkeypatch.setattr(training.data.encode, "CHUNK_CHARS", 1)
    assert pieces_of(build(corpus, tmp_path, "chunked")) == whole


def test_corpus_without_sentences_is_an_error(tmp_path):
    with pytest.raises(ArraysError, match=r"expected at least one sentence, got none; is the corpus empty\?"):
        build([], tmp_path)


def test_unknown_label_is_an_error_with_its_place(tmp_path):
    message = r"train.bio:7: expected labels among \['LOC', 'PER'\], got 'ORG' at '人民'; correct the corpus"
    with pytest.raises(ArraysError, match=message):
        build([sentence("小明"), sentence("到人民", (1, 3, "ORG"), line=7)], tmp_path)
    assert not (tmp_path / "key").exists()


def test_sentences_are_not_read_when_the_cache_is_whole(tmp_path):
    def refuse():
        raise AssertionError("read again")
        yield

    first = build([sentence("小明")], tmp_path)
    assert pieces_of(build(refuse(), tmp_path)) == pieces_of(first)


@pytest.mark.parametrize("name", ["char.int32", "bigram.int32", "tags.int16", "offsets.int64", "counts.json"])
def test_torn_file_is_written_anew(tmp_path, name):
    expected = pieces_of(build([sentence("小明。到北京")], tmp_path))
    path = tmp_path / "key" / name
    path.write_bytes(path.read_bytes()[:-1])
    assert pieces_of(build([sentence("小明。到北京")], tmp_path)) == expected


def test_killed_build_is_done_anew(tmp_path):
    def killed():
        yield sentence("小明")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(killed(), tmp_path)
    assert build([sentence("小明"), sentence("北京")], tmp_path).n_pieces == 2


def test_full_disk_is_said(tmp_path, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(training.data.encode, "_append", full)
    with pytest.raises(CacheError, match="key: the disk is full; make room"):
        build([sentence("小明")], tmp_path)


def key_of(path, chars=CHARS, scheme="BIO", labels=LABELS, max_chars=100, reader=None):
    return cache_key([file_sha256(path)], features(chars), TagSet(scheme, labels), max_chars, reader)


def test_key_changes_with_all_that_decides_the_arrays(tmp_path):
    path, other = tmp_path / "a.bio", tmp_path / "b.bio"
    path.write_text("小\tO\n")
    other.write_text("小\tB-PER\n")
    keys = [
        key_of(path),
        key_of(other),
        key_of(path, chars=CHARS[::-1]),
        key_of(path, scheme="BIOES"),
        key_of(path, labels=("PER", "LOC")),
        key_of(path, max_chars=99),
        key_of(path, reader={"stray": "refuse"}),
        key_of(path, reader={"dev": "3 4"}),
        key_of(path, reader={"dev": "3 5"}),
        cache_key(["a", "b"], features(), TagSet("BIO", LABELS), 100),
        cache_key(["b", "a"], features(), TagSet("BIO", LABELS), 100),
    ]
    assert len(set(keys)) == len(keys)


def test_key_is_that_of_content_not_of_names(tmp_path):
    (tmp_path / "a.bio").write_text("小\tO\n")
    (tmp_path / "b.bio").write_text("小\tO\n")
    assert key_of(tmp_path / "a.bio") == key_of(tmp_path / "b.bio")


def test_a_lexicon_of_which_no_word_occurs_is_no_error(tmp_path):
    words = WordChannel("word", Lexicon(["银河"], [1], [1]))
    both = Features((*features().channels, words))
    for _ in range(2):
        arrays = build_arrays([sentence("小明。")], both, TagSet("BIO", LABELS), tmp_path, "key", 100)
        assert arrays.ids["word"].offsets.tolist() == [0, 0, 0, 0]
        assert arrays.ids["word"].rows.size == 0
