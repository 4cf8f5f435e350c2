"""Which store a path belongs to: one with `://` is a URL, anything else a path of this machine."""

import os

from model.bulk.job import BulkError
from model.bulk.stores.base import Store
from model.bulk.stores.local import LocalStore


def open_store(path: str) -> Store:
    """Return the store that `path` is in. URLs need pyarrow. Raises BulkError for one that nothing here reads."""
    if "://" not in path:
        return LocalStore()
    from model.bulk.stores.arrow import open_root

    scheme, _, rest = path.partition("://")
    return open_root(f"{scheme}://{rest.partition('/')[0]}")


def full_path(path: str) -> str:
    """Return the path that workers in other folders understand. Raises BulkError for none."""
    if not path:  # an unset variable of a shell; it would be the folder that one is in
        raise BulkError("expected a path or URL, got ''; name SOURCE, TARGET, BUNDLE and words")
    path = path.removeprefix("file://")
    return path if "://" in path else os.path.abspath(path)
