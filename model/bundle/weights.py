"""weights.safetensors: every array of a bundle, checked against the network that it is for.

Keras layouts, gates in the order i, f, c, o. Embeddings are float16 where that loses nothing, the rest is
float32.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as read_safetensors
from safetensors.numpy import save as write_safetensors

from model.bundle.config import NetworkConfig
from model.bundle.manifest import REMEDY, BundleError

Floats = NDArray[np.floating[Any]]
Weights = dict[str, Floats]

# Trained weights are below 100; beyond this, emissions could overflow to infinity.
MAX_WEIGHT = 1e6
# The file begins with a table of names, types and shapes; ours is under 2 kB.
_MAX_HEADER_BYTES = 1 << 20


def weight_shapes(config: NetworkConfig) -> dict[str, tuple[int, ...]]:
    """Return the shape of every array that a bundle of this network holds, by name.

    >>> from model.bundle.config import ChannelConfig
    >>> config = NetworkConfig(channels=(ChannelConfig(name="char", rows=9, dim=4),), tags=3, units=2)
    >>> weight_shapes(config)["lstm.0.backward.recurrent"]
    (2, 8)
    """
    shapes: dict[str, tuple[int, ...]] = {f"embedding.{c.name}": (c.rows, c.dim) for c in config.channels}
    width, units, tags = config.input_dim, config.units, config.tags
    if config.conv_filters:
        shapes["conv.kernel"] = (3, width, config.conv_filters)
        shapes["conv.bias"] = (config.conv_filters,)
        width = config.conv_filters
    for layer in range(config.layers):
        for direction in ("forward", "backward"):
            shapes[f"lstm.{layer}.{direction}.kernel"] = (width, 4 * units)
            shapes[f"lstm.{layer}.{direction}.recurrent"] = (units, 4 * units)
            shapes[f"lstm.{layer}.{direction}.bias"] = (4 * units,)
        width = 2 * units
    shapes |= {"emission.kernel": (width, tags), "emission.bias": (tags,)}
    return shapes | {"crf.transitions": (tags, tags), "crf.start": (tags,), "crf.end": (tags,)}


def pack_weights(weights: Mapping[str, Floats]) -> Weights:
    """Return the arrays as a bundle stores them: float32; embeddings float16 if none of them loses by it.

    >>> packed = pack_weights({"embedding.char": np.array([[0.5]]), "crf.start": np.array([0.1])})
    >>> packed["embedding.char"].dtype, packed["crf.start"].dtype
    (dtype('float16'), dtype('float32'))
    """
    single: Weights = {name: np.ascontiguousarray(array, np.float32) for name, array in weights.items()}
    tables = {name: _half(array) for name, array in single.items() if name.startswith("embedding.")}
    if all(np.array_equal(table, single[name]) for name, table in tables.items()):
        single |= tables
    return single


def write_weights(weights: Weights) -> bytes:
    """Return the content of weights.safetensors; the same arrays give the same bytes."""
    return bytes(write_safetensors(dict(sorted(weights.items()))))


def read_weights(path: Path, content: bytes, config: NetworkConfig, tables: str) -> Weights:
    """Return the arrays in `content`, read from `path`, checked against `config`. Raises BundleError."""
    header_bytes = int.from_bytes(content[:8], "little")
    if header_bytes > _MAX_HEADER_BYTES:
        raise BundleError(
            f"{path}: expected a header of at most {_MAX_HEADER_BYTES} bytes, got {header_bytes}; {REMEDY}"
        )
    try:
        weights: Weights = read_safetensors(content)
    # KeyError: an element type that numpy has not.
    except (SafetensorError, KeyError, ValueError) as error:
        raise BundleError(f"{path}: expected safetensors, got {error!r}; {REMEDY}") from error
    check_weights(path, weights, config, tables)
    return weights


def check_weights(path: Path, weights: Mapping[str, Floats], config: NetworkConfig, tables: str) -> None:
    """Raise BundleError unless names, shapes, element types and values are what `config` asks for.

    tables: element type of the embeddings, "float16" or "float32".
    """
    shapes = weight_shapes(config)
    if shapes.keys() != weights.keys():
        raise BundleError(
            f"{path}: missing arrays {sorted(shapes.keys() - weights.keys())}, "
            f"unexpected arrays {sorted(weights.keys() - shapes.keys())}; {REMEDY}"
        )
    for name, shape in shapes.items():
        array = weights[name]
        dtype = np.dtype(tables if name.startswith("embedding.") else "float32")
        if (array.shape, array.dtype) != (shape, dtype):
            raise BundleError(
                f"{path}: {name}: expected {dtype} {shape}, got {array.dtype} {array.shape}; {REMEDY}"
            )
        largest = float(np.abs(array).max())  # beside a float16, MAX_WEIGHT would be infinite
        if not largest <= MAX_WEIGHT:
            raise BundleError(
                f"{path}: {name}: expected numbers up to {MAX_WEIGHT:g}, got {largest}; {REMEDY}"
            )


def max_weights_bytes(config: NetworkConfig) -> int:
    """Return a size in bytes that no right weights.safetensors of this network exceeds."""
    return _MAX_HEADER_BYTES + 4 * sum(math.prod(shape) for shape in weight_shapes(config).values())


def _half(array: Floats) -> Floats:
    with np.errstate(over="ignore"):  # what doesn't fit becomes infinity, and then differs
        return array.astype(np.float16)
