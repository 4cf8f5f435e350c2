"""What the two kernels share: rows of numpy arrays as pointers, and functions of LLVM that are never inlined."""

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types

BYTE, INT, LONG, FLOAT = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.FloatType()
LANES = 16

POINTER = ir.PointerType(BYTE)
BYTES = ir.VectorType(BYTE, LANES)
INTS = ir.VectorType(INT, LANES)
FLOATS = ir.VectorType(FLOAT, LANES)


def row_pointer(context: Any, builder: Any, kind: types.Array, array: Any, *indices: Any) -> Any:
    """Return the address of array[indices], as a byte pointer."""
    struct = context.make_array(kind)(context, builder, array)
    strides = cgutils.unpack_tuple(builder, struct.strides)
    address = builder.bitcast(struct.data, POINTER)
    for index, stride in zip(indices, strides, strict=False):
        address = builder.gep(address, [builder.mul(index, stride)])
    return address


def own_function(module: Any, name: str, instructions: type[Any], arguments: list[Any]) -> tuple[Any, bool]:
    """Return the function called `name` by `instructions` in `module`, and whether its body is still to be written.

    instructions: a class with their `name`, what is `needed` of the processor (nothing: whatever the rest is compiled
    for) and how many `lanes` of 32 bits a register has.
    """
    kind = ir.FunctionType(ir.VoidType(), arguments)
    function = cgutils.get_or_insert_function(module, kind, f"{name}_{instructions.name}")
    if function.blocks:
        return function, False
    function.linkage = "linkonce_odr"
    function.attributes.add("noinline")
    if not instructions.needed:
        return function, True
    # llvmlite knows no attributes with values. Whatever processor the rest is compiled for, these are for those
    # that have the instructions, and use whole registers but nothing beyond.
    features = ",".join(f"+{feature}" for feature in instructions.needed)
    set.add(function.attributes, '"target-cpu"="x86-64"')
    set.add(function.attributes, f'"target-features"="{features}"')
    set.add(function.attributes, f'"min-legal-vector-width"="{32 * instructions.lanes}"')
    return function, True


def splat(builder: Any, value: Any, kind: Any) -> Any:
    """Return a vector with `value` in each lane."""
    undefined = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(undefined, value, INT(0))
    return builder.shuffle_vector(
        first, undefined, ir.Constant(ir.VectorType(INT, kind.count), [0] * kind.count)
    )


def load(builder: Any, address: Any, kind: Any, offset: Any) -> Any:
    """Return the vector at `address` + `offset` bytes."""
    return builder.load(builder.bitcast(builder.gep(address, [offset]), ir.PointerType(kind)), align=1)


def store(builder: Any, value: Any, address: Any, offset: Any) -> None:
    """Write a vector to `address` + `offset` bytes."""
    builder.store(value, builder.bitcast(builder.gep(address, [offset]), ir.PointerType(value.type)), align=1)
