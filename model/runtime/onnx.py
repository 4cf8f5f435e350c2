"""ONNX Runtime: the runtime for CPUs.

network.onnx and the weights, in ONNX's layout --OnnxRuntime--> a session for each network; feeds --> emissions
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Before onnxruntime is imported: from then on it keeps a device id and reports of use in the user's cache folder.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as onnx_errors

from model.bundle.blocks import split_network
from model.bundle.bundle import Bundle
from model.bundle.config import NetworkConfig
from model.bundle.onnx_graph import EMISSIONS, LENGTHS
from model.bundle.weights import Floats, Weights
from model.machine.cpus import count_cpus
from model.runtime.base import InferenceError
from model.runtime.batching import Feeds
from model.runtime.padded import PaddedRuntime

# Keras keeps an LSTM's gates in the order i, f, c, o; ONNX in i, o, f, c.
_ONNX_GATES = (0, 3, 1, 2)

ONNX_ERRORS = tuple(
    error for error in vars(onnx_errors).values() if isinstance(error, type) and issubclass(error, Exception)
)
ERRORS_ONLY = 3


class OnnxRuntime(PaddedRuntime):
    """ONNX Runtime on the CPU. Calls from several threads are fine.

    threads: how many calls at once; None for one per CPU that this process may use. One call keeps one thread
    busy: ONNX Runtime's own threads share every step of an LSTM, and spin while they wait for the next.
    memory_limit_mb is of a GPU's memory, and so of no effect here.
    """

    name = "onnx"
    device = "cpu"
    batch_chars = 1024  # benchmarks/tagging.py shows what others would cost

    def __init__(
        self, bundle: Bundle, *, threads: int | None = None, memory_limit_mb: int | None = None
    ) -> None:
        self._sessions: list[onnxruntime.InferenceSession] = []
        self._tables: list[onnxruntime.OrtValue] = []
        # One of several that stand side by side in an ensemble has no part in the sums of the others.
        for config, weights in split_network(bundle.config, bundle.weights):
            part, options = replace(bundle, config=config, weights=weights), session_options()
            self._tables += _share_tables(part, options)
            self._sessions.append(open_session(part, options, ["CPUExecutionProvider"]))
        self.threads = threads or count_cpus()
        self._outputs = [EMISSIONS]

    def emissions(self, feeds: Feeds, lengths: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return float32 [batch, time, tags]; see `model.runtime.base.Runtime`."""
        inputs = {**feeds, LENGTHS: lengths}
        try:
            total: NDArray[np.float32] = self._sessions[0].run(self._outputs, inputs)[0]
            for session in self._sessions[1:]:
                total += session.run(self._outputs, inputs)[0]
            return total
        except ONNX_ERRORS as error:
            raise InferenceError(f"onnxruntime {onnxruntime.__version__}: {error}") from error


def session_options() -> onnxruntime.SessionOptions:
    """Return the options of a session, on whatever device."""
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    # An arena and a memory plan for each new shape only grow in a process that sees every length; without
    # them a batch costs the same.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    return options


def open_session(
    bundle: Bundle, options: onnxruntime.SessionOptions, providers: Sequence[Any]
) -> onnxruntime.InferenceSession:
    """Return a session of the bundle's graph with its weights. Raises InferenceError."""
    weights = onnx_weights(bundle.config, bundle.weights)
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in weights.values()]
    options.add_external_initializers(list(weights), values)
    try:
        return onnxruntime.InferenceSession(bundle.graph, options, providers=providers)
    except ONNX_ERRORS as error:
        raise InferenceError(f"onnxruntime {onnxruntime.__version__}: {error}") from error


def _share_tables(bundle: Bundle, options: onnxruntime.SessionOptions) -> list[onnxruntime.OrtValue]:
    """Have a session use the tables where they are, as others may; return what has to be kept as long as the session.

    Each session would copy them else, also those of characters and bigrams, which the networks of an ensemble share.
    """
    kept = []
    for channel in bundle.config.channels:
        name = f"embedding.{channel.name}"
        value = onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(bundle.weights[name]))
        options.add_initializer(name, value)
        kept.append(value)
    return kept


def onnx_weights(config: NetworkConfig, weights: Weights) -> dict[str, Floats]:
    """Return the arrays of a bundle under the names and in the layouts of `model.bundle.onnx_graph`."""
    arrays = {
        f"embedding.{channel.name}": weights[f"embedding.{channel.name}"] for channel in config.channels
    }
    if config.conv_filters:
        arrays["conv.W"] = weights["conv.kernel"].transpose(2, 1, 0)  # [filters, in, width]
        arrays["conv.B"] = weights["conv.bias"]
    for layer in range(config.layers):
        arrays |= _onnx_lstm(f"lstm.{layer}", weights, config.units)
    arrays |= {name: weights[name] for name in ("emission.kernel", "emission.bias")}
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def _onnx_lstm(name: str, weights: Weights, units: int) -> dict[str, Floats]:
    kernels, recurrents, biases = [], [], []
    for direction in ("forward", "backward"):
        kernels.append(_gates(weights[f"{name}.{direction}.kernel"].T, units))  # [4 * units, in]
        recurrents.append(_gates(weights[f"{name}.{direction}.recurrent"].T, units))  # [4 * units, units]
        bias = _gates(weights[f"{name}.{direction}.bias"], units)  # [4 * units]
        # ONNX adds a second bias for the recurrent part.
        biases.append(np.concatenate([bias, np.zeros_like(bias)]))
    return {f"{name}.W": np.stack(kernels), f"{name}.R": np.stack(recurrents), f"{name}.B": np.stack(biases)}


def _gates(array: NDArray[Any], units: int) -> NDArray[Any]:
    """Return `array` [4 * units, ...] with its four gates in ONNX's order."""
    return array.reshape(4, units, *array.shape[1:])[_ONNX_GATES, :].reshape(array.shape)
