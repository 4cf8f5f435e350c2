"""The Keras network: frozen embeddings -> dropout -> (convolution) -> BiLSTM -> dropout -> emissions.

This, `model.runtime.dropout` and `model.runtime.tensorflow` are all that needs TensorFlow in this package. Training
imports it, and the TensorFlow runtime when that is asked for.

    {char, bigram, ...} int32 [batch, time], words and their weights, lengths int32 [batch]
        -> embeddings float32 [batch, time, input_dim] -> ... -> emissions float32 [batch, time, tags]
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from model.bundle.config import ChannelConfig, NetworkConfig
from model.bundle.onnx_graph import LENGTHS
from model.features.channels import weights_input
from model.features.word_sets import SETS
from model.runtime.dropout import SeededDropout

__all__ = [
    "LENGTHS",
    "build_network",
    "input_specs",
    "network_weights",
    "set_network_weights",
    "weight_variables",
]

CONV_WIDTH = 3

Array = npt.NDArray[Any]


def build_network(
    config: NetworkConfig,
    embeddings: Mapping[str, Array],
    *,
    precision: str = "float32",
    seed: int = 0,
    step: tf.Variable | None = None,
) -> tf.keras.Model:
    """Return the network from ids and lengths to emissions.

    `embeddings[name]` is [rows, dim] and stays as given: the layer is frozen. That of a channel of words may be
    wider: the network then learns to project it, by `projection.NAME` [width, dim] (`training.export.folding` makes
    of the two the table of a bundle). `precision` is a Keras policy ("float32", "mixed_bfloat16", "mixed_float16"); the
    emissions are float32 under each of them. Raises ValueError when a table's shape is not the one in `config`.
    """
    step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step") if step is None else step
    inputs = {
        name: tf.keras.Input(spec.shape[1:], dtype=spec.dtype, name=name)
        for name, spec in input_specs(config).items()
    }
    lengths = inputs[LENGTHS]
    vectors = [_vectors(channel, inputs, embeddings, seed) for channel in config.channels]
    states = tf.concat(vectors, -1) if len(vectors) > 1 else vectors[0]  # [batch, time, input_dim]
    states = SeededDropout(config.embedding_dropout, (seed, 0), step, dtype=precision)(states)
    if config.conv_filters:
        states = _convolution(
            states, lengths, config.conv_filters, seed, precision
        )  # [batch, time, conv_filters]
    for layer in range(config.layers):
        states = _bilstm(states, lengths, config.units, layer, seed, precision)  # [batch, time, 2 * units]
        dropout = SeededDropout(config.hidden_dropout, (seed, layer + 1), step, dtype=precision)
        states = dropout(states)
    # The CRF stays in float32 whatever the precision of the layers before it.
    emissions = tf.keras.layers.Dense(
        config.tags, dtype="float32", name="emission", kernel_initializer=_glorot(seed, 2)
    )(tf.cast(states, tf.float32))  # [batch, time, tags]
    return tf.keras.Model(inputs, emissions, name="zitag")


def input_specs(config: NetworkConfig) -> dict[str, tf.TensorSpec]:
    """Return shape and type of each input of the network, by name; those of `model.bundle.onnx_graph`."""
    specs = {}
    for channel in config.channels:
        if channel.kind == "keys":
            specs[channel.name] = tf.TensorSpec([None, None], tf.int32, channel.name)
        else:
            weights = weights_input(channel.name)
            specs[channel.name] = tf.TensorSpec([None, None, None], tf.int32, channel.name)
            specs[weights] = tf.TensorSpec([None, None, len(SETS), None], tf.float32, weights)
    specs[LENGTHS] = tf.TensorSpec([None], tf.int32, LENGTHS)
    return specs


def network_weights(network: tf.keras.Model) -> dict[str, Array]:
    """Return the trained weights of `network` under the names of `weights.safetensors` (no embeddings)."""
    return {name: variable.numpy() for name, variable in weight_variables(network)}


def set_network_weights(network: tf.keras.Model, weights: Mapping[str, Array]) -> None:
    """Set every trained weight of `network` from `weights`; KeyError or ValueError when one is amiss."""
    for name, variable in weight_variables(network):
        variable.assign(weights[name])


def weight_variables(network: tf.keras.Model) -> Iterator[tuple[str, tf.Variable]]:
    """Yield (name, variable) of every trained weight, in a fixed order."""
    for layer in network.layers:
        if layer.name in ("conv", "emission"):
            yield f"{layer.name}.kernel", layer.kernel
            yield f"{layer.name}.bias", layer.bias
        elif layer.name.startswith("projection."):
            yield layer.name, layer.kernel
        elif isinstance(layer, tf.keras.layers.LSTM):
            yield f"{layer.name}.kernel", layer.cell.kernel
            yield f"{layer.name}.recurrent", layer.cell.recurrent_kernel
            yield f"{layer.name}.bias", layer.cell.bias


def _convolution(states: tf.Tensor, lengths: tf.Tensor, filters: int, seed: int, precision: str) -> tf.Tensor:
    # Padding is zeroed first: a vector of <pad> beside the last character must not differ from none.
    mask = tf.sequence_mask(lengths, tf.shape(states)[1], states.dtype)  # [batch, time]
    layer = tf.keras.layers.Conv1D(
        filters,
        CONV_WIDTH,
        padding="same",
        activation="relu",
        kernel_initializer=_glorot(seed, 1),
        dtype=precision,
        name="conv",
    )
    return layer(states * mask[:, :, None])


def _vectors(
    channel: ChannelConfig, inputs: Mapping[str, tf.Tensor], embeddings: Mapping[str, Array], seed: int
) -> tf.Tensor:
    """Return what the channel shows of each character, float32 [batch, time, channel.width]."""
    ids, matrix = inputs[channel.name], np.asarray(embeddings[channel.name], np.float32)
    if channel.kind == "keys":
        return _embedding(channel, channel.dim, matrix)(ids)
    wide = max(channel.dim, matrix.shape[-1])
    sets = tf.matmul(inputs[weights_input(channel.name)], _embedding(channel, wide, matrix)(ids))
    if wide > channel.dim:  # [batch, time, 4, wide]
        sets = tf.keras.layers.Dense(
            channel.dim,
            use_bias=False,
            kernel_initializer=_glorot(seed, 3),
            name=f"projection.{channel.name}",
        )(sets)  # [batch, time, 4, dim]
    shape = tf.shape(ids)
    return tf.reshape(sets, [shape[0], shape[1], channel.width])


def _embedding(channel: ChannelConfig, width: int, matrix: Array) -> tf.keras.layers.Embedding:
    if matrix.shape != (channel.rows, width):
        expected = (channel.rows, width)
        raise ValueError(f"embedding {channel.name!r}: expected shape {expected}, got {matrix.shape}")
    return tf.keras.layers.Embedding(
        channel.rows,
        width,
        embeddings_initializer=tf.keras.initializers.Constant(matrix),
        trainable=False,
        dtype="float32",
        name=f"embedding.{channel.name}",
    )


def _bilstm(
    states: tf.Tensor, lengths: tf.Tensor, units: int, layer: int, seed: int, precision: str
) -> tf.Tensor:
    """Return what both directions read, float [batch, time, 2 * units].

    No mask: a mask makes TensorFlow trace each LSTM twice and leave cuDNN for odd batches. What lies right of a
    row's length is read after the row by one direction, and turned behind it for the other.
    """
    forward = _lstm(units, layer, "forward", seed, precision)(states)
    turned = tf.reverse_sequence(states, lengths, seq_axis=1)
    backward = _lstm(units, layer, "backward", seed, precision)(turned)
    return tf.concat([forward, tf.reverse_sequence(backward, lengths, seq_axis=1)], -1)


def _lstm(units: int, layer: int, direction: str, seed: int, precision: str) -> tf.keras.layers.LSTM:
    # tanh and sigmoid, no recurrent dropout: what cuDNN's LSTM asks for.
    salt = 10 + 4 * layer + (direction == "backward")
    return tf.keras.layers.LSTM(
        units,
        return_sequences=True,
        kernel_initializer=_glorot(seed, salt),
        recurrent_initializer=tf.keras.initializers.Orthogonal(seed=seed + salt + 2),
        dtype=precision,
        name=f"lstm.{layer}.{direction}",
    )


def _glorot(seed: int, salt: int) -> tf.keras.initializers.Initializer:
    return tf.keras.initializers.GlorotUniform(seed=seed + salt)
