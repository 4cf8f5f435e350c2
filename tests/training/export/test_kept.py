"""A fit that ends while its bundle is saved has all its epochs: it says how to come by the bundle."""

import pytest

from model.bundle.bundle import BundleError
from training.export.kept import epochs_kept

KEPT = "; all epochs are kept: the same command with --resume saves them, and fits none anew"


@pytest.mark.parametrize(
    ("ended_by", "said"),
    [
        (BundleError("b: expected room; free space"), f"b: expected room; free space{KEPT}"),
        (KeyboardInterrupt(), f"stopped while the bundle was being saved{KEPT}"),
        (
            KeyboardInterrupt("stopped by SIGTERM"),
            f"stopped by SIGTERM while the bundle was being saved{KEPT}",
        ),
    ],
)
def test_a_save_that_ends_early_says_that_the_epochs_are_kept(ended_by: BaseException, said: str) -> None:
    with pytest.raises(type(ended_by)) as raised, epochs_kept():
        raise ended_by
    assert str(raised.value) == said


def test_what_is_no_matter_of_the_bundle_comes_through() -> None:
    with pytest.raises(ZeroDivisionError, match="a fault"), epochs_kept():
        raise ZeroDivisionError("a fault")
