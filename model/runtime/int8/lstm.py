"""A bidirectional LSTM layer over rows of any length side by side, in bytes; gates and cells in float32.

    x [positions + 1, width] bytes, rows (starts, lengths; longest first)
        -> states [positions + 1, 2 * padded units] bytes

Bytes stand for (byte - 128) * scale. Columns are in groups of 64: gates i, f, c, o of 16 units. The last position of
x and of the states is all 128, the zeros before a sentence. Nothing is padded: only rows longer than t take step t.
Every sum is over whole numbers or in a fixed order, so that a row gives the same bits alone and beside any others.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.machine.numba_cache import compiled
from model.runtime.int8.cell import ZERO, step_cells
from model.runtime.int8.dot import multiply
from model.runtime.int8.instruction_sets import InstructionSet, Packed
from model.runtime.int8.vectors import LANES

# Hidden states lie between -1 and 1.
STATE_SCALE = 1 / 127
# Positions whose inputs are multiplied at once: their sums stay in the second cache.
BLOCK = 96


class Direction(NamedTuple):
    """The weights of one direction, packed: sums * scale + bias are a gate's input."""

    kernel: Packed  # [width, columns]
    kernel_scale: NDArray[np.float32]  # [columns]
    recurrent: Packed  # [padded units, columns]
    recurrent_scale: NDArray[np.float32]
    bias: NDArray[np.float32]


def pack_direction(
    kernel: NDArray[Any],
    recurrent: NDArray[Any],
    bias: NDArray[Any],
    x_scale: NDArray[np.float32],
    instructions: InstructionSet,
) -> Direction:
    """Return one direction's weights (Keras layout, gates i, f, c, o) as bytes with a scale per column.

    kernel: float [width, 4 * units]; x_scale: float32 [width], what one step of an input byte stands for.
    """
    units = len(recurrent)
    kernel_bytes, kernel_scale = quantise(_columns(kernel * x_scale[:, None], units))
    recurrent_bytes, recurrent_scale = quantise(_columns(_rows(recurrent * STATE_SCALE, units), units))
    offset = kernel_bytes.astype(np.int64).sum(0) * kernel_scale
    offset += recurrent_bytes.astype(np.int64).sum(0) * recurrent_scale
    shifted = _columns(bias[None], units)[0] - ZERO * offset
    return Direction(
        instructions.pack(kernel_bytes),
        kernel_scale,
        instructions.pack(recurrent_bytes),
        recurrent_scale,
        shifted.astype(np.float32),
    )


def pack_dense(
    kernel: NDArray[Any], bias: NDArray[Any], instructions: InstructionSet
) -> tuple[Packed, NDArray[np.float32], NDArray[np.float32]]:
    """Return a dense layer over states, kernel [width, columns]: packed weights, scale and bias of each column."""
    padded = np.pad(kernel * STATE_SCALE, ((0, 0), (0, -kernel.shape[1] % instructions.tile())))
    weights, scale = quantise(padded)
    shifted = np.pad(bias, (0, padded.shape[1] - len(bias))) - ZERO * weights.astype(np.int64).sum(0) * scale
    return instructions.pack(weights), scale, shifted.astype(np.float32)


def quantise(weights: NDArray[Any]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return weights [width, columns] as signed bytes, width padded to a multiple of 4, and the scale of each column.

    >>> quantise(np.array([[0.5, 0], [-1.0, 0]]))[0][:2].tolist()
    [[64, 0], [-127, 0]]
    """
    scale = np.maximum(np.abs(weights).max(0, initial=0), 1e-30) / 127
    rounded = np.rint(weights / scale).astype(np.int8)
    return np.pad(rounded, ((0, -len(rounded) % 4), (0, 0))), scale.astype(np.float32)


def padded_units(units: int) -> int:
    """Return units rounded up to whole registers.

    >>> padded_units(136)
    144
    """
    return -(-units // LANES) * LANES


def bilstm(
    x: NDArray[Any],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    forward: Direction,
    backward: Direction,
    states: NDArray[Any],
) -> None:
    """Fill states [positions + 1, 2 * padded units] from x; its last row stays zeros."""
    half = states.shape[1] // 2
    for direction, weights in enumerate((forward, backward)):
        positions, steps = _schedule(starts, lengths, direction == 1)
        side = states[:, direction * half : (direction + 1) * half]
        _direction(x, positions, steps, *weights, direction == 1, side)


@compiled
def _schedule(starts: Any, lengths: Any, backward: bool) -> Any:
    """Return the positions in the order in which they are computed, and where each step begins among them."""
    positions = np.empty(lengths.sum(), np.int64)
    steps = np.zeros(lengths[0] + 1, np.int64)
    rows = starts.size
    filled = 0
    for t in range(lengths[0]):
        while lengths[rows - 1] <= t:
            rows -= 1
        for row in range(rows):
            positions[filled + row] = starts[row] + (lengths[row] - 1 - t if backward else t)
        filled += rows
        steps[t + 1] = filled
    return positions, steps


@compiled
def _direction(
    x: Any,
    positions: Any,
    steps: Any,
    kernel: Any,
    kernel_scale: Any,
    recurrent: Any,
    recurrent_scale: Any,
    bias: Any,
    backward: bool,
    states: Any,
) -> None:
    columns = bias.size
    rows = steps[1] if steps.size > 1 else 0
    cells = np.zeros((rows, columns // 4), np.float32)
    inputs = np.empty((max(BLOCK, rows), columns), np.int32)
    carried = np.empty((rows, columns), np.int32)
    first = 0
    while first < steps.size - 1:
        # The inputs of as many steps as fit: they do not wait for each other.
        last = first + 1
        while last < steps.size - 1 and steps[last + 1] - steps[first] <= BLOCK:
            last += 1
        multiply(x, positions[steps[first] : steps[last]], kernel, inputs)
        for t in range(first, last):
            here = positions[steps[t] : steps[t + 1]]
            multiply(states, _previous(here, t, backward, states.shape[0] - 1), recurrent, carried)
            for row in range(here.size):
                sums = inputs[steps[t] - steps[first] + row]
                state = states[here[row]]
                step_cells(sums, carried[row], kernel_scale, recurrent_scale, bias, cells[row], state, kernel)
        first = last


@compiled
def _previous(here: Any, t: int, backward: bool, zeros: int) -> Any:
    """Return the positions whose states come in at step t: of none before a row's first, but the zeros."""
    if t == 0:
        return np.full(here.size, zeros)
    return here + 1 if backward else here - 1


def _columns(weights: NDArray[Any], units: int) -> NDArray[Any]:
    """Return weights [width, 4 * units] with their columns in groups of 64, units padded by zeros."""
    width = len(weights)
    gates = weights.reshape(width, 4, units)
    padded = np.pad(gates, ((0, 0), (0, 0), (0, padded_units(units) - units)))
    groups = padded.reshape(width, 4, -1, LANES).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(groups.reshape(width, -1))


def _rows(weights: NDArray[Any], units: int) -> NDArray[Any]:
    """Return weights [units, columns] with rows of zeros for the padded units."""
    return np.pad(weights, ((0, padded_units(units) - units), (0, 0)))
