"""The CRF's log partition function as a product of matrices, for devices to which each step of a loop is a launch.

    step t: matrix [from, to] = transitions + emissions at t  -->  neighbours multiplied, log2(time) times  --> log Z

Products are in log space: sums of scores, then log-sum-exp over the tag in the middle. Tags cubed instead of squared
a character: a GPU has that arithmetic to spare, a CPU has not. After Särkkä and García-Fernández (2021), parallel
scans of Kalman filters and hidden Markov models.
"""

import tensorflow as tf

# Log of nothing: exp of it is 0, and a sum over a sentence keeps its last digits.
IMPOSSIBLE = -1e4


def log_norm(emissions: tf.Tensor, lengths: tf.Tensor, transitions: tf.Tensor) -> tf.Tensor:
    """Return log Z of each row, float32 [batch]; what `tfa.text.crf_log_norm` returns.

    emissions float32 [batch, time, tags], lengths int32 [batch], each 1 to time, transitions float32 [tags, tags].
    """
    tags = emissions.shape[2]
    steps = transitions + emissions[:, :, None, :]  # [batch, time, from, to]
    # The first position has no step into it, padding none at all: the identity, as far as products go.
    position = tf.range(tf.shape(emissions)[1])
    is_step = (position > 0) & (position < lengths[:, None])  # [batch, time]
    identity = tf.where(tf.eye(tags, dtype=tf.bool), 0.0, IMPOSSIBLE)  # [from, to]
    steps = tf.where(is_step[:, :, None, None], steps, identity)
    (product,) = tf.while_loop(
        lambda left: tf.shape(left)[1] > 1,
        lambda left: (_multiply_neighbours(left, identity),),
        (steps,),
        shape_invariants=(tf.TensorShape([None, None, tags, tags]),),
        parallel_iterations=1,
    )  # [batch, 1, from, to]
    return tf.reduce_logsumexp(emissions[:, 0, :, None] + product[:, 0], [1, 2])


def _multiply_neighbours(steps: tf.Tensor, identity: tf.Tensor) -> tf.Tensor:
    """Return the products of positions 0 and 1, 2 and 3, and so on: [batch, time / 2 rounded up, from, to]."""
    shape = tf.shape(steps)
    missing = tf.broadcast_to(identity, [shape[0], shape[1] % 2, shape[2], shape[3]])
    steps = tf.concat([steps, missing], 1)
    # [batch, time / 2, from, middle, to]
    return tf.reduce_logsumexp(steps[:, 0::2, :, :, None] + steps[:, 1::2, None, :, :], 3)
