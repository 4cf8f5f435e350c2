"""What training takes beside the packages that serve: the extra `train`, or `gpu`."""

from collections.abc import Sequence
from importlib.util import find_spec

from model.machine.command import missing_package

NEEDED = ("tensorflow", "tensorflow_addons", "gensim", "rjieba", "matplotlib")


def require_packages(more: Sequence[str] = ()) -> None:
    """Raise ModuleNotFoundError for the first package that is not installed; none is imported, as some take seconds."""
    for name in (*NEEDED, *more):
        if find_spec(name) is None:
            raise ModuleNotFoundError(missing_package(name), name=name)
