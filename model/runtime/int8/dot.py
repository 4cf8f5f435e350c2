"""Dot products of unsigned and signed bytes, summed in 32 bits: by the instructions of the weights' class, by LLVM.

    x [positions, width] bytes, some of its rows --multiply--> sums int32 [rows, columns]
    weights as packed: [tile of columns][width / numbers][columns of the tile][numbers]

One instruction multiplies 32 bits of x (its numbers: four bytes, or two bytes kept as 16 bits) with as many weights of
each column of a register. Six rows by a tile of sums stay in registers. Each such loop is an LLVM function of its own
that is never inlined: inlined, its sums no longer fit the registers beside those of the caller.
"""

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.errors import TypingError
from numba.extending import intrinsic

from model.machine.numba_cache import compiled
from model.runtime.int8.instruction_sets import InstructionSet
from model.runtime.int8.vectors import (
    INT,
    LONG,
    POINTER,
    load,
    own_function,
    row_pointer,
    splat,
    store,
)

MAX_ROWS = 6


@compiled
def multiply(x: Any, rows: Any, packed: Any, sums: Any) -> None:
    """Write x[rows[i]] times the packed weights to sums[i], int32, for each i.

    x: [positions, width] of the packed weights' `byte`, width as they were packed for; rows: int64, at most as many as
    sums has.
    """
    whole = rows.size - rows.size % MAX_ROWS
    for first in range(0, whole, MAX_ROWS):
        _rows_6(x, rows, first, packed, sums)
    rest = rows.size - whole
    if rest == 5:
        _rows_5(x, rows, whole, packed, sums)
    elif rest == 4:
        _rows_4(x, rows, whole, packed, sums)
    elif rest == 3:
        _rows_3(x, rows, whole, packed, sums)
    elif rest == 2:
        _rows_2(x, rows, whole, packed, sums)
    elif rest == 1:
        _rows_1(x, rows, whole, packed, sums)


def _kernel(count: int) -> Any:
    """Return the function that numba compiles for `count` rows."""

    @intrinsic
    def multiply_rows(typing: Any, x: Any, rows: Any, first: Any, packed: Any, sums: Any) -> Any:
        instructions = packed.instance_class
        if x.dtype.bitwidth * instructions.numbers != INT.width:
            raise TypingError(f"expected x for {instructions.name}, got {x}")

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            x, rows, first, packed, sums = arguments
            kinds = dict(zip(("x", "rows", "first", "packed", "sums"), signature.args, strict=True))
            weights_kind, weights = kinds["packed"].dtype, builder.extract_value(packed, 0)

            def array(kind: Any, value: Any) -> Any:
                return context.make_array(kind)(context, builder, value)

            start = context.cast(builder, first, kinds["first"], types.int64)
            tiles, turns = cgutils.unpack_tuple(builder, array(weights_kind, weights).shape)[:2]
            # x may be some columns of a wider array.
            x_bytes = cgutils.unpack_tuple(builder, array(kinds["x"], x).strides)[0]
            sums_bytes = cgutils.unpack_tuple(builder, array(kinds["sums"], sums).strides)[0]
            call = [
                row_pointer(context, builder, kinds["x"], x),
                x_bytes,
                row_pointer(context, builder, kinds["rows"], rows, start),
                row_pointer(context, builder, weights_kind, weights),
                tiles,
                turns,
                row_pointer(context, builder, kinds["sums"], sums, start),
                sums_bytes,
            ]
            builder.call(_function(builder.module, count, instructions), call)
            return context.get_dummy_value()

        return types.none(x, rows, first, packed, sums), generate

    return multiply_rows


def _function(module: Any, count: int, instructions: InstructionSet) -> Any:
    """Return the LLVM function of `count` rows in `module`, written there if it is not yet."""
    arguments = [POINTER, LONG, POINTER, POINTER, LONG, LONG, POINTER, LONG]
    function, is_new = own_function(module, f"zitag_multiply_{count}", instructions, arguments)
    if not is_new:
        return function
    x, x_bytes, rows, packed, tiles, turns, sums, sums_bytes = function.args
    tile_bytes = 4 * instructions.tile()
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    indices = [load(builder, rows, LONG, LONG(8 * row)) for row in range(count)]
    starts = [builder.gep(x, [builder.mul(index, x_bytes)]) for index in indices]
    with cgutils.for_range(builder, tiles) as tile:
        weights = builder.gep(packed, [builder.mul(tile.index, builder.mul(turns, LONG(tile_bytes)))])
        totals = _sum_tile(builder, starts, weights, turns, instructions)
        place = builder.mul(tile.index, LONG(tile_bytes))
        for row in range(count):
            out = builder.gep(sums, [builder.add(builder.mul(LONG(row), sums_bytes), place)])
            for register, total in enumerate(totals[row]):
                store(builder, total, out, LONG(4 * instructions.lanes * register))
    builder.ret_void()
    return function


def _sum_tile(
    builder: Any, starts: list[Any], weights: Any, turns: Any, instructions: InstructionSet
) -> list[list[Any]]:
    """Write the loop over the width, 32 bits of x a turn; return the sums [row][register] after it."""
    ints = ir.VectorType(INT, instructions.lanes)
    before = builder.block
    loop, after = builder.append_basic_block("width"), builder.append_basic_block("done")
    builder.branch(loop)
    builder.position_at_end(loop)
    turn = builder.phi(LONG)
    turn.add_incoming(LONG(0), before)
    totals = [[builder.phi(ints) for _ in range(instructions.registers)] for _ in starts]
    here = builder.mul(turn, LONG(4 * instructions.tile()))
    columns = [
        load(builder, weights, ints, builder.add(here, LONG(4 * instructions.lanes * register)))
        for register in range(instructions.registers)
    ]
    following = builder.add(turn, LONG(1))
    turn.add_incoming(following, loop)
    sums = []
    for start, row in zip(starts, totals, strict=True):
        numbers = splat(builder, load(builder, start, INT, builder.mul(turn, LONG(4))), ints)
        sums.append(
            [
                _dot(builder, total, numbers, column, instructions)
                for total, column in zip(row, columns, strict=True)
            ]
        )
        for total, value in zip(row, sums[-1], strict=True):
            total.add_incoming(ir.Constant(ints, [0] * instructions.lanes), before)
            total.add_incoming(value, loop)
    builder.cbranch(builder.icmp_signed("<", following, turns), loop, after)
    builder.position_at_end(after)
    return sums


def _dot(builder: Any, total: Any, numbers: Any, column: Any, instructions: InstructionSet) -> Any:
    """Return total + the sum of unsigned numbers times signed weights, in each lane."""
    ints = total.type
    if instructions.numbers == 4:
        kind = ir.FunctionType(ints, [ints, ints, ints])
        function = cgutils.get_or_insert_function(builder.module, kind, instructions.instruction)
        return builder.call(function, [total, numbers, column])
    halves = ir.VectorType(ir.IntType(16), 2 * instructions.lanes)
    kind = ir.FunctionType(ints, [halves, halves])
    function = cgutils.get_or_insert_function(builder.module, kind, instructions.instruction)
    products = builder.call(function, [builder.bitcast(value, halves) for value in (numbers, column)])
    return builder.add(total, products)


_rows_1, _rows_2, _rows_3, _rows_4, _rows_5, _rows_6 = (_kernel(count) for count in range(1, MAX_ROWS + 1))
