"""The steps of one direction of an LSTM over all rows of a batch, and their gradient; rows split among threads.

sums of inputs float32 [rows, time, 4 * units], recurrent weights [units, 4 * units], lengths
    --run--> Steps: states [rows, time, units], and what the gradient reads
gradient of the states --run_back--> gradient of the sums [rows, time, 4 * units]

A row is read to its length, backwards from its last position; to the right of it states and gradients are 0.
"""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.machine.numba_cache import compiled
from model.runtime.int8.vectors import LANES
from model.runtime.lstm.gates import step, step_back
from model.runtime.lstm.packed import Packed, host_kinds
from model.runtime.lstm.product import multiply

Floats = NDArray[np.float32]

# Fewer rows in a thread would wait for their weights.
FEWEST_ROWS = 12
_ALIGNMENT = 16  # floats


class Steps(NamedTuple):
    """What one direction read, float32 [rows, time, units] each but for the gates."""

    states: Floats
    gates: Floats  # [rows, time, 4 * units]
    cells: Floats


def run(
    sums: Floats, recurrent: Floats, lengths: NDArray[np.int32], *, backward: bool, threads: int = 1
) -> Steps:
    """Return the steps of each row; see the module."""
    rows, time, columns = sums.shape
    units = columns // 4
    steps = Steps(
        _empty(rows, time, units),
        _empty(rows, time, columns),
        _empty(rows, time, units),
    )
    packed = _pack(recurrent)

    def part(here: slice) -> None:
        _run(sums[here], packed, lengths[here], backward, *(array[here] for array in steps))

    _in_parts(part, rows, threads)
    return steps


def run_back(
    d_states: Floats,
    recurrent: Floats,
    lengths: NDArray[np.int32],
    steps: Steps,
    *,
    backward: bool,
    threads: int = 1,
) -> Floats:
    """Return the gradient of the sums of inputs, float32 [rows, time, 4 * units]."""
    d_sums = _empty(*steps.gates.shape)
    packed = _pack(recurrent.T)

    def part(here: slice) -> None:
        kept = steps.gates[here], steps.cells[here]
        _run_back(d_states[here], packed, lengths[here], backward, *kept, d_sums[here])

    _in_parts(part, len(lengths), threads)
    return d_sums


def _empty(*shape: int) -> Floats:
    """Return an array that TensorFlow takes without a copy: it begins at a whole line of the cache."""
    size = math.prod(shape)
    memory = np.empty(size + _ALIGNMENT, np.float32)
    begin = -memory.ctypes.data // memory.itemsize % _ALIGNMENT
    return memory[begin : begin + size].reshape(shape)


def _pack(weights: Floats) -> Packed:
    """Return the weights for this CPU's best instructions, with columns of zeros up to a whole register."""
    return host_kinds()[0].pack(np.pad(weights, ((0, 0), (0, -weights.shape[1] % LANES))))


def _in_parts(work: Callable[[slice], None], rows: int, threads: int) -> None:
    """Run `work` on consecutive rows, in as many threads as have enough of them."""
    parts = max(1, min(threads, rows // FEWEST_ROWS))
    if parts == 1:
        work(slice(0, rows))
        return
    edges = [rows * part // parts for part in range(parts + 1)]
    list(_pool(threads).map(work, (slice(*pair) for pair in pairwise(edges))))


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    # Both directions share it.
    return ThreadPoolExecutor(2 * threads, thread_name_prefix="lstm")


@compiled
def _run(
    sums: Any,
    packed: Any,
    lengths: Any,
    backward: bool,
    states: Any,
    gates: Any,
    cells: Any,
) -> None:
    rows, time, units = states.shape
    state = np.zeros((rows, units), np.float32)
    squashed = np.empty(units, np.float32)
    carried = np.zeros((rows, packed.weights.shape[0] * LANES), np.float32)
    zeros = np.zeros(units, np.float32)
    for t in range(time):
        if t > 0:
            multiply(state, packed, carried)
        for row in range(rows):
            if t < lengths[row]:
                here, before = _places(t, lengths[row], backward)
                cell_before = cells[row, before] if t > 0 else zeros
                step(
                    sums[row, here],
                    carried[row],
                    cell_before,
                    gates[row, here],
                    cells[row, here],
                    squashed,
                    states[row, here],
                    state[row],
                )
            else:
                states[row, t] = 0


@compiled
def _run_back(
    d_states: Any,
    packed: Any,
    lengths: Any,
    backward: bool,
    gates: Any,
    cells: Any,
    d_sums: Any,
) -> None:
    rows, time, units = cells.shape
    d_state = np.zeros((rows, packed.weights.shape[0] * LANES), np.float32)
    d_cell = np.zeros((rows, units), np.float32)
    d_kept = np.zeros((rows, 4 * units), np.float32)
    squashed = np.empty(units, np.float32)
    zeros = np.zeros(units, np.float32)
    for t in range(time - 1, -1, -1):
        for row in range(rows):
            if t < lengths[row]:
                here, before = _places(t, lengths[row], backward)
                cell_before = cells[row, before] if t > 0 else zeros
                step_back(
                    d_states[row, here],
                    d_state[row],
                    d_cell[row],
                    cell_before,
                    gates[row, here],
                    cells[row, here],
                    squashed,
                    d_sums[row, here],
                    d_kept[row],
                )
            else:
                d_sums[row, t] = 0
        if t > 0:
            multiply(d_kept, packed, d_state)


@compiled(nogil=False)
def _places(t: int, length: int, backward: bool) -> Any:
    """Return the position of step t of a row, and that of the step before it."""
    return (length - 1 - t, length - t) if backward else (t, t - 1)
