"""The instructions that multiply bytes: what each set of them takes, and which this CPU has.

    Avx512Vnni, AvxVnni   four bytes times four in each lane of a register, summed (vpdpbusd)
    Avx512, Avx2          two numbers of 16 bits times two (vpmaddwd), then added: bytes are kept as 16 bits there

Sums of whole numbers: all give the same. A set is a class of packed weights, so that numba compiles a function for each
and keeps them apart in its cache: both go by the classes of arguments.
"""

from typing import Any, ClassVar, NamedTuple, TypeAlias

import llvmlite.binding
import numpy as np
from numpy.typing import NDArray


class _Weights(NamedTuple):
    weights: NDArray[Any]  # [columns / tile, width / numbers, tile, numbers]


class Packed(_Weights):
    """Weights as `multiply` reads them, for the instructions of its class."""

    name: ClassVar[str]
    needed: ClassVar[tuple[str, ...]]  # of the processor, as LLVM calls it
    instruction: ClassVar[str]  # as LLVM calls it
    lanes: ClassVar[int]  # sums of 32 bits in a register
    numbers: ClassVar[int]  # that one instruction multiplies in each lane
    registers: ClassVar[
        int
    ]  # of sums beside each other for each of MAX_ROWS rows: with what is read, they fit

    @classmethod
    def tile(cls) -> int:
        """Return how many columns are summed at once."""
        return cls.lanes * cls.registers

    @classmethod
    def byte(cls) -> type[np.uint8 | np.uint16]:
        """Return the type that inputs and states are kept in: numbers from 0 to 255."""
        return np.uint8 if cls.numbers == 4 else np.uint16

    @classmethod
    def pack(cls, weights: NDArray[np.int8]) -> "Packed":
        """Return signed weights [width, columns]; width a multiple of 4, columns of `tile`.

        >>> packed = Avx512Vnni.pack(np.arange(8, dtype=np.int8)[:, None].repeat(64, 1))
        >>> packed.weights.shape, packed.weights[0, 1, 63].tolist()
        ((1, 2, 64, 4), [4, 5, 6, 7])
        """
        width, columns = weights.shape
        tile = cls.tile()
        parts = weights.reshape(width // cls.numbers, cls.numbers, columns // tile, tile)
        signed = np.int8 if cls.numbers == 4 else np.int16
        return cls(np.ascontiguousarray(parts.transpose(2, 0, 3, 1), signed))


InstructionSet: TypeAlias = type[Packed]


class Avx512Vnni(Packed):
    """Intel's servers since 2019, AMD's since 2022. 24 registers of sums, four of weights, one of x: 29 of 32."""

    name = "avx512vnni"
    needed = ("avx512f", "avx512bw", "avx512vnni")
    # As LLVM named it before version 22, which still reads it so.
    instruction = "llvm.x86.avx512.vpdpbusd.512"
    lanes, numbers, registers = 16, 4, 4


class Avx512(Packed):
    """Intel's servers of 2017."""

    name = "avx512"
    needed = ("avx512f", "avx512bw")
    instruction = "llvm.x86.avx512.pmaddw.d.512"
    lanes, numbers, registers = 16, 2, 4


class AvxVnni(Packed):
    """Intel's without AVX-512 since 2021. 12 registers of sums, two of weights, one of x: 15 of 16."""

    name = "avxvnni"
    needed = ("avx2", "fma", "avxvnni")
    instruction = "llvm.x86.avx512.vpdpbusd.256"
    lanes, numbers, registers = 8, 4, 2


class Avx2(Packed):
    """Nearly all others since 2013, AMD's since 2017. One register more than AvxVnni, of products: 16 of 16."""

    name = "avx2"
    needed = ("avx2", "fma")
    instruction = "llvm.x86.avx2.pmadd.wd"
    lanes, numbers, registers = 8, 2, 2


# The best first.
INSTRUCTION_SETS: tuple[InstructionSet, ...] = (Avx512Vnni, Avx512, AvxVnni, Avx2)


def host_instructions() -> list[InstructionSet]:
    """Return the sets that this CPU has."""
    features = llvmlite.binding.get_host_cpu_features()
    return [kind for kind in INSTRUCTION_SETS if all(features.get(name, False) for name in kind.needed)]


def best_instructions() -> InstructionSet | None:
    """Return the best set that this CPU has, None where it has none."""
    return next(iter(host_instructions()), None)
