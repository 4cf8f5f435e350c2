"""The objective against an enumeration of every path, and its masks."""

import itertools
from typing import get_args

import numpy as np
import pytest
import tensorflow as tf

from model.tags.tag_set import TagSet
from training.loop.objective import FORBIDDEN, CrfWeights, Sums


def random_crf(tag_set: TagSet, seed: int, sums: Sums = "loop") -> CrfWeights:
    crf = CrfWeights(tag_set, sums)
    for index, (_, variable) in enumerate(crf.variables):
        variable.assign(np.random.default_rng([seed, index]).standard_normal(variable.shape))
    return crf


def log_probability(emissions: np.ndarray, tags: tuple[int, ...], crf: CrfWeights, tag_set: TagSet) -> float:
    """Return log P(tags) by summing over every legal path of one sentence, emissions [time, tags]."""
    transitions, start, end = (variable.numpy() for _, variable in crf.variables)

    def score(path: tuple[int, ...]) -> float:
        steps = list(itertools.pairwise(path))
        legal = (
            tag_set.allowed_starts[path[0]]
            and tag_set.allowed_ends[path[-1]]
            and all(tag_set.allowed_transitions[step] for step in steps)
        )
        if not legal:
            return -np.inf
        total = start[path[0]] + end[path[-1]] + sum(transitions[step] for step in steps)
        return float(total + sum(emissions[time, tag] for time, tag in enumerate(path)))

    paths = itertools.product(range(emissions.shape[1]), repeat=len(emissions))
    return score(tags) - float(np.logaddexp.reduce([score(path) for path in paths]))


@pytest.mark.parametrize("tag_set", [TagSet("BIO", ("PER", "LOC")), TagSet("BIOES", ("PER",))])
@pytest.mark.parametrize("sums", get_args(Sums))
def test_loss_is_the_negative_log_probability_among_all_legal_paths(tag_set: TagSet, sums: Sums) -> None:
    random = np.random.default_rng(3)
    crf = random_crf(tag_set, 1, sums)
    lengths = [5, 1, 3, 4]
    emissions = random.standard_normal((4, 5, len(tag_set.tags))).astype(np.float32)
    tag_ids = np.zeros((4, 5), np.int32)
    for row, length in enumerate(lengths):
        while True:  # a legal path, found by throwing dice
            path = random.integers(len(tag_set.tags), size=length)
            if np.isfinite(log_probability(emissions[row, :length], tuple(path), crf, tag_set)):
                break
        tag_ids[row, :length] = path
    losses = crf.negative_log_likelihood(tf.constant(emissions), tf.constant(tag_ids), tf.constant(lengths))
    expected = [
        -log_probability(emissions[row, :length], tuple(tag_ids[row, :length]), crf, tag_set)
        for row, length in enumerate(lengths)
    ]
    np.testing.assert_allclose(losses.numpy(), expected, rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize("time", [1, 2, 3, 7, 8, 9])
@pytest.mark.parametrize("sums", ["parallel", "compiled"])
def test_sum_over_paths_is_that_of_the_loop(time: int, sums: Sums) -> None:
    tag_set = TagSet("BIOES", ("PER", "LOC"))
    random = np.random.default_rng(time)
    emissions = 3 * random.standard_normal((5, time, len(tag_set.tags))).astype(np.float32)
    lengths = np.array([time, 1, max(1, time // 2), max(1, time - 1), time], np.int32)
    tag_ids = np.zeros((5, time), np.int32)
    found = []
    for kind in ("loop", sums):
        crf = random_crf(tag_set, 6, kind)
        weights = [tf.Variable(emissions), *(variable for _, variable in crf.variables)]
        with tf.GradientTape() as tape:
            losses = crf.negative_log_likelihood(weights[0], tf.constant(tag_ids), tf.constant(lengths))
        gradients = tape.gradient(losses, weights, unconnected_gradients="zero")
        found.append([losses.numpy(), *(gradient.numpy() for gradient in gradients)])
    for loop, other in zip(*found, strict=True):
        np.testing.assert_allclose(other, loop, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("largest", [1e38, np.inf, np.nan])
def test_a_compiled_sum_beyond_all_bounds_is_a_loss_without_warnings(largest: float) -> None:
    tag_set = TagSet("BIO", ("PER",))
    emissions = np.full((2, 9, 3), largest, np.float32)
    tag_ids, lengths = tf.zeros([2, 9], tf.int32), tf.constant([9, 4])
    losses = CrfWeights(tag_set, "compiled").negative_log_likelihood(tf.constant(emissions), tag_ids, lengths)
    assert not np.isfinite(losses.numpy()).any()


def test_padding_changes_neither_loss_nor_gradient() -> None:
    tag_set = TagSet("BIO", ("PER",))
    crf = random_crf(tag_set, 2)
    emissions = np.random.default_rng(4).standard_normal((2, 3, 3)).astype(np.float32)
    tags = np.array([[1, 2, 0], [0, 1, 2]], np.int32)

    def loss_and_gradient(padding: int) -> tuple[np.ndarray, np.ndarray]:
        padded = np.pad(emissions, ((0, 0), (0, padding), (0, 0)), constant_values=9.0)
        with tf.GradientTape() as tape:
            losses = crf.negative_log_likelihood(
                tf.constant(padded), tf.constant(np.pad(tags, ((0, 0), (0, padding)))), tf.constant([3, 3])
            )
        return losses.numpy(), tape.gradient(losses, crf.transitions).numpy()

    for plain, padded in zip(loss_and_gradient(0), loss_and_gradient(4), strict=True):
        np.testing.assert_allclose(plain, padded, rtol=1e-5, atol=1e-5)


def test_what_the_scheme_forbids_has_no_probability() -> None:
    tag_set = TagSet("BIO", ("PER",))
    crf = CrfWeights(tag_set)
    emissions = tf.zeros([1, 2, 3])
    illegal = tf.constant([[0, 2]])  # O I-PER
    assert crf.negative_log_likelihood(emissions, illegal, tf.constant([2])).numpy()[0] > -FORBIDDEN / 2


def test_every_weight_learns() -> None:
    tag_set = TagSet("BIOES", ("PER", "LOC"))
    crf = random_crf(tag_set, 5)
    emissions = tf.random.stateless_normal([3, 6, len(tag_set.tags)], seed=[1, 2])
    with tf.GradientTape() as tape:
        loss = crf.negative_log_likelihood(emissions, tf.zeros([3, 6], tf.int32), tf.constant([6, 4, 1]))
    gradients = tape.gradient(loss, [variable for _, variable in crf.variables])
    assert all(float(tf.reduce_sum(tf.abs(gradient))) > 0 for gradient in gradients)


@pytest.mark.parametrize("tag_set", [TagSet("BIO", ("PER", "LOC")), TagSet("BIOES", ("PER",))])
def test_cross_entropy_is_the_mean_loss_over_the_taggings_of_a_teacher(tag_set: TagSet) -> None:
    random = np.random.default_rng(5)
    crf, tags = random_crf(tag_set, 1), len(tag_set.tags)
    lengths = [4, 1, 3]
    emissions = random.standard_normal((3, 4, tags)).astype(np.float32)
    soft_tags, soft_steps = np.zeros((3, 4, tags), np.float32), np.zeros((3, tags, tags), np.float32)
    expected = []
    for row, length in enumerate(lengths):
        taggings = [
            path
            for path in itertools.product(range(tags), repeat=length)
            if np.isfinite(log_probability(emissions[row, :length], path, crf, tag_set))
        ]
        shares = random.dirichlet(np.ones(len(taggings)))
        losses = [-log_probability(emissions[row, :length], path, crf, tag_set) for path in taggings]
        expected.append(float(np.dot(shares, losses)))
        for path, share in zip(taggings, shares, strict=True):
            soft_tags[row, range(length), path] += share
            for step in itertools.pairwise(path):
                soft_steps[row][step] += share
    found = crf.cross_entropy(*map(tf.constant, (emissions, soft_tags, soft_steps, lengths)))
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-3, atol=2e-3)
