"""What a store does, whichever it is, and files written aside in it."""

import os
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import BinaryIO, NamedTuple, Protocol

# Below TARGET: what is being written. Names with an underscore are no data to Spark, Hive and pyarrow.
TEMPORARY = "_temporary"
# Of one read.
BLOCK_BYTES = 1 << 20


class Found(NamedTuple):
    """A file or folder of a store: its size in bytes, when it changed in nanoseconds since 1970."""

    path: str
    size: int
    modified: int
    is_folder: bool = False


class Store(Protocol):
    """Files of one kind of place: see LocalStore for what each function does."""

    def info(self, path: str) -> Found | None: ...  # noqa: D102
    def files(self, folder: str) -> Iterator[Found]: ...  # noqa: D102
    def read(self, path: str) -> BinaryIO: ...  # noqa: D102
    def write(self, path: str) -> BinaryIO: ...  # noqa: D102
    def move(self, path: str, to: str) -> None: ...  # noqa: D102
    def delete(self, path: str) -> None: ...  # noqa: D102
    def held(self, folder: str) -> AbstractContextManager[None]: ...  # noqa: D102


def join(folder: str, name: str) -> str:
    """Return the path of a name in a folder or URL.

    >>> join("out/", "a/b.txt"), join("s3://bucket/out", "a.txt")
    ('out/a/b.txt', 's3://bucket/out/a.txt')
    """
    return f"{folder.rstrip('/')}/{name}"


@contextmanager
def written_aside(store: Store, target: str, name: str) -> Iterator[BinaryIO]:
    """Give a file to write, which is `name` in `target` when the block ends well and nothing otherwise.

    Whoever kills us leaves it in TEMPORARY. Two that write the same name at once don't meet.
    """
    temporary = join(target, f"{TEMPORARY}/{uuid.uuid4().hex}-{os.path.basename(name)}")
    try:
        with store.write(temporary) as file:
            yield file
        store.move(temporary, join(target, name))
    except BaseException:
        store.delete(temporary)
        raise
