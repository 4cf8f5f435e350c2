"""The training objective: the CRF's negative log-likelihood, by tensorflow-addons. The only place that imports it."""

import warnings

import numpy as np
import tensorflow as tf

from model.tags.tag_set import TagSet
from training.loop.log_norm import log_norm

with warnings.catch_warnings():  # it announces its own end of life, and that this is TensorFlow 2.15
    warnings.simplefilter("ignore")
    import tensorflow_addons as tfa

# Added to the score of what the tag scheme forbids: large enough to leave it no probability, small enough
# that float32 sums over a sentence keep their last digits.
FORBIDDEN = -1e4


class CrfWeights:
    """The CRF's trained weights: `transitions` [from, to], `start` and `end` [tags], with the scheme's masks.

    in_parallel: sum over the paths by `training.loop.log_norm`, not by tfa's loop over time; for GPUs.
    """

    def __init__(self, tag_set: TagSet, *, in_parallel: bool = False) -> None:
        tags = len(tag_set.tags)
        self._log_norm = log_norm if in_parallel else tfa.text.crf_log_norm
        self.transitions = tf.Variable(tf.zeros([tags, tags]), name="crf.transitions")
        self.start = tf.Variable(tf.zeros([tags]), name="crf.start")
        self.end = tf.Variable(tf.zeros([tags]), name="crf.end")
        self._transition_mask = _mask(tag_set.allowed_transitions)
        self._start_mask = _mask(tag_set.allowed_starts)
        self._end_mask = _mask(tag_set.allowed_ends)

    @property
    def variables(self) -> list[tuple[str, tf.Variable]]:
        """(name in weights.safetensors, variable), in a fixed order."""
        return [("crf.transitions", self.transitions), ("crf.start", self.start), ("crf.end", self.end)]

    def negative_log_likelihood(
        self, emissions: tf.Tensor, tag_ids: tf.Tensor, lengths: tf.Tensor
    ) -> tf.Tensor:
        """Return -log P(tags | emissions), float32 [batch].

        emissions float32 [batch, time, tags], tag_ids int32 [batch, time], lengths int32 [batch], each >= 1.
        Right padding only: tfa counts lengths from the left.
        """
        time = tf.shape(emissions)[1]
        first = tf.one_hot(0, time)[None, :, None] * (self.start + self._start_mask)
        last = tf.one_hot(lengths - 1, time)[:, :, None] * (self.end + self._end_mask)
        scores = tf.cast(emissions, tf.float32) + first + last  # [batch, time, tags]
        transitions = self.transitions + self._transition_mask
        score = tfa.text.crf_sequence_score(scores, tag_ids, lengths, transitions)
        return self._log_norm(scores, lengths, transitions) - score


def _mask(allowed: np.ndarray) -> tf.Tensor:
    return tf.constant(np.where(allowed, 0.0, FORBIDDEN), tf.float32)
