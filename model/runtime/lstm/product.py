"""Products of a few rows with a small matrix, float32, in registers: what each step of an LSTM waits for.

    x [rows, width] times weights [width, columns] as `pack` lays them out: [columns / 16][width][16] -> [rows, columns]

Up to twelve rows by 16 columns of sums stay in registers. Each such loop is an LLVM function of its own that is never
inlined: inlined, its sums no longer fit the registers beside those of the caller. A row's sums are made in the same
order alone and beside any others.
"""

from functools import cache
from typing import Any

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from model.machine.numba_cache import compiled
from model.runtime.int8.vectors import FLOAT, FLOATS, LANES, LONG, POINTER, load, row_pointer, splat, store

# Sums of 12 rows are 12 of the 32 registers of AVX-512; without it a row's sums are two of 16 registers.
MAX_ROWS = 12
FEW_ROWS = 6


def pack(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return weights [width, columns] as `multiply` reads them; columns a multiple of 16.

    >>> pack(np.arange(32, dtype=np.float32).reshape(1, 32)).shape
    (2, 1, 16)
    """
    width, columns = weights.shape
    return np.ascontiguousarray(weights.reshape(width, columns // LANES, LANES).transpose(1, 0, 2))


@cache
def most_rows() -> int:
    """Return how many rows this CPU's registers hold the sums of."""
    return MAX_ROWS if llvmlite.binding.get_host_cpu_features().get("avx512f", False) else FEW_ROWS


@compiled
def multiply(x: Any, packed: Any, sums: Any, most: int) -> None:
    """Write x times the packed weights to sums.

    x: float32 [rows, width], contiguous; sums: float32 [rows, columns], contiguous; most: of `most_rows`.
    """
    first = 0
    rows = x.shape[0]
    if most == MAX_ROWS:
        while rows - first >= MAX_ROWS:
            _rows_12(x, first, packed, sums)
            first += MAX_ROWS
    while rows - first >= FEW_ROWS:
        _rows_6(x, first, packed, sums)
        first += FEW_ROWS
    rest = rows - first
    if rest >= 3:
        _rows_3(x, first, packed, sums)
        first += 3
        rest -= 3
    if rest == 2:
        _rows_2(x, first, packed, sums)
    elif rest == 1:
        _rows_1(x, first, packed, sums)


def _kernel(count: int) -> Any:
    """Return the function that numba compiles for `count` rows."""

    @intrinsic
    def multiply_rows(typing: Any, x: Any, first: Any, packed: Any, sums: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            def at(which: int, *indices: Any) -> Any:
                return row_pointer(context, builder, signature.args[which], arguments[which], *indices)

            def shape(which: int) -> Any:
                array = context.make_array(signature.args[which])(context, builder, arguments[which])
                return cgutils.unpack_tuple(builder, array.shape)

            start = context.cast(builder, arguments[1], signature.args[1], types.int64)
            groups, width = shape(2)[:2]
            builder.call(_function(builder.module, count), [at(0, start), at(2), groups, width, at(3, start)])
            return context.get_dummy_value()

        return types.none(x, first, packed, sums), generate

    return multiply_rows


def _function(module: Any, count: int) -> Any:
    """Return the LLVM function of `count` rows in `module`, written there if it is not yet."""
    kind = ir.FunctionType(ir.VoidType(), [POINTER, POINTER, LONG, LONG, POINTER])
    function = cgutils.get_or_insert_function(module, kind, f"zitag_float_product_{count}")
    if function.blocks:
        return function
    function.linkage = "linkonce_odr"
    function.attributes.add("noinline")
    # llvmlite knows no attributes with values. Whole registers, where there are such.
    set.add(function.attributes, '"prefer-vector-width"="512"')
    set.add(function.attributes, '"min-legal-vector-width"="512"')
    x, packed, groups, width, sums = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    x_bytes = builder.mul(width, LONG(4))
    sums_bytes = builder.mul(groups, LONG(4 * LANES))
    starts = [builder.gep(x, [builder.mul(LONG(row), x_bytes)]) for row in range(count)]
    with cgutils.for_range(builder, groups) as group:
        weights = builder.gep(packed, [builder.mul(group.index, builder.mul(width, LONG(4 * LANES)))])
        place = builder.mul(group.index, LONG(4 * LANES))
        for row, total in enumerate(_sum_group(builder, starts, weights, width)):
            store(builder, total, sums, builder.add(builder.mul(LONG(row), sums_bytes), place))
    builder.ret_void()
    return function


def _sum_group(builder: Any, starts: list[Any], weights: Any, width: Any) -> list[Any]:
    """Write the loop over the width; return the sums of each row after it."""
    before = builder.block
    loop, after = builder.append_basic_block("width"), builder.append_basic_block("done")
    builder.branch(loop)
    builder.position_at_end(loop)
    turn = builder.phi(LONG)
    turn.add_incoming(LONG(0), before)
    totals = [builder.phi(FLOATS) for _ in starts]
    column = load(builder, weights, FLOATS, builder.mul(turn, LONG(4 * LANES)))
    following = builder.add(turn, LONG(1))
    turn.add_incoming(following, loop)
    sums = []
    for start, total in zip(starts, totals, strict=True):
        number = splat(builder, load(builder, start, FLOAT, builder.mul(turn, LONG(4))), FLOATS)
        sums.append(_fma(builder, number, column, total))
        total.add_incoming(ir.Constant(FLOATS, [0.0] * LANES), before)
        total.add_incoming(sums[-1], loop)
    builder.cbranch(builder.icmp_signed("<", following, width), loop, after)
    builder.position_at_end(after)
    return sums


def _fma(builder: Any, a: Any, b: Any, c: Any) -> Any:
    # Two instructions where the processor has none for both: llvm.fma would call a function of the C library there.
    kind = ir.FunctionType(FLOATS, [FLOATS] * 3)
    return builder.call(
        cgutils.get_or_insert_function(builder.module, kind, "llvm.fmuladd.v16f32"), [a, b, c]
    )


_rows_1, _rows_2, _rows_3, _rows_6, _rows_12 = (_kernel(count) for count in (1, 2, 3, FEW_ROWS, MAX_ROWS))
