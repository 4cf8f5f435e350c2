"""The layers of the network that learn: dropout, convolution, and the BiLSTM, by Keras or compiled."""

from dataclasses import dataclass

import tensorflow as tf

from model.bundle.config import NetworkConfig
from model.runtime.dropout import SeededDropout
from model.runtime.lstm.layer import CompiledBilstm

CONV_WIDTH = 3


@dataclass(frozen=True)
class LayerBuilder:
    """Makes the layers of one network; `model.runtime.network.build_network` says what its fields are."""

    config: NetworkConfig
    precision: str
    seed: int
    step: tf.Variable
    compiled_threads: int

    @property
    def _dtype(self) -> str:
        return "float32" if self.compiled_threads else self.precision

    def dropout(self, rate: float, place: int) -> SeededDropout:
        """Return the dropout at a place of the network: each has masks of its own."""
        return SeededDropout(rate, (self.seed, place), self.step, dtype=self._dtype)

    def convolution(self, states: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Return what filters over three characters make of the states, float [batch, time, filters]."""
        # Padding is zeroed first: a vector of <pad> beside the last character must not differ from none.
        mask = tf.sequence_mask(lengths, tf.shape(states)[1], states.dtype)  # [batch, time]
        layer = tf.keras.layers.Conv1D(
            self.config.conv_filters,
            CONV_WIDTH,
            padding="same",
            activation="relu",
            kernel_initializer=glorot(self.seed, 1),
            dtype=self._dtype,
            name="conv",
        )
        return layer(states * mask[:, :, None])

    def bilstm(self, states: tf.Tensor, lengths: tf.Tensor, layer: int, frozen: int) -> tf.Tensor:
        """Return what both directions read, float [batch, time, 2 * units].

        No mask: a mask makes TensorFlow trace each LSTM twice and leave cuDNN for odd batches. What lies right of a
        row's length is read after the row by one direction, and turned behind it for the other.
        """
        forward, backward = (self._lstm(layer, direction) for direction in ("forward", "backward"))
        if self.compiled_threads:
            product = tf.keras.mixed_precision.Policy(self.precision).compute_dtype
            compiled = CompiledBilstm(
                forward, backward, threads=self.compiled_threads, frozen=frozen, product=product
            )
            return compiled(states, lengths)
        turned = tf.reverse_sequence(states, lengths, seq_axis=1)
        back = tf.reverse_sequence(backward(turned), lengths, seq_axis=1)
        return tf.concat([forward(states), back], -1)

    def _lstm(self, layer: int, direction: str) -> tf.keras.layers.LSTM:
        # tanh and sigmoid, no recurrent dropout: what cuDNN's LSTM asks for.
        salt = 10 + 4 * layer + (direction == "backward")
        return tf.keras.layers.LSTM(
            self.config.units,
            return_sequences=True,
            kernel_initializer=glorot(self.seed, salt),
            recurrent_initializer=tf.keras.initializers.Orthogonal(seed=self.seed + salt + 2),
            dtype=self._dtype,
            name=f"lstm.{layer}.{direction}",
        )


def glorot(seed: int, salt: int) -> tf.keras.initializers.Initializer:
    """Return the usual first weights of a layer; salt: another number for each layer."""
    return tf.keras.initializers.GlorotUniform(seed=seed + salt)
