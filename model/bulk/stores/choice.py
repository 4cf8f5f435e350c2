"""Which store a path belongs to: one with `://` is a URL, anything else a path of this machine."""

import os

from model.bulk.job import BulkError
from model.bulk.stores.base import Store
from model.bulk.stores.local import LocalStore


def open_store(path: str) -> Store:
    """Return the store that `path` is in. Raises BulkError for a URL that nothing here reads."""
    if "://" not in path:
        return LocalStore()
    raise BulkError(f"{path}: expected a path of this machine, got a URL; mount it, or copy it")


def full_path(path: str) -> str:
    """Return the path that workers in other folders understand."""
    path = path.removeprefix("file://")
    return path if "://" in path else os.path.abspath(path)
