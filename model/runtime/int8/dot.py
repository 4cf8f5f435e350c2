"""Dot products of unsigned and signed bytes, summed in 32 bits: the AVX-512 VNNI instruction, by LLVM.

    x [positions, width] bytes, some of its rows --multiply--> sums int32 [rows, columns]
    weights as `pack` lays them out: [group of 64 columns][width / 4][64 columns][4]

One instruction (vpdpbusd) multiplies four bytes of x with four weights of each of 16 columns. Six rows by 64 columns of
sums stay in registers. Each such loop is an LLVM function of its own that is never inlined: inlined, its sums no longer
fit the registers beside those of the caller.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from model.machine.numba_cache import compiled
from model.runtime.int8.vectors import (
    INT,
    INTS,
    LANES,
    LONG,
    POINTER,
    load,
    own_function,
    row_pointer,
    splat,
    store,
)

# Columns of one group: four registers of 16 sums.
GROUP = 64
# Sums of 6 x 4 registers, four of weights and one of x: 29 of the 32 there are.
MAX_ROWS = 6
# As LLVM named it before version 22, which still reads it so.
VNNI = "llvm.x86.avx512.vpdpbusd.512"

_REGISTERS = GROUP // LANES
_REGISTER_BYTES = 4 * LANES


def pack(weights: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return signed weights [width, columns] as `multiply` reads them; width a multiple of 4, columns of 64.

    >>> packed = pack(np.arange(8, dtype=np.int8)[:, None].repeat(64, 1))
    >>> packed.shape, packed[0, 1, 63].tolist()
    ((1, 2, 64, 4), [4, 5, 6, 7])
    """
    width, columns = weights.shape
    parts = weights.reshape(width // 4, 4, columns // GROUP, GROUP)
    return np.ascontiguousarray(parts.transpose(2, 0, 3, 1))


@compiled
def multiply(x: Any, rows: Any, packed: Any, sums: Any) -> None:
    """Write x[rows[i]] times the packed weights to sums[i], int32, for each i.

    x: uint8 [positions, width], width as the weights were packed for; rows: int64, at most as many as sums has.
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
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            def at(which: int, *indices: Any) -> Any:
                return row_pointer(context, builder, signature.args[which], arguments[which], *indices)

            def array(which: int) -> Any:
                return context.make_array(signature.args[which])(context, builder, arguments[which])

            start = context.cast(builder, arguments[2], signature.args[2], types.int64)
            groups, fours = cgutils.unpack_tuple(builder, array(3).shape)[:2]
            # x may be some columns of a wider array.
            x_bytes, sums_bytes = (cgutils.unpack_tuple(builder, array(which).strides)[0] for which in (0, 4))
            call = [at(0), x_bytes, at(1, start), at(3), groups, fours, at(4, start), sums_bytes]
            builder.call(_function(builder.module, count), call)
            return context.get_dummy_value()

        return types.none(x, rows, first, packed, sums), generate

    return multiply_rows


def _function(module: Any, count: int) -> Any:
    """Return the LLVM function of `count` rows in `module`, written there if it is not yet."""
    arguments = [POINTER, LONG, POINTER, POINTER, LONG, LONG, POINTER, LONG]
    function, is_new = own_function(module, f"zitag_multiply_{count}", arguments)
    if not is_new:
        return function
    x, x_bytes, rows, packed, groups, fours, sums, sums_bytes = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    indices = [load(builder, rows, LONG, LONG(8 * row)) for row in range(count)]
    starts = [builder.gep(x, [builder.mul(index, x_bytes)]) for index in indices]
    with cgutils.for_range(builder, groups) as group:
        weights = builder.gep(packed, [builder.mul(group.index, builder.mul(fours, LONG(4 * GROUP)))])
        totals = _sum_group(builder, starts, weights, fours)
        place = builder.mul(group.index, LONG(4 * GROUP))
        for row in range(count):
            out = builder.gep(sums, [builder.add(builder.mul(LONG(row), sums_bytes), place)])
            for register in range(_REGISTERS):
                store(builder, totals[row][register], out, LONG(_REGISTER_BYTES * register))
    builder.ret_void()
    return function


def _sum_group(builder: Any, starts: list[Any], weights: Any, fours: Any) -> list[list[Any]]:
    """Write the loop over the width, four bytes a turn; return the sums [row][register] after it."""
    before = builder.block
    loop, after = builder.append_basic_block("width"), builder.append_basic_block("done")
    builder.branch(loop)
    builder.position_at_end(loop)
    turn = builder.phi(LONG)
    turn.add_incoming(LONG(0), before)
    totals = [[builder.phi(INTS) for _ in range(_REGISTERS)] for _ in starts]
    here = builder.mul(turn, LONG(4 * GROUP))
    columns = [
        load(builder, weights, INTS, builder.add(here, LONG(_REGISTER_BYTES * register)))
        for register in range(_REGISTERS)
    ]
    following = builder.add(turn, LONG(1))
    turn.add_incoming(following, loop)
    sums = []
    for start, row in zip(starts, totals, strict=True):
        four = splat(builder, load(builder, start, INT, builder.mul(turn, LONG(4))), INTS)
        sums.append([_dot(builder, total, four, column) for total, column in zip(row, columns, strict=True)])
        for total, value in zip(row, sums[-1], strict=True):
            total.add_incoming(ir.Constant(INTS, [0] * LANES), before)
            total.add_incoming(value, loop)
    builder.cbranch(builder.icmp_signed("<", following, fours), loop, after)
    builder.position_at_end(after)
    return sums


def _dot(builder: Any, total: Any, four: Any, column: Any) -> Any:
    """Return total + the sum of four unsigned bytes times four signed weights, in each of 16 lanes."""
    kind = ir.FunctionType(INTS, [INTS, INTS, INTS])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, VNNI), [total, four, column])


_rows_1, _rows_2, _rows_3, _rows_4, _rows_5, _rows_6 = (_kernel(count) for count in range(1, MAX_ROWS + 1))
