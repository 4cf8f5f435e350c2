"""The files of a bundle: read within bounds, and only as the manifest records them.

A file is opened, its size compared with bundle.json and with what a file of its kind may have, and only then read: a
stranger's bundle takes no more memory than a large one of our own.
"""

import errno
import hashlib
import os
import stat
from pathlib import Path

from model.bundle.config import NetworkConfig
from model.bundle.manifest import MANIFEST_FILE, REMEDY, BundleError, FileRecord, Manifest
from model.bundle.weights import max_weights_bytes

VOCABULARY_FILE, WEIGHTS_FILE = "vocabulary.json", "weights.safetensors"
NETWORK_FILE, GOLDEN_FILE = "network.onnx", "golden.json"

# Bounds on what is read into memory before it is known to be right; our largest are a quarter of it. Python makes of
# JSON ten to twenty times its size.
MAX_MANIFEST_BYTES = 1 << 20
_MAX_BYTES = {NETWORK_FILE: 1 << 20, GOLDEN_FILE: 1 << 22}
_MAX_WEIGHTS_BYTES = 1 << 31
# A channel's rows take some 30 bytes each in vocabulary.json; of typed words many share a row.
_VOCABULARY_BYTES, _VOCABULARY_BYTES_PER_ROW = 1 << 25, 64
# Of bundles, where one should have been named.
_MOST_NAMED = 5
# What to do where the file may well be right.
_REMEDIES = {
    errno.EACCES: "let the user that this runs as read it, and enter its folder",
    errno.EMFILE: "let this process open more files (ulimit -n)",
    errno.ENFILE: "too many files are open on this machine",
}


def read_files(path: Path, manifest: Manifest) -> dict[str, bytes]:
    """Return the content of each file of the bundle in the folder `path`, by name.

    Raises BundleError on a file that is missing, unreadable, too large or not the one that was recorded.
    """
    names = {VOCABULARY_FILE, WEIGHTS_FILE, NETWORK_FILE, GOLDEN_FILE}
    if manifest.files.keys() != names:
        raise BundleError(
            f"{path / MANIFEST_FILE}: files: expected {sorted(names)}, got {sorted(manifest.files)}; {REMEDY}"
        )
    files = {}
    for name, expected in manifest.files.items():
        files[name] = _read_recorded(path / name, expected, _max_bytes(name, manifest.network))
    return files


def check_folder(path: Path) -> None:
    """Raise BundleError unless `path` is a folder that can be looked at, and not one that holds bundles."""
    try:
        is_folder = stat.S_ISDIR(os.stat(path).st_mode)
        held = _bundles_in(path) if is_folder and not (path / MANIFEST_FILE).exists() else []
    except PermissionError as error:
        remedy = _REMEDIES[errno.EACCES]
        raise BundleError(
            f"{path}: expected the folder of a bundle, got {error.strerror!r}; {remedy}"
        ) from error
    except (OSError, ValueError):  # ValueError: a NUL in the path
        is_folder, held = False, []
    if not is_folder:
        raise BundleError(
            f"{path}: expected the folder of a bundle, got none; make one with `python -m training.fit`"
        )
    if held:
        names = ", ".join(map(repr, held[:_MOST_NAMED])) + (", ..." if held[_MOST_NAMED:] else "")
        raise BundleError(
            f"{path}: expected the folder of a bundle, got one that holds bundles; name one: {names}"
        )


def _bundles_in(path: Path) -> list[str]:
    return sorted(manifest.parent.name for manifest in path.glob(f"*/{MANIFEST_FILE}"))


def read_file(path: Path, max_bytes: int, size: int | None = None) -> bytes:
    """Return the content of a regular file of at most max_bytes; of `size`, if it is given. Raises BundleError."""
    try:
        return _read_regular(path, max_bytes, size)
    except BundleError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        remedy = _REMEDIES.get(getattr(error, "errno", None) or 0, REMEDY)
        raise BundleError(f"{path}: expected a readable file, got {error}; {remedy}") from error


def record_of(content: bytes) -> FileRecord:
    """Return what the manifest says of a file with this content."""
    return FileRecord(sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def _max_bytes(name: str, network: NetworkConfig) -> int:
    """Return how large a file of the bundle may be, of a network of this shape."""
    if name == VOCABULARY_FILE:
        rows = sum(channel.rows for channel in network.channels)
        return _VOCABULARY_BYTES + _VOCABULARY_BYTES_PER_ROW * rows
    if name == WEIGHTS_FILE:
        return min(max_weights_bytes(network), _MAX_WEIGHTS_BYTES)
    return _MAX_BYTES[name]


def _read_recorded(path: Path, expected: FileRecord, max_bytes: int) -> bytes:
    """Return the content of a file if it is the one that was recorded. Raises BundleError."""
    content = read_file(path, max_bytes, expected.size)
    if (found := record_of(content)) != expected:
        raise BundleError(
            f"{path}: expected {expected.size} bytes with sha256 {expected.sha256}, "
            f"got {found.size} with {found.sha256}; {REMEDY}"
        )
    return content


def _read_regular(path: Path, max_bytes: int, size: int | None) -> bytes:
    # Without waiting: a pipe would keep us until someone writes into it.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > max_bytes:
            raise BundleError(
                f"{path}: expected a file of at most {max_bytes} bytes, got {stat.filemode(status.st_mode)} "
                f"with {status.st_size} bytes; {REMEDY}"
            )
        if size is not None and status.st_size != size:
            raise BundleError(f"{path}: expected {size} bytes, got {status.st_size}; {REMEDY}")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(status.st_size)
    finally:
        os.close(descriptor)
