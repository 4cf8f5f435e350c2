"""The Keras network: frozen embeddings -> dropout -> (convolution) -> BiLSTM -> dropout -> emissions.

This, `model.runtime.layers` with what it builds of, and `model.runtime.tensorflow` are all that needs TensorFlow in
this package. Training imports it, and the TensorFlow runtime when that is asked for.

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
from model.runtime.layers import LayerBuilder, glorot

__all__ = [
    "LENGTHS",
    "build_network",
    "input_specs",
    "network_weights",
    "set_network_weights",
    "weight_variables",
]

Array = npt.NDArray[Any]


def build_network(
    config: NetworkConfig,
    embeddings: Mapping[str, Array],
    *,
    precision: str = "float32",
    seed: int = 0,
    step: tf.Variable | None = None,
    compiled_threads: int = 0,
) -> tf.keras.Model:
    """Return the network from ids and lengths to emissions.

    `embeddings[name]` is [rows, dim] and stays as given: the layer is frozen. That of a channel of words may be
    wider: the network then learns to project it, by `projection.NAME` [width, dim] (`training.export.folding` makes
    of the two the table of a bundle). `precision` is a Keras policy ("float32", "mixed_bfloat16", "mixed_float16"); the
    emissions are float32 under each of them. `compiled_threads`: have the LSTM's steps by compiled loops in so many
    threads, faster on a CPU, in float32 but for large products; 0 for Keras' LSTM, which is cuDNN's on a GPU. Raises
    ValueError when a table's shape is not the one in `config`.
    """
    step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step") if step is None else step
    build = LayerBuilder(config, precision, seed, step, compiled_threads)
    inputs = {
        name: tf.keras.Input(spec.shape[1:], dtype=spec.dtype, name=name)
        for name, spec in input_specs(config).items()
    }
    lengths = inputs[LENGTHS]
    vectors = [_vectors(channel, inputs, embeddings, seed) for channel in config.channels]
    states = tf.concat(vectors, -1) if len(vectors) > 1 else vectors[0]  # [batch, time, input_dim]
    shape = tf.shape(inputs[config.channels[0].name])[:2]  # batch, time
    states = build.dropout(config.embedding_dropout, 0)(states, shape)
    frozen = _frozen_columns(config, embeddings)
    if config.conv_filters:
        states, frozen = build.convolution(states, lengths), 0  # [batch, time, conv_filters]
    for layer in range(config.layers):
        states = build.bilstm(states, lengths, layer, frozen)  # [batch, time, 2 * units]
        states, frozen = build.dropout(config.hidden_dropout, layer + 1)(states, shape), 0
    # The CRF stays in float32 whatever the precision of the layers before it.
    emissions = tf.keras.layers.Dense(
        config.tags, dtype="float32", name="emission", kernel_initializer=glorot(seed, 2)
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
        # Backward first: the order in which Keras lists them, and checkpoints number what belongs to each.
        for lstm in reversed(getattr(layer, "directions", (layer,))):
            if isinstance(lstm, tf.keras.layers.LSTM):
                yield f"{lstm.name}.kernel", lstm.cell.kernel
                yield f"{lstm.name}.recurrent", lstm.cell.recurrent_kernel
                yield f"{lstm.name}.bias", lstm.cell.bias


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
            kernel_initializer=glorot(seed, 3),
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


def _frozen_columns(config: NetworkConfig, embeddings: Mapping[str, Array]) -> int:
    """Return how many columns of the input stand before the first that are learnt: those of a projection."""
    columns = 0
    for channel in config.channels:
        if channel.kind != "keys" and np.shape(embeddings[channel.name])[-1] > channel.dim:
            break
        columns += channel.width
    return columns
