"""One step of an LSTM for one row, a register of units at a time: gates from their sums, new cells, states as bytes.

i, f, o = sigmoid, c = tanh of  sum of inputs * scale + sum of states * scale + bias
cell = f * cell + i * c;  state = o * tanh(cell);  byte = 128 + round(127 * state)
"""

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from model.runtime.int8.instruction_sets import InstructionSet
from model.runtime.int8.vectors import FLOAT, INT, LANES, LONG, POINTER, load, own_function, store

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
    packed: Any,
) -> Any:
    """Take one step of one row, by the instructions of the packed weights' class.

    inputs, carried: int32 [groups * 64], sums over input and over the states before; scales and bias: float32, as
    long; cells: float32 [groups * 16], renewed; states: bytes [groups * 16], written. A group: gates i, f, c, o of 16.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        arrays = [
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args[:-1], arguments[:-1], strict=True)
        ]
        units = cgutils.unpack_tuple(builder, arrays[5].shape)[0]
        pointers = [builder.bitcast(array.data, POINTER) for array in arrays]
        builder.call(_function(builder.module, packed.instance_class), [*pointers, units])
        return context.get_dummy_value()

    return types.none(inputs, carried, input_scale, carried_scale, bias, cells, states, packed), generate


def _function(module: Any, instructions: InstructionSet) -> Any:
    function, is_new = own_function(module, "zitag_lstm_cells", instructions, [*[POINTER] * 7, LONG])
    if not is_new:
        return function
    inputs, carried, input_scale, carried_scale, bias, cells, states, units = function.args
    lanes = instructions.lanes
    ints, floats = (ir.VectorType(kind, lanes) for kind in (INT, FLOAT))
    byte = ir.IntType(INT.width // instructions.numbers)
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    with cgutils.for_range(builder, builder.udiv(units, LONG(lanes))) as part:
        first = builder.mul(part.index, LONG(lanes))
        unit = builder.urem(first, LONG(LANES))  # of its group
        group = builder.mul(builder.sub(first, unit), LONG(4))
        gates = []
        for gate in range(4):
            offset = builder.mul(builder.add(builder.add(group, unit), LONG(gate * LANES)), LONG(4))
            value = load(builder, bias, floats, offset)
            for sums, scale in ((carried, carried_scale), (inputs, input_scale)):
                number = builder.sitofp(load(builder, sums, ints, offset), floats)
                value = _fma(builder, number, load(builder, scale, floats, offset), value)
            gates.append(value)
        offset = builder.mul(first, LONG(4))
        write, keep, show = (_sigmoid(builder, gates[gate]) for gate in (0, 1, 3))
        old = load(builder, cells, floats, offset)
        cell = _fma(builder, keep, old, builder.fmul(write, _tanh(builder, gates[2])))
        store(builder, cell, cells, offset)
        state = builder.fmul(show, _tanh(builder, cell))
        shifted = _fma(builder, state, _all(state, 127.0), _all(state, ZERO + 0.5))
        numbers = builder.fptosi(shifted, ints)  # rounds: never below 1
        small = builder.trunc(numbers, ir.VectorType(byte, lanes))
        store(builder, small, states, builder.mul(first, LONG(byte.width // 8)))
    builder.ret_void()
    return function


def _sigmoid(builder: Any, value: Any) -> Any:
    half = _all(value, 0.5)
    return _fma(builder, _tanh(builder, builder.fmul(value, half)), half, half)


def _tanh(builder: Any, value: Any) -> Any:
    x = _clip(builder, value, _CLIP)
    y = builder.fmul(x, x)
    above = builder.fmul(x, _polynomial(builder, y, _ABOVE))
    return _clip(builder, builder.fdiv(above, _polynomial(builder, y, _BELOW)), 1.0)


def _polynomial(builder: Any, y: Any, coefficients: tuple[int, ...]) -> Any:
    value = _all(y, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        value = _fma(builder, value, y, _all(y, coefficient))
    return value


def _clip(builder: Any, value: Any, limit: float) -> Any:
    most, least = _all(value, limit), _all(value, -limit)
    low = builder.select(builder.fcmp_ordered("<", value, most), value, most)
    return builder.select(builder.fcmp_ordered(">", low, least), low, least)


def _fma(builder: Any, a: Any, b: Any, c: Any) -> Any:
    kind = ir.FunctionType(a.type, [a.type] * 3)
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{a.type.count}f32")
    return builder.call(function, [a, b, c])


def _all(like: Any, value: float) -> Any:
    return ir.Constant(like.type, [float(value)] * like.type.count)
