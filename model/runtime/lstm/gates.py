"""One step of an LSTM for one row, and its gradient: loops over units that become vector instructions.

i, f, o = sigmoid, g = tanh of the gates' sums
cell = f * cell before + i * g;  state = o * tanh(cell)

Gates stand in Keras' order i, f, g, o, each as wide as the units: [4 * units].
"""

from typing import Any

import numpy as np

from model.machine.numba_cache import compiled

_ONE, _HALF = np.float32(1), np.float32(0.5)
# tanh(x) to 1e-6: Lambert's continued fraction, cut at its eleventh term; beyond the clip it is 1 to that precision.
_CLIP = np.float32(8)
_A0, _A1, _A2, _A3, _A4 = (np.float32(v) for v in (13749310575, 1964187225, 64324260, 675675, 2145))
_B0, _B1, _B2, _B3, _B4, _B5 = (
    np.float32(v) for v in (13749310575, 6547290750, 413513100, 7567560, 45045, 66)
)


@compiled(fused=True)
def step(
    sums: Any, carried: Any, before: Any, gates: Any, cell: Any, squashed: Any, states: Any, state: Any
) -> None:
    """Take one step.

    sums, carried: float32 [4 * units], over the inputs and over the states before; before: the cell before.
    Written are the gates, the cell, and the state twice: where it is kept and where the next step reads it; squashed:
    float32 [units], to work in.
    """
    units = cell.size
    for k in range(4 * units):
        gates[k] = sums[k] + carried[k]
    _squash(gates[: 2 * units], _HALF)
    _squash(gates[2 * units : 3 * units], _ONE)
    _squash(gates[3 * units :], _HALF)
    for k in range(units):
        cell[k] = gates[units + k] * before[k] + gates[k] * gates[2 * units + k]
        squashed[k] = cell[k]
    _squash(squashed, _ONE)
    for k in range(units):
        states[k] = gates[3 * units + k] * squashed[k]
        state[k] = states[k]


@compiled(fused=True)
def step_back(
    d_states: Any,
    d_state: Any,
    d_cell: Any,
    before: Any,
    gates: Any,
    cell: Any,
    squashed: Any,
    d_sums: Any,
    d_kept: Any,
) -> None:
    """Take one step's gradient: of the gates' sums, written twice, and of the cell before, in place of the cell's.

    d_states: float32 [units], of the state as it was given out; d_state: of the same as the next step read it;
    squashed: float32 [units], to work in.
    """
    units = d_cell.size
    for k in range(units):
        squashed[k] = cell[k]
    _squash(squashed, _ONE)
    for k in range(units):
        d_state[k] += d_states[k]
    for k in range(units):
        d_cell[k] += d_state[k] * gates[3 * units + k] * (_ONE - squashed[k] * squashed[k])
    for k in range(units):
        d_sums[k] = d_cell[k] * gates[2 * units + k] * gates[k] * (_ONE - gates[k])
    for k in range(units):
        d_sums[units + k] = d_cell[k] * before[k] * gates[units + k] * (_ONE - gates[units + k])
    for k in range(units):
        d_sums[2 * units + k] = d_cell[k] * gates[k] * (_ONE - gates[2 * units + k] * gates[2 * units + k])
    for k in range(units):
        d_sums[3 * units + k] = (
            d_state[k] * squashed[k] * gates[3 * units + k] * (_ONE - gates[3 * units + k])
        )
    for k in range(units):
        d_cell[k] *= gates[units + k]
    for k in range(4 * units):
        d_kept[k] = d_sums[k]


@compiled(fused=True)
def _squash(values: Any, half: Any) -> None:
    """Make tanh of each value where half is 1, sigmoid where it is 1/2: half * tanh(half * x) + 1 - half."""
    for k in range(values.size):
        x = values[k] * half
        # Written so that what is no number stays none.
        x = _CLIP if x > _CLIP else x
        x = -_CLIP if x < -_CLIP else x
        y = x * x
        above = _A0 + y * (_A1 + y * (_A2 + y * (_A3 + y * (_A4 + y))))
        below = _B0 + y * (_B1 + y * (_B2 + y * (_B3 + y * (_B4 + y * _B5))))
        z = x * above / below
        z = _ONE if z > _ONE else z
        z = -_ONE if z < -_ONE else z
        values[k] = z * half + (_ONE - half)
