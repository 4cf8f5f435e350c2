"""What is left of a fit that ends while its bundle is being saved: all of its epochs, in its run."""

from collections.abc import Iterator
from contextlib import contextmanager

from model.bundle.bundle import BundleError

KEPT = "all epochs are kept: the same command with --resume saves them, and fits none anew"


@contextmanager
def epochs_kept() -> Iterator[None]:
    """Have a BundleError or KeyboardInterrupt of the block say how to come by the bundle all the same."""
    try:
        yield
    except BundleError as error:
        raise BundleError(f"{error}; {KEPT}") from error
    except KeyboardInterrupt as error:
        stopped = str(error) or "stopped"
        raise KeyboardInterrupt(f"{stopped} while the bundle was being saved; {KEPT}") from error
