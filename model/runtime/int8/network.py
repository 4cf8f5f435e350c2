"""The whole network in bytes.

ids, rows -> input bytes -> BiLSTM layers -> emissions float32 [chars, tags]
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.bundle.config import NetworkConfig
from model.bundle.weights import Weights
from model.machine.numba_cache import compiled
from model.runtime.base import Ids, Ints, Rows
from model.runtime.batching import batch_rows
from model.runtime.int8.cell import ZERO
from model.runtime.int8.dot import multiply
from model.runtime.int8.inputs import Inputs
from model.runtime.int8.instruction_sets import InstructionSet
from model.runtime.int8.lstm import (
    STATE_SCALE,
    Direction,
    bilstm,
    pack_dense,
    pack_direction,
    padded_units,
)

# Positions whose emissions are computed at once.
_EMIT_BLOCK = 64


class Int8Network:
    """The weights of a network as bytes, and what becomes of ids in it.

    ranges: the largest value of each channel; instructions: the numbers are the same by any.
    """

    def __init__(
        self,
        config: NetworkConfig,
        weights: Weights,
        ranges: Mapping[str, float],
        instructions: InstructionSet,
    ) -> None:
        self.tags = config.tags
        self._byte = instructions.byte()
        self._inputs = Inputs(config, weights, ranges)
        self._units = padded_units(config.units)
        self._layers: list[tuple[Direction, Direction]] = []
        scale = self._inputs.scale
        for layer in range(config.layers):
            forward, backward = (
                _direction(
                    weights, f"lstm.{layer}.{side}", scale, config.units, instructions, is_first=layer == 0
                )
                for side in ("forward", "backward")
            )
            self._layers.append((forward, backward))
            scale = np.full(2 * self._units, STATE_SCALE, np.float32)
        kernel = _pad_states(weights["emission.kernel"], config.units)  # [2 * padded units, tags]
        self._emission = pack_dense(kernel, weights["emission.bias"], instructions)

    def emit(self, ids: Ids, rows: Rows, max_batch_chars: int) -> NDArray[np.float32]:
        """Return the emissions at each position of `ids`; see `Runtime.emit`."""
        emissions = np.empty((int(rows.core_end[-1]), self.tags), np.float32)
        for batch in batch_rows(rows, max_batch_chars):
            starts, lengths = rows.start[batch], rows.end[batch] - rows.start[batch]  # longest first
            states = self._states(ids, starts, lengths)
            cores = rows.core_start[batch], rows.core_end[batch]
            _emit(states, *self._emission, starts, lengths, *cores, emissions)
        return emissions

    def compile(self, ids: Ids) -> None:
        """Compile what `emit` calls. On an empty row: this CPU need not have the instructions."""
        none = np.zeros(1, np.int64)
        # Two positions, as at least there are for `emit`: one alone is an array of another kind to numba.
        x = np.repeat(self._inputs.fill(ids, none, none, self._byte), 2, axis=0)
        states = self._read(x, none)
        _emit(states, *self._emission, none, none, none, none, np.empty((0, self.tags), np.float32))

    def _states(self, ids: Ids, starts: Ints, lengths: Ints) -> NDArray[Any]:
        """Return the last layer's states: bytes [chars of all rows + 1, 2 * padded units]."""
        return self._read(self._inputs.fill(ids, starts, lengths, self._byte), lengths)

    def _read(self, x: NDArray[Any], lengths: Ints) -> NDArray[Any]:
        here = np.cumsum(lengths) - lengths  # where each row begins in x
        states = x
        for forward, backward in self._layers:
            below = states
            states = np.full((len(below), 2 * self._units), ZERO, self._byte)
            bilstm(below, here, lengths, forward, backward, states)
        return states


def _direction(
    weights: Weights,
    name: str,
    scale: NDArray[np.float32],
    units: int,
    instructions: InstructionSet,
    *,
    is_first: bool,
) -> Direction:
    kernel, recurrent, bias = (weights[f"{name}.{part}"] for part in ("kernel", "recurrent", "bias"))
    if not is_first:
        kernel = _pad_states(kernel, units)
    return pack_direction(kernel, recurrent, bias, scale, instructions)


def _pad_states(kernel: NDArray[Any], units: int) -> NDArray[Any]:
    """Return weights of both directions' states [2 * units, ...] with rows of zeros for the padded units."""
    sides = kernel.reshape(2, units, -1)
    padded = np.pad(sides, ((0, 0), (0, padded_units(units) - units), (0, 0)))
    return np.ascontiguousarray(padded.reshape(-1, kernel.shape[1]).astype(np.float32))


@compiled
def _emit(
    states: Any,
    kernel: Any,
    scale: Any,
    bias: Any,
    starts: Any,
    lengths: Any,
    core_starts: Any,
    core_ends: Any,
    emissions: Any,
) -> None:
    """Write the emissions of each row's core to its place."""
    sums = np.empty((_EMIT_BLOCK, scale.size), np.int32)
    positions = np.empty(_EMIT_BLOCK, np.int64)
    here = 0
    for row in range(starts.size):
        for first in range(core_starts[row], core_ends[row], _EMIT_BLOCK):
            count = min(_EMIT_BLOCK, core_ends[row] - first)
            for index in range(count):
                positions[index] = here + first + index - starts[row]
            multiply(states, positions[:count], kernel, sums)
            for index in range(count):
                for tag in range(emissions.shape[1]):
                    emissions[first + index, tag] = sums[index, tag] * scale[tag] + bias[tag]
        here += lengths[row]
