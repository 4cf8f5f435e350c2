"""Dropout whose masks depend on nothing but seed and step, so that a resumed fit draws those of an uninterrupted one.

(seed, step, replica) -> mask -> values zeroed, or characters shown as unknown
"""

from typing import Any

import tensorflow as tf

from model.features.vocabulary import UNK_ID


class SeededDropout(tf.keras.layers.Layer):
    """Inverted dropout whose mask is a function of (seed, step), so that a resumed fit draws the same masks.

    `step` is an int64 variable that the training loop advances.
    """

    def __init__(self, rate: float, seed: tuple[int, int], step: tf.Variable, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        self.seed = seed
        self.step = step

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """Return `inputs` with a share `rate` of its values zeroed and the rest scaled up, in training."""
        if not training or self.rate == 0:
            return inputs
        return tf.nn.experimental.stateless_dropout(inputs, rate=self.rate, seed=self.draw_seed())

    def draw_seed(self) -> tf.Tensor:
        """Return the seed of this step and replica."""
        seed = tf.random.experimental.stateless_fold_in(tf.constant(self.seed, tf.int64), self.step)
        context = tf.distribute.get_replica_context()
        if context is not None and context.num_replicas_in_sync > 1:
            seed = tf.random.experimental.stateless_fold_in(
                seed, tf.cast(context.replica_id_in_sync_group, tf.int64)
            )
        return seed


class UnknownDropout(SeededDropout):
    """Shows the network a share of the characters as unknown, so that it learns to read names it has not seen."""

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """Return ids int32 [batch, time], in training with a share `rate` of them `UNK_ID`.

        The mask depends on nothing but seed, step and shape: layers of one seed hide the same characters.
        """
        if not training or self.rate == 0:
            return inputs
        hidden = tf.random.stateless_uniform(tf.shape(inputs), seed=self.draw_seed()) < self.rate
        return tf.where(hidden, UNK_ID, inputs)
