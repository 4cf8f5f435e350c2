"""A folder of results under a key: either complete, or built anew.

<directory>/<key>.partial/   being written
<directory>/<key>/           complete; meta.json has the key, and bytes and sha256 of every file
<directory>/<key>.lock       held by who builds or checks; a second process waits and finds the result
"""

import ast
import contextlib
import errno
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from model.machine.atomic import atomic_folder
from model.machine.hashing import file_sha256
from model.machine.locks import hold

ROOT = Path(__file__).resolve().parents[2]  # the folder that holds our packages
META = "meta.json"


class CacheError(Exception):
    """A cache that cannot be written: a full disk, a folder that is not ours."""


def cached_folder(directory: Path, key: str, write: Callable[[Path], None]) -> Path:
    """Return the folder `directory/key`; if it is not complete there, `write(folder)` fills it first.

    A folder that is stale (other key), torn (a file short, changed or missing) or half-written is built anew.
    What `write` raises comes through; an OSError comes as CacheError. Neither leaves a folder behind.
    """
    folder = directory / key
    with _writing(folder):
        directory.mkdir(parents=True, exist_ok=True)
        with _locked(directory / f"{key}.lock"):
            if not is_sound(folder, key):
                _build(folder, key, write)
    return folder


def is_sound(folder: Path, key: str) -> bool:
    """Return whether `folder` was written whole under `key` and every file is still as it was written."""
    try:
        meta = json.loads((folder / META).read_text("utf-8"))
        return bool(meta["key"] == key and meta["files"] == _fingerprints(folder))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def code_sha256(path: Path, root: Path = ROOT) -> str:
    """Return the hash of a source file and of all files of ours that it imports, at any remove.

    What other code wrote is stale: with this in its key, a cache never outlives the code that filled it.
    """
    found: dict[Path, str] = {}
    fresh = {path}
    while fresh:
        found |= {file: file_sha256(file) for file in fresh}
        fresh = {file for seen in fresh for file in _imports(seen, root)} - found.keys()
    return hashlib.sha256("".join(found[file] for file in sorted(found)).encode()).hexdigest()


def _imports(path: Path, root: Path) -> set[Path]:
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom):
            modules |= {f"{node.module}", *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
    files = {root.joinpath(*module.split(".")).with_suffix(".py") for module in modules}
    return {file for file in files if file.is_file()}


def _build(folder: Path, key: str, write: Callable[[Path], None]) -> None:
    with atomic_folder(folder, overwrite=True) as partial:
        write(partial)
        meta = {"key": key, "files": _fingerprints(partial)}
        (partial / META).write_text(json.dumps(meta, indent=1) + "\n", "utf-8")


def _fingerprints(folder: Path) -> dict[str, dict[str, int | str]]:
    return {
        path.name: {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
        for path in sorted(folder.iterdir())
        if path.name != META
    }


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        hold(file.fileno(), wait=True)
        yield


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            got, remedy = "the disk is full", "make room or choose another cache folder"
        else:
            got, remedy = f"cannot write the cache: {error.strerror or error}", "choose another cache folder"
        raise CacheError(f"{folder}: {got}; {remedy}") from error
