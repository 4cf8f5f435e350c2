"""What training takes beside the packages that serve: the extra `train`, or `gpu`."""

from importlib.util import find_spec

from model.machine.command import missing_package

NEEDED = ("tensorflow", "tensorflow_addons", "gensim", "rjieba", "matplotlib", "tqdm")


def require_packages() -> None:
    """Raise ModuleNotFoundError for the first package that is not installed; none is imported, as some take seconds."""
    for name in NEEDED:
        if find_spec(name) is None:
            raise ModuleNotFoundError(missing_package(name), name=name)
