from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.features.channels import Channel, Features
from model.tags.tag_set import TagSet
from model.features.vocabulary import Vocabulary
from training.data.arrays import ArrayCounts, CorpusArrays, build_arrays
from training.data.batches import batches, count_batches, eval_batches, pack
from training.corpus.reader import Sentence


def arrays_of(lengths: list[int]) -> CorpusArrays:
    """Arrays whose every character is another one: position + 2 in one channel, its negative in the other."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    chars = int(offsets[-1])
    positions = np.arange(chars, dtype=np.int32)
    return CorpusArrays(
        path=Path("nowhere"),
        ids={"char": positions + 2, "bigram": -positions - 2},
        tag_ids=(positions % 7 + 1).astype(np.int16),
        offsets=offsets,
        counts=ArrayCounts(len(lengths), len(lengths), chars, 0, {"char": 0, "bigram": 0}),
    )


def rows_of(batch):
    """The rows without padding, as (piece, char ids, bigram ids, tag ids)."""
    columns = (batch.feeds["char"], batch.feeds["bigram"], batch.tag_ids)
    return [
        (int(piece), *(tuple(column[row, :length].tolist()) for column in columns))
        for row, (piece, length) in enumerate(zip(batch.pieces, batch.lengths, strict=True))
    ]


def pieces_of(arrays):
    columns = (arrays.ids["char"], arrays.ids["bigram"], arrays.tag_ids)
    bounds = zip(arrays.offsets[:-1], arrays.offsets[1:], strict=True)
    return [(p, *(tuple(c[a:b].tolist()) for c in columns)) for p, (a, b) in enumerate(bounds)]


lengths = st.lists(st.integers(1, 40), min_size=1, max_size=60)


@settings(max_examples=150, deadline=None)
@given(lengths=lengths, batch_chars=st.integers(1, 200), seed=st.integers(0, 3), epoch=st.integers(0, 3))
def test_every_character_and_tag_comes_out_exactly_once(lengths, batch_chars, seed, epoch):
    arrays = arrays_of(lengths)
    for found in (batches(arrays, batch_chars, seed, epoch), eval_batches(arrays, batch_chars)):
        rows = [row for batch in found for row in rows_of(batch)]
        assert sorted(rows) == pieces_of(arrays)


@settings(max_examples=150, deadline=None)
@given(lengths=lengths, batch_chars=st.integers(1, 200))
def test_batches_are_padded_on_the_right_with_zeros_and_within_budget(lengths, batch_chars):
    for batch in batches(arrays_of(lengths), batch_chars, seed=1, epoch=0):
        rows, time = batch.tag_ids.shape
        assert batch.lengths.min() > 0
        assert time == batch.lengths.max()
        assert rows == 1 or rows * time <= batch_chars
        padding = np.arange(time) >= batch.lengths[:, None]
        for column in (*batch.feeds.values(), batch.tag_ids):
            assert column.dtype == np.int32
            assert column.shape == (rows, time)
            assert not column[padding].any()
            assert column[~padding].all()


@settings(max_examples=50, deadline=None)
@given(lengths=lengths, batch_chars=st.integers(1, 200))
def test_count_of_batches_is_known_beforehand(lengths, batch_chars):
    arrays = arrays_of(lengths)
    assert count_batches(arrays, batch_chars, 3, 4) == len(list(batches(arrays, batch_chars, 3, 4)))


def order_of(arrays, seed, epoch):
    return [tuple(batch.pieces.tolist()) for batch in batches(arrays, 60, seed, epoch)]


def test_same_seed_and_epoch_give_the_same_batches():
    arrays = arrays_of([5, 6, 7, 8] * 50)
    assert order_of(arrays, 1, 2) == order_of(arrays, 1, 2)


def test_other_seed_or_epoch_gives_other_batches():
    arrays = arrays_of([5, 6, 7, 8] * 50)
    orders = [order_of(arrays, seed, epoch) for seed in (0, 1) for epoch in (0, 1)]
    assert len({frozenset(order) for order in orders}) == 4


def test_batches_do_not_come_in_order_of_length():
    longest = [int(batch.lengths.max()) for batch in batches(arrays_of(list(range(1, 101))), 200, 0, 0)]
    assert longest != sorted(longest)


def test_long_piece_stands_alone():
    sizes = [batch.lengths.tolist() for batch in eval_batches(arrays_of([3, 500, 3, 3]), 10)]
    assert sizes == [[3, 3, 3], [500]]


@pytest.mark.parametrize(
    ("lengths", "sizes"),
    [
        ([], []),
        ([9], [1]),
        ([4, 4, 4], [2, 1]),
        ([1, 1, 8, 1], [2, 1, 1]),
        ([8, 8], [1, 1]),
        ([1] * 17, [8, 8, 1]),
    ],
)
def test_pack_fills_up_to_eight_characters(lengths, sizes):
    slices = pack(np.array(lengths, np.int64), 8)
    assert [part.stop - part.start for part in slices] == sizes


def test_little_padding_on_lengths_like_those_of_news():
    random = np.random.default_rng(0)
    arrays = arrays_of(np.clip(random.gamma(2.2, 15, 20_000), 1, 250).astype(int).tolist())
    cells = sum(batch.tag_ids.size for batch in batches(arrays, 4096, 0, 0))
    assert 1 - arrays.n_chars / cells < 0.02


def test_corpus_comes_back_out_of_its_files(tmp_path):
    """From sentences over memory-mapped files to padded batches: the characters and tags that went in."""
    random = np.random.default_rng(1)
    chars = "甲乙丙丁戊己庚辛壬癸。，；"
    features = Features((Channel("char", Vocabulary(["<pad>", "<unk>", *chars])),))
    tag_set = TagSet("BIOES", ("LOC", "PER"))
    corpus = []
    for line in range(2000):
        text = "".join(random.choice(list(chars), random.integers(1, 120)))
        tags = ["O"] * len(text)
        for start in range(0, len(text) - 3, 9):
            label = random.choice(["LOC", "PER"])
            tags[start : start + 3] = [f"B-{label}", f"I-{label}", f"I-{label}"]
        corpus.append(Sentence(text, tuple(tags), "made.bio", line))
    arrays = build_arrays(corpus, features, tag_set, tmp_path, "key", max_chars=50)
    found = [row for batch in batches(arrays, 2048, 5, 0) for row in unpadded(batch)]
    assert len({piece for piece, _, _ in found}) == len(found)

    text = "".join(features.channels[0].vocabulary.keys[i] for _, ids, _ in sorted(found) for i in ids)
    assert text == "".join(sentence.text for sentence in corpus)
    spans = Counter(span.label for _, _, tag_ids in found for span in tag_set.spans(np.array(tag_ids)))
    gold = Counter(tag[2:] for sentence in corpus for tag in sentence.tags if tag[0] == "B")
    assert spans == gold
    tags = [tag_set.tags[i] for _, _, tag_ids in sorted(found) for i in tag_ids]
    as_bio = [tag.replace("S-", "B-").replace("E-", "I-") for tag in tags]
    assert as_bio == [tag for sentence in corpus for tag in sentence.tags]


def unpadded(batch):
    return [
        (int(piece), batch.feeds["char"][row, :length].tolist(), batch.tag_ids[row, :length].tolist())
        for row, (piece, length) in enumerate(zip(batch.pieces, batch.lengths, strict=True))
    ]
