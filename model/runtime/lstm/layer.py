"""The bidirectional LSTM of a fit on a CPU: its weights are those of two Keras layers, its steps are compiled.

What does not wait for a step (inputs times kernel, the gradients of weights) is a few large products in TensorFlow;
the steps and their gradient are functions of `model.runtime.lstm.recurrence`. The numbers are Keras' to float32's
rounding.
"""

from typing import Any

import tensorflow as tf

from model.runtime.lstm.recurrence import Steps, run, run_back


class CompiledBilstm(tf.keras.layers.Layer):
    """Both directions of one layer: (states [batch, time, width], lengths) -> float32 [batch, time, 2 * units]."""

    def __init__(
        self,
        forward: tf.keras.layers.LSTM,
        backward: tf.keras.layers.LSTM,
        *,
        threads: int,
        frozen: int = 0,
        product: tf.DType = tf.float32,
    ) -> None:
        """threads: of both directions together; frozen: how many columns, from the first on, have no gradient;
        product: what large products are multiplied in, bfloat16 or float32. They are summed in float32.
        """
        super().__init__(dtype="float32")
        self.directions = (forward, backward)
        self._threads, self._products = max(1, threads // 2), _Products(product, frozen)

    def build(self, shape: Any) -> None:
        """Make the weights, as Keras does, for states of this shape."""
        for direction in self.directions:
            direction.build(shape)
        super().build(shape)

    def call(self, states: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Return what both directions read, each row to its length; 0 to the right of it."""
        batch, time = tf.unstack(tf.shape(states)[:2])
        flat = tf.reshape(states, [batch * time, states.shape[-1]])
        read = []
        for direction in self.directions:
            weights = direction.cell
            sums = self._products.weighed(flat, weights.kernel, weights.bias)
            sums = tf.reshape(sums, [batch, time, sums.shape[-1]])
            one = _Direction(direction is self.directions[1], self._threads, self._products)
            read.append(one.read(sums, weights.recurrent_kernel, lengths))
        return tf.concat(read, -1)


class _Products:
    """Products of large matrices, and which columns of the input have a gradient."""

    def __init__(self, dtype: tf.DType, frozen: int) -> None:
        self._dtype, self._frozen = dtype, frozen

    def multiply(self, a: tf.Tensor, b: tf.Tensor, **turned: bool) -> tf.Tensor:
        """Return a times b, float32."""
        return tf.cast(tf.matmul(tf.cast(a, self._dtype), tf.cast(b, self._dtype), **turned), tf.float32)

    def weighed(self, x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
        """Return x [rows, width] times the kernel [width, columns] and the bias: [rows, columns]."""
        frozen = self._frozen

        @tf.custom_gradient
        def with_gradient(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) -> Any:
            def gradient(d: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
                d_learnt = self.multiply(d, kernel[frozen:], transpose_b=True)
                d_x = tf.pad(d_learnt, [[0, 0], [frozen, 0]])
                return d_x, self.multiply(x, d, transpose_a=True), tf.reduce_sum(d, 0)

            return tf.nn.bias_add(self.multiply(x, kernel), bias), gradient

        return with_gradient(x, tf.convert_to_tensor(kernel), tf.convert_to_tensor(bias))


class _Direction:
    """One direction's steps as an operation with a gradient. Not stateful: both directions may run at once."""

    def __init__(self, backward: bool, threads: int, products: _Products) -> None:
        self._backward, self._threads, self._products = backward, threads, products

    def read(self, sums: tf.Tensor, recurrent: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Return the states, float32 [batch, time, units], of sums of inputs [batch, time, 4 * units]."""
        units = recurrent.shape[0]

        @tf.custom_gradient
        def with_gradient(sums: tf.Tensor, recurrent: tf.Tensor) -> Any:
            taken = tf.numpy_function(
                self._run, [sums, recurrent, lengths], [tf.float32] * len(Steps._fields), stateful=False
            )
            states = tf.ensure_shape(taken[0], [None, None, units])

            def gradient(d_states: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                arguments = [d_states, recurrent, lengths, *taken]
                d_sums = tf.numpy_function(self._run_back, arguments, tf.float32, stateful=False)
                d_sums = tf.ensure_shape(d_sums, [None, None, 4 * units])
                before = tf.reshape(self._before(states), [-1, units])
                after = tf.reshape(d_sums, [-1, 4 * units])
                return d_sums, self._products.multiply(before, after, transpose_a=True)

            return states, gradient

        return with_gradient(sums, tf.convert_to_tensor(recurrent))

    def _run(self, sums: Any, recurrent: Any, lengths: Any) -> Steps:
        return run(sums, recurrent, lengths, backward=self._backward, threads=self._threads)

    def _run_back(self, d_states: Any, recurrent: Any, lengths: Any, *steps: Any) -> Any:
        return run_back(
            d_states, recurrent, lengths, Steps(*steps), backward=self._backward, threads=self._threads
        )

    def _before(self, states: tf.Tensor) -> tf.Tensor:
        """Return the state that each position's step began with; before a row's first it is 0, as right of a row."""
        if self._backward:
            return tf.pad(states[:, 1:], [[0, 0], [0, 1], [0, 0]])
        return tf.pad(states[:, :-1], [[0, 0], [1, 0], [0, 0]])
