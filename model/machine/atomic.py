"""Files and folders that appear whole or not at all.

    NAME.partial written -> synced -> renamed to NAME (a folder that exists is swapped with it)

Killed before the last step, they leave a NAME.partial that the next write replaces. Two processes never write one
NAME.partial: the second is refused.
"""

import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from model.machine.locks import hold

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Give the path `NAME.partial` beside `path` to write, which takes its place when the block ends well.

    If the block raises, the partial file goes and `path` stays as it was. OSError when the disk doesn't let us, when
    another process is writing it, when `path` is a folder.
    """
    if path.is_dir():
        raise _error(errno.EISDIR, path)
    partial = partial_path(path)
    with _held(partial, path):
        try:
            yield partial
            _sync(partial)
            partial.replace(path)
        except BaseException as error:
            partial.unlink(missing_ok=True)
            _name(error, path)
            raise


@contextmanager
def atomic_folder(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give an empty `NAME.partial` beside `path` to fill, which takes its place when the block ends well.

    If the block raises, the partial folder goes and `path` stays as it was. With `overwrite` an existing folder
    is swapped out; without it FileExistsError is raised. OSError when the disk doesn't let us, when another process
    is writing it.
    """
    if not overwrite and os.path.lexists(path):
        raise FileExistsError(f"{path} is there already")
    partial = partial_path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _held_folder(partial, path):
        try:
            yield partial
            _sync_tree(partial)
            _put(partial, path, overwrite)
        except BaseException as error:
            _remove(partial)
            _name(error, path)
            raise


@contextmanager
def _held(partial: Path, path: Path) -> Iterator[None]:
    """Make the file if need be and hold it for this process, as long as the block runs; a kill lets go of it."""
    while True:
        try:
            descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise _error(error.errno or errno.EIO, path) from error
        try:
            if not hold(descriptor):
                raise _held_by_another(path)
            if _is_still(partial, descriptor):
                yield
                return
        finally:
            os.close(descriptor)


@contextmanager
def _held_folder(partial: Path, path: Path) -> Iterator[None]:
    """Make the folder, empty, and hold it for this process, as long as the block runs; a kill lets go of it."""
    with suppress(FileNotFoundError, NotADirectoryError):
        left = os.open(partial, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if not hold(left):
                raise _held_by_another(path)
        finally:
            os.close(left)
    _remove(partial)
    partial.mkdir()
    descriptor = os.open(partial, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if not (hold(descriptor) and _is_still(partial, descriptor)):
            raise _held_by_another(path)
        yield
    finally:
        os.close(descriptor)


def _held_by_another(path: Path) -> OSError:
    return BlockingIOError(errno.EWOULDBLOCK, "another process is writing it", str(path))


def _is_still(partial: Path, descriptor: int) -> bool:
    """Return whether the file has not been renamed by the process that held it before."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.stat(partial), os.fstat(descriptor))
    return False


def _name(error: BaseException, path: Path) -> None:
    """Have an error of a full disk say which file it is about: that of a write knows none."""
    if isinstance(error, OSError) and error.filename is None and error.errno in _FULL:
        error.filename = str(path)


def _error(number: int, path: Path) -> OSError:
    return OSError(number, os.strerror(number), str(path))


def partial_path(path: Path) -> Path:
    """Return where a file or folder is while it is written."""
    return path.with_name(f"{path.name}.partial")


def _put(partial: Path, path: Path, overwrite: bool) -> None:
    if overwrite and os.path.lexists(path):
        _swap(partial, path)
        _remove(partial)
    else:
        partial.rename(path)
    _sync(path.parent)


def _swap(partial: Path, path: Path) -> None:
    """Exchange the two folders; in one step where Linux can, else with a moment of neither."""
    if _exchange(partial, path):
        return
    aside = path.with_name(path.name + ".old")
    _remove(aside)
    path.rename(aside)
    partial.rename(path)
    _remove(aside)


def _exchange(one: Path, other: Path) -> bool:
    """Return whether renameat2(2) swapped the two names: some file systems and other systems can't."""
    if not sys.platform.startswith("linux"):
        return False
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    if renameat2 is None:
        return False
    names = os.fsencode(one), os.fsencode(other)
    return bool(renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0)


def _sync_tree(folder: Path) -> None:
    for parent, _, names in os.walk(folder):
        for name in names:
            _sync(Path(parent, name))
        _sync(Path(parent))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
