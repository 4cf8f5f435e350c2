"""Files and folders that appear whole or not at all.

    NAME.partial written -> synced -> renamed to NAME (a folder that exists is swapped with it)

Killed before the last step, they leave a NAME.partial that the next write replaces.
"""

import ctypes
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Give the path `NAME.partial` beside `path` to write, which takes its place when the block ends well.

    If the block raises, the partial file goes and `path` stays as it was. OSError when the disk doesn't let us.
    """
    partial = _partial(path)
    try:
        yield partial
        _sync(partial)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def atomic_folder(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give an empty `NAME.partial` beside `path` to fill, which takes its place when the block ends well.

    If the block raises, the partial folder goes and `path` stays as it was. With `overwrite` an existing folder
    is swapped out; without it FileExistsError is raised. OSError when the disk doesn't let us.
    """
    if not overwrite and os.path.lexists(path):
        raise FileExistsError(f"{path} is there already")
    partial = _partial(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove(partial)
    partial.mkdir()
    try:
        yield partial
        _sync_tree(partial)
        _put(partial, path, overwrite)
    except BaseException:
        _remove(partial)
        raise


def _partial(path: Path) -> Path:
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
