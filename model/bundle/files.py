"""The files of a bundle: read within bounds, and only as the manifest records them."""

import hashlib
import os
import stat
from pathlib import Path

from model.bundle.manifest import MANIFEST_FILE, REMEDY, BundleError, FileRecord, Manifest
from model.bundle.weights import max_weights_bytes

VOCABULARY_FILE, WEIGHTS_FILE = "vocabulary.json", "weights.safetensors"
NETWORK_FILE, GOLDEN_FILE = "network.onnx", "golden.json"

# Bounds on what is read into memory before it is known to be right.
MAX_MANIFEST_BYTES = 1 << 24
_MAX_BYTES = {VOCABULARY_FILE: 1 << 28, NETWORK_FILE: 1 << 20, GOLDEN_FILE: 1 << 24}


def read_files(path: Path, manifest: Manifest) -> dict[str, bytes]:
    """Return the content of each file of the bundle in the folder `path`, by name.

    Raises BundleError on a file that is missing, unreadable, too large or not the one that was recorded.
    """
    names = {VOCABULARY_FILE, WEIGHTS_FILE, NETWORK_FILE, GOLDEN_FILE}
    if manifest.files.keys() != names:
        raise BundleError(
            f"{path / MANIFEST_FILE}: files: expected {sorted(names)}, got {sorted(manifest.files)}; {REMEDY}"
        )
    limits = {**_MAX_BYTES, WEIGHTS_FILE: max_weights_bytes(manifest.network)}
    files = {}
    for name, expected in manifest.files.items():
        files[name] = read_file(path / name, limits[name])
        found = record_of(files[name])
        if found != expected:
            raise BundleError(
                f"{path / name}: expected {expected.size} bytes with sha256 {expected.sha256}, "
                f"got {found.size} with {found.sha256}; {REMEDY}"
            )
    return files


def read_file(path: Path, max_bytes: int) -> bytes:
    """Return the content of a regular file of at most max_bytes. Raises BundleError."""
    try:
        return _read_regular(path, max_bytes)
    except BundleError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise BundleError(f"{path}: expected a readable file, got {error}; {REMEDY}") from error


def record_of(content: bytes) -> FileRecord:
    """Return what the manifest says of a file with this content."""
    return FileRecord(sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def _read_regular(path: Path, max_bytes: int) -> bytes:
    # Without waiting: a pipe would keep us until someone writes into it.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > max_bytes:
            raise BundleError(
                f"{path}: expected a file of at most {max_bytes} bytes, got {stat.filemode(status.st_mode)} "
                f"with {status.st_size} bytes; {REMEDY}"
            )
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(status.st_size)
    finally:
        os.close(descriptor)
