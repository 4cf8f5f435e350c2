"""What the full preset chooses: teachers for a corpus of middle size, none where something else speaks for it."""

import pytest

from training.settings.config import FitConfig
from training.settings.presets import resolve_config

RAW = FitConfig().raw
SMALL, TENTH, MSRA = 124_000, 200_000, 2_000_000


def chosen(chars: int, **given: object) -> tuple[int | None, tuple[str, ...]]:
    """Return the number of teachers and the text without labels."""
    config = resolve_config(given).with_choices_for(chars)
    return config.teachers, config.unlabelled


@pytest.mark.parametrize("chars", [SMALL, MSRA])
def test_small_and_large_corpora_are_learnt_alone(chars: int) -> None:
    assert chosen(chars) == (0, ())


def test_corpora_between_have_teachers_that_read_raw_text() -> None:
    assert chosen(TENTH) == (3, RAW)
    assert chosen(TENTH, raw=("a.txt",)) == (3, ("a.txt",))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"teachers": 0}, (0, ())),
        ({"teachers": 2}, (2, ())),
        ({"unlabelled": ("b.txt",)}, (3, ("b.txt",))),
        ({"unlabelled": ("none",)}, (3, ("none",))),
        ({"raw": ("none",)}, (3, ("none",))),
        ({"ensemble": 3}, (0, ())),
        ({"preset": "quick"}, (0, ())),
        ({"preset": "best"}, (3, RAW)),
    ],
)
def test_what_is_given_decides(given: dict[str, object], expected: tuple[object, ...]) -> None:
    assert chosen(TENTH, **given) == expected


def test_a_resumed_fit_keeps_what_was_chosen() -> None:
    config = FitConfig().with_choices_for(TENTH)
    assert config.with_choices_for(TENTH) == config
