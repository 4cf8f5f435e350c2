"""The table, the page and best.toml of a study."""

from pathlib import Path

from training.settings.config import FitConfig
from training.settings.presets import resolve_config
from training.tuning.results import importance_line, table_lines, write_best, write_page
from training.tuning.space import DEFAULT
from training.tuning.study import Outcome

OUTCOMES = [
    Outcome(1, {"units": 136, "dropout": 0.5, "learning_rate": 0.00312}, "done", 0.94321, 8),
    Outcome(0, {"units": 64, "dropout": 0.1, "learning_rate": 0.0005}, "done", 0.9, 8),
    Outcome(2, {"units": 320, "dropout": 0.6, "learning_rate": 0.01}, "given up", 0.5, 3),
    Outcome(3, {}, "running", None, 0),
]


def test_the_table_has_a_line_for_each_trial() -> None:
    assert list(table_lines(OUTCOMES, DEFAULT)) == [
        "trial  units  dropout  learning rate  dev F1  steps",
        "    1    136      0.5         0.0031  0.9432      8      done",
        "    0     64      0.1         0.0005  0.9000      8      done",
        "    2    320      0.6           0.01  0.5000      3  given up",
        "    3                                             0   running",
    ]


def test_the_best_settings_are_read_by_a_fit(tmp_path: Path) -> None:
    given = {
        "preset": "quick",
        "train": ('a "b".bio', "小.bio"),
        "vectors": Path("v.bin"),
        "units": 7,
        "seed": 3,
    }
    config = resolve_config({**given, "output": Path("bundles/x"), "overwrite": True})
    write_best(tmp_path / "best.toml", config, OUTCOMES[0].values, "dev F1 0.9432")
    content = (tmp_path / "best.toml").read_text("utf-8")
    assert content.startswith("# dev F1 0.9432\n")
    read = resolve_config({}, tmp_path / "best.toml")
    expected = {"units": 136, "embedding_dropout": 0.5, "hidden_dropout": 0.5, "learning_rate": 0.00312}
    assert read == FitConfig.model_validate(
        {**config.model_dump(), **expected, "output": FitConfig().output, "overwrite": False}
    )


def test_the_page_is_whole_in_itself(tmp_path: Path) -> None:
    write_page(tmp_path / "study.html", "x<y", OUTCOMES, DEFAULT, {"units": 0.75, "dropout": 0.25})
    page = (tmp_path / "study.html").read_text("utf-8")
    assert "x&lt;y" in page
    assert page.count("<circle") == 3 * 3
    assert "what mattered: units 75 %, dropout 25 %" in page
    assert "src=" not in page


def test_too_few_trials_are_said() -> None:
    assert importance_line({}) == "too few trials were done to tell which setting mattered"
