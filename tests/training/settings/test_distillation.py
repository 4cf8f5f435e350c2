"""What the full preset chooses: teachers for a corpus that is not small, none where something else speaks for it."""

import pytest

from training.settings.config import FitConfig
from training.settings.presets import resolve_config

RAW = FitConfig().raw
SMALL, TENTH, MSRA = 124_000, 200_000, 2_000_000


def chosen(chars: int, **given: object) -> tuple[int | None, tuple[str, ...], int, int]:
    """Return teachers, their text, their epochs and those of their student."""
    config = resolve_config(given).with_choices_for(chars)
    return config.teachers, config.unlabelled, config.teacher_epochs, config.epochs


def test_a_small_corpus_is_learnt_alone() -> None:
    assert chosen(SMALL) == (0, (), 0, 8)


@pytest.mark.parametrize(("chars", "teacher_epochs", "epochs"), [(TENTH, 8, 8), (MSRA, 14, 10)])
def test_other_corpora_have_teachers_that_read_raw_text(chars: int, teacher_epochs: int, epochs: int) -> None:
    assert chosen(chars) == (3, RAW, teacher_epochs, epochs)
    assert chosen(chars, raw=("a.txt",)) == (3, ("a.txt",), teacher_epochs, epochs)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"teachers": 0}, (0, (), 0, 14)),
        ({"teachers": 2}, (2, (), 14, 14)),
        ({"unlabelled": ("b.txt",)}, (3, ("b.txt",), 14, 14)),
        ({"unlabelled": ("none",)}, (3, ("none",), 14, 14)),
        ({"raw": ("none",)}, (3, ("none",), 14, 14)),
        ({"ensemble": 3}, (0, (), 0, 14)),
        ({"preset": "quick"}, (0, (), 0, 6)),
        ({"epochs": 2}, (3, RAW, 2, 2)),
        ({"epochs": 2, "teacher_epochs": 5}, (3, RAW, 5, 2)),
        ({"preset": "best", "epochs": 2}, (3, RAW, 14, 2)),
    ],
)
def test_what_is_given_decides(given: dict[str, object], expected: tuple[object, ...]) -> None:
    assert chosen(MSRA, **given) == expected


def test_a_resumed_fit_keeps_what_was_chosen() -> None:
    config = FitConfig().with_choices_for(MSRA)
    assert config.with_choices_for(MSRA) == config
