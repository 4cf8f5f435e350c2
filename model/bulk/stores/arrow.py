"""Object stores and other file systems by URL: s3, gs, abfs and hdfs as pyarrow has them, all others as fsspec has.

Where S3 is, and who we are there, its usual environment says: AWS_ENDPOINT_URL, AWS_REGION, AWS_PROFILE and so on.
"""

import io
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Any, BinaryIO, cast

import pyarrow as pa
from pyarrow import fs

from model.bulk.job import BulkError
from model.bulk.stores.base import BLOCK_BYTES, Found

# They have no folders; pyarrow would leave an empty object for each that is made.
_WITHOUT_FOLDERS = ("s3", "gcs")


class ArrowStore:
    """Files by their URL. system: of pyarrow. prefix: what stands before its paths in a URL."""

    def __init__(self, system: Any, prefix: str) -> None:
        self._system, self._prefix = system, prefix

    def info(self, path: str) -> Found | None:
        """Return what is at a URL, None where there is nothing."""
        found = self._system.get_file_info(self._path(path))
        return None if found.type == fs.FileType.NotFound else self._found(found)

    def files(self, folder: str) -> Iterator[Found]:
        """Yield the files below a folder, in order of their names; none where it does not exist."""
        selector = fs.FileSelector(self._path(folder), recursive=True, allow_not_found=True)
        infos = self._system.get_file_info(selector)
        for found in sorted(infos, key=lambda info: info.path):
            if found.type == fs.FileType.File:
                yield self._found(found)

    def read(self, path: str) -> BinaryIO:
        """Return the file, open for reading at any place."""
        file = self._system.open_input_file(self._path(path))
        return cast(BinaryIO, io.BufferedReader(file, BLOCK_BYTES))

    def write(self, path: str) -> BinaryIO:
        """Return a new file, open for writing."""
        self._make_folder(path)
        return cast(BinaryIO, self._system.open_output_stream(self._path(path)))

    def move(self, path: str, to: str) -> None:
        """Rename a file: an object store copies it, and shows the copy when it is whole."""
        self._make_folder(to)
        self._system.move(self._path(path), self._path(to))

    def held(self, folder: str) -> AbstractContextManager[None]:
        """Do nothing: object stores have no locks."""
        return nullcontext()

    def delete(self, path: str) -> None:
        """Delete a file or a folder with all that is in it, if it is there."""
        found = self.info(path)
        if found:
            delete = self._system.delete_dir if found.is_folder else self._system.delete_file
            delete(self._path(path))

    def _path(self, url: str) -> str:
        return url.removeprefix(self._prefix).rstrip("/")

    def _found(self, found: Any) -> Found:
        is_folder = found.type == fs.FileType.Directory
        return Found(f"{self._prefix}{found.path}", found.size or 0, found.mtime_ns or 0, is_folder)

    def _make_folder(self, path: str) -> None:
        if self._system.type_name not in _WITHOUT_FOLDERS:
            self._system.create_dir(os.path.dirname(self._path(path)), recursive=True)


@lru_cache(maxsize=16)
def open_root(root: str) -> ArrowStore:
    """Return the store of `scheme://host` or `scheme://bucket`. Raises BulkError where there is none."""
    try:
        system, path = _open(root)
    except (OSError, ValueError, ImportError) as error:
        raise BulkError(f"{root}: expected the URL of a file system, got {error}") from error
    return ArrowStore(system, root[: len(root) - len(path)] if path.strip("/") else root)


def _open(root: str) -> tuple[Any, str]:
    scheme, _, bucket = root.partition("://")
    if scheme == "s3":
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        if not endpoint and not region:
            region = fs.resolve_s3_region(bucket)
        return fs.S3FileSystem(endpoint_override=endpoint, region=region), bucket
    try:
        system, path = fs.FileSystem.from_uri(root)
        return system, path
    except pa.ArrowInvalid:  # a scheme that pyarrow has not
        import fsspec

        system, path = fsspec.core.url_to_fs(root)
        return fs.PyFileSystem(fs.FSSpecHandler(system)), path
