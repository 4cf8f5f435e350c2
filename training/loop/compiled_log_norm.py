"""The CRF's log partition function on a CPU, with its gradient: sums over paths in compiled loops.

emissions, lengths, weights --model.crf.marginals--> log Z; probabilities of tags and steps, which are its gradient

Sums are in float64; only paths that the tag scheme allows are in them.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from model.crf.marginals import log_norms_and_marginals
from model.crf.weights import Crf
from model.tags.tag_set import TagSet

Array = npt.NDArray[Any]


def compiled_log_norm(
    emissions: tf.Tensor,
    lengths: tf.Tensor,
    transitions: tf.Tensor,
    start: tf.Tensor,
    end: tf.Tensor,
    tag_set: TagSet,
) -> tf.Tensor:
    """Return log Z of each row, float32 [batch].

    emissions float32 [batch, time, tags], lengths int32 [batch], each 1 to time, transitions float32 [tags, tags],
    start and end float32 [tags].
    """
    tags = len(tag_set.tags)

    @tf.custom_gradient
    def with_gradient(emissions: tf.Tensor, *weights: tf.Tensor) -> Any:
        def summed(emissions: Array, lengths: Array, *weights: Array) -> tuple[Array, Array, Array]:
            return _sum_up(emissions, lengths, weights, tag_set)

        arguments = [emissions, lengths, *weights]
        norms, at, steps = tf.numpy_function(summed, arguments, [tf.float32] * 3, stateful=False)
        at = tf.ensure_shape(at, [None, None, tags])

        def gradient(d_norms: tf.Tensor) -> tuple[tf.Tensor, ...]:
            weighed = at * d_norms[:, None, None]
            last = tf.gather(weighed, lengths - 1, batch_dims=1)
            d_steps = tf.reduce_sum(tf.ensure_shape(steps, [None, tags, tags]) * d_norms[:, None, None], 0)
            return weighed, d_steps, tf.reduce_sum(weighed[:, 0], 0), tf.reduce_sum(last, 0)

        return tf.ensure_shape(norms, [None]), gradient

    return with_gradient(emissions, *(tf.convert_to_tensor(weight) for weight in (transitions, start, end)))


def _sum_up(
    emissions: Array, lengths: Array, weights: tuple[Array, ...], tag_set: TagSet
) -> tuple[Array, Array, Array]:
    """Return log Z [batch], probabilities of tags [batch, time, tags] and expected steps [batch, tags, tags]."""
    batch, time, tags = emissions.shape
    here = np.arange(time) < lengths[:, None]
    at = np.zeros((batch, time, tags), np.float32)
    flat = emissions[here]
    if not all(np.isfinite(values).all() for values in (flat, *weights)):
        # The loss is no number, which the fit tells.
        return np.full(batch, np.nan, np.float32), at, np.zeros((batch, tags, tags), np.float32)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    transitions, start, end = weights
    norms, marginals = log_norms_and_marginals(flat, offsets, Crf.build(transitions, start, end, tag_set))
    at[here] = marginals.tags
    with np.errstate(over="ignore"):  # an infinite loss, which the fit tells
        return norms.astype(np.float32), at, marginals.steps.astype(np.float32)
