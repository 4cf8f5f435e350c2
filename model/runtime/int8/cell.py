"""One step of an LSTM for one row, sixteen units at a time: gates from their sums, new cells, states as bytes.

i, f, o = sigmoid, c = tanh of  sum of inputs * scale + sum of states * scale + bias
cell = f * cell + i * c;  state = o * tanh(cell);  byte = 128 + round(127 * state)
"""

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from model.runtime.int8.vectors import (
    BYTES,
    FLOATS,
    INTS,
    LANES,
    LONG,
    POINTER,
    load,
    own_function,
    store,
)

ZERO = 128
# tanh(x) to 1e-4: Lambert's continued fraction, cut at its seventh term; beyond the clip it is 1 to that precision.
_ABOVE = (135135, 17325, 378, 1)
_BELOW = (135135, 62370, 3150, 28)
_CLIP = 7.0


@intrinsic
def step_cells(
    typing: Any,
    inputs: Any,
    carried: Any,
    input_scale: Any,
    carried_scale: Any,
    bias: Any,
    cells: Any,
    states: Any,
) -> Any:
    """Take one step of one row.

    inputs, carried: int32 [groups * 64], sums over input and over the states before; scales and bias: float32, as
    long; cells: float32 [groups * 16], renewed; states: uint8 [groups * 16], written.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        arrays = [
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args, arguments, strict=True)
        ]
        groups = builder.udiv(cgutils.unpack_tuple(builder, arrays[5].shape)[0], LONG(LANES))
        pointers = [builder.bitcast(array.data, POINTER) for array in arrays]
        builder.call(_function(builder.module), [*pointers, groups])
        return context.get_dummy_value()

    return types.none(inputs, carried, input_scale, carried_scale, bias, cells, states), generate


def _function(module: Any) -> Any:
    function, is_new = own_function(module, "zitag_lstm_cells", [*[POINTER] * 7, LONG])
    if not is_new:
        return function
    inputs, carried, input_scale, carried_scale, bias, cells, states, groups = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    with cgutils.for_range(builder, groups) as group:
        gates = []
        for gate in range(4):
            offset = builder.mul(builder.add(builder.mul(group.index, LONG(4)), LONG(gate)), LONG(4 * LANES))
            value = load(builder, bias, FLOATS, offset)
            for sums, scale in ((carried, carried_scale), (inputs, input_scale)):
                number = builder.sitofp(load(builder, sums, INTS, offset), FLOATS)
                value = _fma(builder, number, load(builder, scale, FLOATS, offset), value)
            gates.append(value)
        offset = builder.mul(group.index, LONG(4 * LANES))
        write, keep, show = (_sigmoid(builder, gates[gate]) for gate in (0, 1, 3))
        old = load(builder, cells, FLOATS, offset)
        cell = _fma(builder, keep, old, builder.fmul(write, _tanh(builder, gates[2])))
        store(builder, cell, cells, offset)
        state = builder.fmul(show, _tanh(builder, cell))
        byte = builder.fptosi(
            _fma(builder, state, _all(127.0), _all(ZERO + 0.5)), INTS
        )  # rounds: never below 1
        store(builder, builder.trunc(byte, BYTES), states, builder.mul(group.index, LONG(LANES)))
    builder.ret_void()
    return function


def _sigmoid(builder: Any, value: Any) -> Any:
    return _fma(builder, _tanh(builder, builder.fmul(value, _all(0.5))), _all(0.5), _all(0.5))


def _tanh(builder: Any, value: Any) -> Any:
    x = _clip(builder, value, _CLIP)
    y = builder.fmul(x, x)
    above = builder.fmul(x, _polynomial(builder, y, _ABOVE))
    return _clip(builder, builder.fdiv(above, _polynomial(builder, y, _BELOW)), 1.0)


def _polynomial(builder: Any, y: Any, coefficients: tuple[int, ...]) -> Any:
    value = _all(coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        value = _fma(builder, value, y, _all(coefficient))
    return value


def _clip(builder: Any, value: Any, limit: float) -> Any:
    low = builder.select(builder.fcmp_ordered("<", value, _all(limit)), value, _all(limit))
    return builder.select(builder.fcmp_ordered(">", low, _all(-limit)), low, _all(-limit))


def _fma(builder: Any, a: Any, b: Any, c: Any) -> Any:
    kind = ir.FunctionType(FLOATS, [FLOATS] * 3)
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.fma.v16f32"), [a, b, c])


def _all(value: float) -> Any:
    return ir.Constant(FLOATS, [float(value)] * LANES)
