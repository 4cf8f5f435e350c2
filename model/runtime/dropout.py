"""Dropout whose masks depend on nothing but seed, step and row of the batch: a resumed fit draws those of an
uninterrupted one, and several devices together draw those of one.

(seed, step) -> key of Philox; row of the whole batch -> counter -> mask -> values zeroed
"""

from typing import Any

import tensorflow as tf

PHILOX = 1  # of the algorithms of `StatelessRandomUniformV2`
# One step of its counter gives four words; half a word is a draw: rates are whole numbers of 1/65,536.
_WORDS = 4
_DRAWS = 2 * _WORDS


class SeededDropout(tf.keras.layers.Layer):
    """Inverted dropout whose mask is a function of (seed, step), so that a resumed fit draws the same masks.

    `step` is an int64 variable that the training loop advances. A replica must be given as many rows as each other.
    """

    def __init__(self, rate: float, seed: tuple[int, int], step: tf.Variable, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        self.seed = seed
        self.step = step

    def call(self, inputs: tf.Tensor, shape: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """Return `inputs` [batch, time, dim] with a share `rate` of its values zeroed, in training.

        shape: int32 [2], batch and time. It is not asked of the inputs, so that masks need not wait for them.
        """
        if not training or self.rate == 0:
            return inputs
        values = shape[1] * inputs.shape[2]  # of a row
        steps = -(-values // _DRAWS)  # of the counter, for a row
        key, counter = self._draw(tf.cast(shape[0] * steps, tf.uint64))
        drawn = tf.raw_ops.StatelessRandomUniformFullIntV2(
            shape=tf.stack([shape[0], steps * _WORDS]),
            key=key,
            counter=counter,
            alg=PHILOX,
            dtype=tf.uint32,
        )
        drawn = tf.reshape(tf.bitcast(drawn, tf.int16), [shape[0], steps * _DRAWS])[:, :values]
        kept = tf.reshape(drawn, [shape[0], shape[1], inputs.shape[2]]) >= self._threshold
        return tf.where(kept, inputs * (1 / (1 - self.rate)), tf.zeros([], inputs.dtype))

    @property
    def _threshold(self) -> tf.Tensor:
        return tf.constant(min(round(self.rate * (1 << 16)), (1 << 16) - 1) - (1 << 15), tf.int16)

    def _draw(self, steps: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return key and counter of this step for the rows of this replica, each of which takes `steps` in all."""
        seed = tf.random.experimental.stateless_fold_in(tf.constant(self.seed, tf.int64), self.step)
        drawn = tf.raw_ops.StatelessRandomGetKeyCounter(seed=seed)
        context = tf.distribute.get_replica_context()
        if context is None or context.num_replicas_in_sync == 1:
            return drawn.key, drawn.counter
        before = tf.cast(context.replica_id_in_sync_group, tf.uint64) * steps
        return drawn.key, drawn.counter + tf.stack([before, tf.zeros([], tf.uint64)])
