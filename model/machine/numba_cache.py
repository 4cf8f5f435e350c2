"""Functions compiled by numba on their first call, kept on disk so that the next process need not.

numba alone raises on import where no folder is writable, and ignores a filled cache that it can't write to:
both happen in a read-only container. Here such a cache is read, and without any cache the function still
works, compiled anew in each process.
"""

import contextlib
import hashlib
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, overload

import numba
import numpy as np
from numba.core import caching
from numpy.typing import ArrayLike, NDArray

_P = ParamSpec("_P")
_R = TypeVar("_R")
_T = TypeVar("_T", bound=np.generic)


@overload
def compiled(function: Callable[_P, _R]) -> Callable[_P, _R]: ...
@overload
def compiled(
    *, nogil: bool = True, fused: bool = False
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]: ...
def compiled(function: Any = None, *, nogil: bool = True, fused: bool = False) -> Any:
    """Return function as machine code; nothing is compiled until its first call.

    nogil: release the GIL meanwhile. That is for what takes a good part of a millisecond: where threads wait for
    the GIL, whoever gives it away may get it back milliseconds later. fused: let a product and a sum become one
    instruction, rounded once.

    The cache is the folder NUMBA_CACHE_DIR, or `__pycache__` beside the source, or the user's cache folder:
    the first that is writable, or already holds this file's functions.
    """
    if function is None:
        return partial(compiled, nogil=nogil, fused=fused)
    fast = {"contract"} if fused else False
    dispatcher: Any = numba.njit(nogil=nogil, error_model="numpy", fastmath=fast)(function)
    try:
        dispatcher._cache = _Cache(function)
    except RuntimeError:  # no folder to be found
        dispatcher._cache = caching.NullCache()
    return dispatcher


def plain(values: ArrayLike, dtype: type[_T]) -> NDArray[_T]:
    """Return values as an array for `compiled` functions: contiguous, writable, no subclass.

    It is a copy where need be. numba compiles a function anew for each other kind of array.
    """
    array = np.asarray(values, dtype, order="C")
    return array if array.flags.writeable else array.copy()


class _AllSources:
    """A compiled function holds those that it calls: its cache is stale when the file of any has changed."""

    def get_source_stamp(self) -> Any:
        return super().get_source_stamp(), _sources_sha256()  # type: ignore[misc]


@cache
def _sources_sha256() -> bytes:
    """Return the hash of all files of this package that numba compiles something of."""
    sources = (path.read_bytes() for path in sorted(Path(__file__).parents[1].rglob("*.py")))
    return hashlib.sha256(
        b"".join(source for source in sources if b"numba" in source or b"llvmlite" in source)
    ).digest()


class _Filled:
    """A cache folder that need not be writable, if functions of the source file are in it."""

    def ensure_cache_path(self) -> None:
        folder, source = Path(self.get_cache_path()), Path(self._py_file)  # type: ignore[attr-defined]
        if not any(folder.glob(f"{source.stem}.*.nbi")):
            raise OSError(f"{folder}: no compiled functions of {source}")


class _UserProvided(_AllSources, caching.UserProvidedCacheLocator):  # type: ignore[misc]
    pass


class _InTree(_AllSources, caching.InTreeCacheLocator):  # type: ignore[misc]
    pass


class _UserWide(_AllSources, caching.UserWideCacheLocator):  # type: ignore[misc]
    pass


class _FilledUserProvided(_Filled, _UserProvided):
    pass


class _FilledInTree(_Filled, _InTree):
    pass


class _CacheImpl(caching.CompileResultCacheImpl):  # type: ignore[misc]
    _locator_classes = (
        _UserProvided,
        _FilledUserProvided,
        _InTree,
        _FilledInTree,
        _UserWide,
    )


class _Cache(caching.FunctionCache):  # type: ignore[misc]
    _impl_class = _CacheImpl

    # A torn file, a full or a read-only disk cost a compilation, not the answer. Exception: a torn pickle can
    # raise nearly any.

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        with contextlib.suppress(Exception):
            return super().load_overload(sig, target_context)

    def save_overload(self, sig: Any, data: Any) -> None:
        with contextlib.suppress(Exception):
            super().save_overload(sig, data)
