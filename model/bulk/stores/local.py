"""This machine's file systems, network mounts among them, without any package."""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from model.bulk.job import BulkError
from model.bulk.stores.base import BLOCK_BYTES, Found
from model.machine.locks import hold


class LocalStore:
    """Files by their path."""

    def info(self, path: str) -> Found | None:
        """Return what is at `path`, None where there is nothing. Raises BulkError for a pipe or a device."""
        try:
            status = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        is_folder = stat.S_ISDIR(status.st_mode)
        if not is_folder and not stat.S_ISREG(status.st_mode):
            remedy = "write it to a file first, or give it to `zitag tag`"
            raise BulkError(f"{path}: expected a file or a folder, got a pipe or a device; {remedy}")
        return Found(path, status.st_size, status.st_mtime_ns, is_folder)

    def files(self, folder: str) -> Iterator[Found]:
        """Yield the files below a folder, in order of their names; none where it does not exist.

        Raises BulkError for a folder below it that cannot be read: its files would be missing, and nobody told.
        """
        for parent, folders, names in os.walk(folder, onerror=partial(_refuse_unreadable, folder)):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(parent, name)
                found = self.info(path) if os.path.isfile(path) else None
                if found:
                    yield found

    def read(self, path: str) -> BinaryIO:
        """Return the file, open for reading at any place."""
        return open(path, "rb", buffering=BLOCK_BYTES)

    def write(self, path: str) -> BinaryIO:
        """Return a new file, open for writing; its folder is made."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        return open(path, "wb")

    def move(self, path: str, to: str) -> None:
        """Rename a file that is written to its end, in one step; what was called `to` is gone."""
        with open(path, "rb") as file:
            os.fsync(file.fileno())
        Path(to).parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, to)

    @contextmanager
    def held(self, folder: str) -> Iterator[None]:
        """Keep a folder to one run while the block runs; BulkError if another has it. A kill lets go of it."""
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            if not hold(descriptor):
                expected = "a TARGET that no other run writes to, got one that does"
                raise BulkError(f"{folder}: expected {expected}; wait for it, or name another")
            yield
        finally:
            os.close(descriptor)

    def delete(self, path: str) -> None:
        """Delete a file or a folder with all that is in it, if it is there."""
        if os.path.isdir(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            Path(path).unlink(missing_ok=True)


def _refuse_unreadable(top: str, error: OSError) -> None:
    """Raise BulkError for a folder below `top` that is there, cannot be read, and would not be passed over."""
    folder = str(error.filename)
    below = os.path.relpath(folder, top).split(os.sep)
    is_hidden = any(part.startswith((".", "_")) for part in below if part != ".")
    if not is_hidden and not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise BulkError(
            f"{folder}: expected a folder that can be read, got {error.strerror!r}; allow it, or move it elsewhere"
        ) from error
