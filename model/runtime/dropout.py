"""Dropout whose masks depend on nothing but seed and step, so that a resumed fit draws those of an uninterrupted one.

(seed, step, replica) -> mask -> values zeroed
"""

from typing import Any

import tensorflow as tf


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
