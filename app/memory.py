"""Gives memory back to the system that loading a bundle took and serving does not need.

A bundle is read, hashed, parsed and handed to the runtime: for a second several copies of it are there, then one.
"""

import contextlib
import ctypes
import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# From malloc.h of glibc.
_M_ARENA_MAX = -8
# From sys/mman.h of Linux: these pages may go; those that are as in a file are read again when touched.
_MADV_PAGEOUT = 21
_COMPILER = "libllvmlite.so"


def share_arenas(threads: int) -> None:
    """Have all threads allocate from as many pools of the C library as tag at once, two at least.

    By default each thread has its own, and what one has freed no other can use. To be called before there are threads.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
        _libc().mallopt(_M_ARENA_MAX, max(2, threads))


def release_memory() -> None:
    """Give memory that is free back to the system.

    What is still in use stays for long: the garbage collector need not look at it again and again. LLVM, through which
    numba compiles or loads what is compiled, is 70 MB of program text that has done its work.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc, or another system
        libc = _libc()
        libc.malloc_trim(0)
        for start, size in _text_of(_COMPILER):
            libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), _MADV_PAGEOUT)


def _libc() -> Any:
    return ctypes.CDLL(None)


def _text_of(library: str) -> Iterator[tuple[int, int]]:
    """Yield address and size of each part of a loaded library that can't be written to."""
    for line in Path("/proc/self/maps").read_text("utf-8").splitlines():
        addresses, access, *_, name = line.split(maxsplit=5)
        if access[1] != "w" and Path(name).name == library:
            start, end = (int(address, 16) for address in addresses.split("-"))
            yield start, end - start
