"""Recurrent weights as `model.runtime.lstm.product` reads them, each kind for the instructions of some processors.

A kind is a class, so that numba compiles a function for each and keeps them apart in its cache, which may have been
filled by a machine with other instructions, as in an image. Their products are compiled for these instructions even
where the rest is to run on any processor of the kind (NUMBA_CPU_NAME=generic).
"""

from functools import cache
from typing import ClassVar, NamedTuple

import llvmlite.binding
import numpy as np
from numpy.typing import NDArray

from model.runtime.int8.vectors import LANES

# Sums of 12 rows are 12 of the 32 registers of AVX-512; without it a row's sums are two of 16 registers.
MAX_ROWS = 12
FEW_ROWS = 6


class _Fields(NamedTuple):
    weights: NDArray[np.float32]  # [columns / 16, width, 16]
    most: int  # rows whose sums the registers hold


class Packed(_Fields):
    """For whatever processor numba compiles for."""

    name: ClassVar[str] = "any"
    needed: ClassVar[tuple[str, ...]] = ()  # of the processor, as LLVM calls it
    lanes: ClassVar[int] = LANES  # numbers in a register
    rows: ClassVar[int] = FEW_ROWS

    @classmethod
    def pack(cls, weights: NDArray[np.float32]) -> "Packed":
        """Return weights [width, columns]; columns a multiple of 16.

        >>> Packed.pack(np.arange(32, dtype=np.float32).reshape(1, 32)).weights.shape
        (2, 1, 16)
        """
        width, columns = weights.shape
        parts = weights.reshape(width, columns // LANES, LANES).transpose(1, 0, 2)
        return cls(np.ascontiguousarray(parts), cls.rows)


class Avx512(Packed):
    """x86 with AVX-512: a row's sums are one register."""

    name, needed, rows = "avx512", ("avx512f",), MAX_ROWS


class Avx2(Packed):
    """x86 with AVX2 and FMA."""

    name, needed, lanes = "avx2", ("avx2", "fma"), LANES // 2


@cache
def host_kinds() -> tuple[type[Packed], ...]:
    """Return the kinds that this CPU has the instructions of, the best first."""
    features = llvmlite.binding.get_host_cpu_features()
    return tuple(
        kind for kind in (Avx512, Avx2, Packed) if all(features.get(name, False) for name in kind.needed)
    )


def multiplies_bfloat16() -> bool:
    """Return whether this CPU has instructions for it: AMD's servers since 2022, Intel's since 2023."""
    return bool(llvmlite.binding.get_host_cpu_features().get("avx512bf16", False))
