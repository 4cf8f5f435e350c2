"""What a student reads: all of train in each epoch, the next part of the other text, and targets that add up."""

from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.crf.marginals import tag_marginals
from model.crf.weights import Crf
from model.tags.tag_set import TagSet
from training.data.arrays import ArrayCounts, CorpusArrays
from training.distillation.posterior import Posterior
from training.distillation.soft_batches import SoftBatches

TAG_SET = TagSet("BIO", ("PER",))
CRF = Crf.build(np.zeros((3, 3)), np.zeros(3), np.zeros(3), TAG_SET)

lengths = st.lists(st.integers(1, 9), min_size=1, max_size=30)


def posterior_of(lengths: list[int], first: int = 0, tag: int = 1) -> Posterior:
    """Return a posterior of pieces with random emissions, whose own tags are all the same: B-PER unless given."""
    offsets = first + np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    chars = int(offsets[-1])
    arrays = CorpusArrays(
        path=Path("nowhere"),
        ids={"char": np.arange(chars, dtype=np.int32)},
        tag_ids=np.full(chars, tag, np.int16),
        offsets=offsets,
        counts=ArrayCounts(len(lengths), len(lengths), chars - first, 0, {"char": 0}),
    )
    emissions = np.random.default_rng(0).standard_normal((chars - first, 3)).astype(np.float16)
    return Posterior(arrays, emissions, CRF)


def student(train: list[int], unlabelled: list[int], ratio: float = 1.0) -> SoftBatches:
    other = posterior_of(unlabelled, tag=0) if unlabelled else None
    return SoftBatches(posterior_of(train), other, batch_chars=20, seed=1, gold_share=0.5, ratio=ratio)


def read_pieces(batches: SoftBatches, epoch: int) -> tuple[list[int], list[int]]:
    """Return the pieces of train and those of the other text that an epoch reads, sorted."""
    mine: list[int] = []
    others: list[int] = []
    for batch in batches.read(epoch):
        (mine if batch.tag_ids[0, 0] else others).extend(batch.pieces.tolist())
    return sorted(mine), sorted(others)


@settings(max_examples=60, deadline=None)
@given(train=lengths, unlabelled=lengths, ratio=st.sampled_from([0.5, 1.0, 3.0]), epoch=st.integers(0, 4))
def test_an_epoch_reads_all_of_train_and_its_share_of_the_other_text(
    train: list[int], unlabelled: list[int], ratio: float, epoch: int
) -> None:
    batches = student(train, unlabelled, ratio)
    assert batches.count(epoch) == len(list(batches.read(epoch)))
    mine, others = read_pieces(batches, epoch)
    assert mine == list(range(len(train)))
    assert len(set(others)) == len(others)
    wanted = min(int(ratio * sum(train)), sum(unlabelled))
    assert abs(sum(unlabelled[piece] for piece in others) - wanted) <= max(unlabelled)


def test_epochs_go_on_in_the_other_text_until_all_of_it_was_read() -> None:
    batches = student([5] * 4, [5] * 12)
    read = [read_pieces(batches, epoch) for epoch in range(3)]
    assert all(mine == [0, 1, 2, 3] for mine, _ in read)
    assert sorted(chain.from_iterable(others for _, others in read)) == list(range(12))


def test_an_epoch_is_the_same_whenever_it_is_read() -> None:
    batches = student([5, 3, 8, 2], [4, 4, 9])
    for once, again in zip(batches.read(2), batches.read(2), strict=True):
        assert once.soft is not None
        assert again.soft is not None
        np.testing.assert_array_equal(once.pieces, again.pieces)
        np.testing.assert_array_equal(once.soft.tags, again.soft.tags)


@pytest.mark.parametrize("gold_share", [0.0, 0.3, 1.0])
def test_targets_mix_the_own_tags_with_what_the_teachers_think(gold_share: float) -> None:
    posterior = posterior_of([3, 1, 4])
    pieces = np.array([2, 0])
    soft = posterior.targets(pieces, gold_share)
    assert soft.tags.shape == (2, 4, 3)
    assert not soft.tags[1, 3:].any()
    for row, (start, end) in enumerate([(4, 8), (0, 3)]):
        alone = tag_marginals(posterior.emissions[start:end].astype(np.float32), [0, end - start], CRF)
        gold = np.zeros((end - start, 3))
        gold[:, 1] = 1
        steps = np.zeros((3, 3))
        steps[1, 1] = end - start - 1
        mixed = (1 - gold_share) * alone.tags + gold_share * gold
        np.testing.assert_allclose(soft.tags[row, : end - start], mixed, atol=1e-6)
        mixed = (1 - gold_share) * alone.steps[0] + gold_share * steps
        np.testing.assert_allclose(soft.steps[row], mixed, atol=1e-6)


def test_a_part_of_a_corpus_has_the_targets_of_its_own_characters() -> None:
    whole, part = posterior_of([3, 2]), posterior_of([2], first=3)
    part = replace(part, emissions=whole.emissions[3:])
    found = part.targets(np.array([0])).tags
    np.testing.assert_array_equal(found, whole.targets(np.array([1])).tags)
