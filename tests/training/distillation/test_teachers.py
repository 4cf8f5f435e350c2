"""The settings of teachers: those of the student but for the seed, or those of a plain fit of the full preset."""

from pathlib import Path

import pytest

from training.distillation.teachers import teacher_config
from training.settings.config import FitConfig
from training.settings.presets import resolve_config

CHARS = 2_000_000
FOLDERS = {"runs", "output"}


def settings(config: FitConfig) -> dict[str, object]:
    return config.model_dump(exclude=FOLDERS)


@pytest.mark.parametrize("preset", ["best", "small"])
@pytest.mark.parametrize("chars", [70_000, CHARS])
def test_a_teacher_of_the_full_network_is_a_fit_of_the_full_preset(preset: str, chars: int) -> None:
    flags = {"train": ("a.bio",), "seed": 5, "char_dim": 50, "learning_rate": 0.002}
    student = resolve_config(
        {**flags, "preset": preset, "hidden_dropout": 0.0, "units": 64}
    ).with_choices_for(chars)
    plain = resolve_config({**flags, "preset": "full", "seed": 7, "teachers": 0}).with_choices_for(chars)
    assert settings(teacher_config(student, 2, chars)) == settings(plain)
    assert student.units == 64


def test_a_teacher_of_the_same_network_has_the_settings_of_its_student() -> None:
    student = FitConfig(units=64, layers=1, teachers=2, unlabelled=("a.txt",), epochs=3, average=0.9, seed=1)
    changed = {"seed": 2, "teachers": 0, "unlabelled": ()}
    chosen = student.with_choices_for(CHARS)
    assert settings(teacher_config(chosen, 1, CHARS)) == {**settings(chosen), **changed}


def test_each_teacher_has_a_run_of_its_own_within_that_of_its_student() -> None:
    student = FitConfig(output=Path("bundles/mine"), teachers=2)
    assert [teacher_config(student, number, CHARS).run_dir for number in (1, 2)] == [
        Path("runs/mine/teacher-1"),
        Path("runs/mine/teacher-2"),
    ]
