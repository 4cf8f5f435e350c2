"""This machine's file systems, network mounts among them, without any package."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from model.bulk.stores.base import BLOCK_BYTES, Found


class LocalStore:
    """Files by their path."""

    def info(self, path: str) -> Found | None:
        """Return what is at `path`, None where there is nothing."""
        try:
            status = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Found(path, status.st_size, status.st_mtime_ns, os.path.isdir(path))

    def files(self, folder: str) -> Iterator[Found]:
        """Yield the files below a folder, in order of their names; none where it does not exist."""
        for parent, folders, names in os.walk(folder):
            folders.sort()
            for name in sorted(names):
                found = self.info(os.path.join(parent, name))
                if found and os.path.isfile(found.path):
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

    def delete(self, path: str) -> None:
        """Delete a file or a folder with all that is in it, if it is there."""
        if os.path.isdir(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            Path(path).unlink(missing_ok=True)
