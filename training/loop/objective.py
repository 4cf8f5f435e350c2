"""The training objective: the CRF's negative log-likelihood. The only place that imports tensorflow-addons."""

import warnings
from typing import Literal

import numpy as np
import tensorflow as tf

from model.tags.tag_set import TagSet
from training.loop.compiled_log_norm import compiled_log_norm
from training.loop.log_norm import log_norm

with warnings.catch_warnings():  # it announces its own end of life, and that this is TensorFlow 2.15
    warnings.simplefilter("ignore")
    import tensorflow_addons as tfa

# Added to the score of what the tag scheme forbids: large enough to leave it no probability, small enough
# that float32 sums over a sentence keep their last digits.
FORBIDDEN = -1e4

Sums = Literal["loop", "parallel", "compiled"]


class CrfWeights:
    """The CRF's trained weights: `transitions` [from, to], `start` and `end` [tags], with the scheme's masks.

    sums: how to sum over the paths: by tfa's loop over time, by `training.loop.log_norm`, in parallel, which suits
    GPUs, or by `training.loop.compiled_log_norm`, for CPUs.
    """

    def __init__(self, tag_set: TagSet, sums: Sums = "loop") -> None:
        tags = len(tag_set.tags)
        self._tag_set, self._sums = tag_set, sums
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
        scores, transitions = self._scores(emissions, lengths)
        score = tfa.text.crf_sequence_score(scores, tag_ids, lengths, transitions)
        return self._log_norm(emissions, scores, lengths, transitions) - score

    def cross_entropy(
        self, emissions: tf.Tensor, tags: tf.Tensor, steps: tf.Tensor, lengths: tf.Tensor
    ) -> tf.Tensor:
        """Return the mean of -log P(tagging | emissions) over the taggings of a teacher, float32 [batch].

        tags float32 [batch, time, tags], steps float32 [batch, tags, tags]: `SoftTargets`. A score of a linear-chain
        CRF is linear in tags and steps, so the mean over all taggings needs no more (Wang et al. 2020,
        "Structure-Level Knowledge Distillation For Multilingual Sequence Labeling").
        """
        scores, transitions = self._scores(emissions, lengths)
        score = tf.reduce_sum(tags * scores, [1, 2]) + tf.reduce_sum(steps * transitions, [1, 2])
        return self._log_norm(emissions, scores, lengths, transitions) - score

    def _log_norm(
        self, emissions: tf.Tensor, scores: tf.Tensor, lengths: tf.Tensor, transitions: tf.Tensor
    ) -> tf.Tensor:
        if self._sums == "compiled":
            weights = (self.transitions, self.start, self.end)
            return compiled_log_norm(tf.cast(emissions, tf.float32), lengths, *weights, self._tag_set)
        in_tensorflow = log_norm if self._sums == "parallel" else tfa.text.crf_log_norm
        return in_tensorflow(scores, lengths, transitions)

    def _scores(self, emissions: tf.Tensor, lengths: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return emissions with start and end weights, [batch, time, tags], and transitions [tags, tags], masked."""
        time = tf.shape(emissions)[1]
        first = tf.one_hot(0, time)[None, :, None] * (self.start + self._start_mask)
        last = tf.one_hot(lengths - 1, time)[:, :, None] * (self.end + self._end_mask)
        scores = tf.cast(emissions, tf.float32) + first + last
        return scores, self.transitions + self._transition_mask


def _mask(allowed: np.ndarray) -> tf.Tensor:
    return tf.constant(np.where(allowed, 0.0, FORBIDDEN), tf.float32)
