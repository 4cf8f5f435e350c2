"""Products of a few rows with a small matrix, float32, in registers: what each step of an LSTM waits for.

    x [rows, width] times weights [width, columns] as `Packed` lays them out -> [rows, columns]

Up to twelve rows by 16 columns of sums stay in registers. Each such loop is an LLVM function of its own that is never
inlined: inlined, its sums no longer fit the registers beside those of the caller. A row's sums are made in the same
order alone and beside any others.
"""

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from model.machine.numba_cache import compiled
from model.runtime.int8.vectors import (
    FLOAT,
    FLOATS,
    LANES,
    LONG,
    POINTER,
    load,
    own_function,
    row_pointer,
    splat,
    store,
)
from model.runtime.lstm.packed import FEW_ROWS, MAX_ROWS, Packed


@compiled
def multiply(x: Any, packed: Any, sums: Any) -> None:
    """Write x times the packed weights to sums, by the instructions of the packed weights' class.

    x: float32 [rows, width], contiguous; sums: float32 [rows, columns], contiguous.
    """
    first = 0
    rows = x.shape[0]
    if packed.most == MAX_ROWS:
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
            kinds, values = list(signature.args), list(arguments)
            kinds[2], values[2] = kinds[2].types[0], builder.extract_value(values[2], 0)

            def at(which: int, *indices: Any) -> Any:
                return row_pointer(context, builder, kinds[which], values[which], *indices)

            start = context.cast(builder, values[1], kinds[1], types.int64)
            weights = context.make_array(kinds[2])(context, builder, values[2])
            groups, width = cgutils.unpack_tuple(builder, weights.shape)[:2]
            function = _function(builder.module, count, packed.instance_class)
            builder.call(function, [at(0, start), at(2), groups, width, at(3, start)])
            return context.get_dummy_value()

        return types.none(x, first, packed, sums), generate

    return multiply_rows


def _function(module: Any, count: int, kind: type[Packed]) -> Any:
    """Return the LLVM function of `count` rows in `module`, written there if it is not yet."""
    arguments = [POINTER, POINTER, LONG, LONG, POINTER]
    function, is_new = own_function(module, f"zitag_float_product_{count}", kind, arguments)
    if not is_new:
        return function
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
