"""What the two kernels share: rows of numpy arrays as pointers, and functions of LLVM that are never inlined."""

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types

BYTE, INT, LONG, FLOAT = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.FloatType()
LANES = 16
NEEDED = ("avx512f", "avx512bw", "avx512vnni")  # of the processor
_FEATURES = ",".join(f"+{name}" for name in NEEDED)

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


def own_function(module: Any, name: str, arguments: list[Any]) -> tuple[Any, bool]:
    """Return the function called `name` in `module`, and whether its body is still to be written."""
    kind = ir.FunctionType(ir.VoidType(), arguments)
    function = cgutils.get_or_insert_function(module, kind, name)
    if function.blocks:
        return function, False
    function.linkage = "linkonce_odr"
    function.attributes.add("noinline")
    # llvmlite knows no attributes with values. Whatever processor the rest is compiled for, these are for those
    # that have the instructions, and use whole registers.
    set.add(function.attributes, f'"target-features"="{_FEATURES}"')
    set.add(function.attributes, '"min-legal-vector-width"="512"')
    return function, True


def splat(builder: Any, value: Any, kind: Any) -> Any:
    """Return a vector with `value` in each lane."""
    undefined = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(undefined, value, INT(0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(INT, LANES), [0] * LANES))


def load(builder: Any, address: Any, kind: Any, offset: Any) -> Any:
    """Return the vector at `address` + `offset` bytes."""
    return builder.load(builder.bitcast(builder.gep(address, [offset]), ir.PointerType(kind)), align=1)


def store(builder: Any, value: Any, address: Any, offset: Any) -> None:
    """Write a vector to `address` + `offset` bytes."""
    builder.store(value, builder.bitcast(builder.gep(address, [offset]), ir.PointerType(value.type)), align=1)
