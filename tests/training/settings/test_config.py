"""Settings of a fit: which source wins, and what a wrong one says."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from training.settings.config import ConfigError, FitConfig
from training.settings.flags import build_parser, config_from_flags
from training.settings.presets import PRESETS, resolve_config


def toml(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "fit.toml"
    path.write_text(content, encoding="utf-8")
    return path


def test_flags_win_over_file_over_preset_over_defaults(tmp_path: Path) -> None:
    file = toml(tmp_path, 'preset = "quick"\nunits = 51\nepochs = 7\n')
    config = resolve_config({"units": 52}, file)
    assert (config.units, config.epochs) == (52, 7)
    assert config.vector_epochs == PRESETS["quick"]["vector_epochs"] != FitConfig().vector_epochs
    assert config.patience == FitConfig().patience


def test_what_is_given_is_not_chosen_by_corpus_size() -> None:
    for chars in (1_000, 10_000_000):
        given = FitConfig(units=9, layers=3, epochs=3, embedding_dropout=0.0, hidden_dropout=0.2, teachers=0)
        assert given.with_choices_for(chars) == given
        assert FitConfig(layers=1).with_choices_for(chars).units == 200
        assert FitConfig(units=9).with_choices_for(chars).units == 9
        chosen = FitConfig(hidden_dropout=0.2).with_choices_for(chars)
        assert chosen.hidden_dropout == 0.2
        assert chosen.embedding_dropout in (0.3, 0.5)
        assert chosen.with_choices_for(5_000) == chosen  # a resumed fit keeps what was chosen


@pytest.mark.parametrize(
    "given", [{"preset": "best"}, {"preset": "small"}, {"teachers": 2}, {"unlabelled": ("people-daily",)}]
)
def test_an_ensemble_has_no_teachers(given: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"--ensemble: expected no teachers beside it, got [23], which"):
        resolve_config({"ensemble": 3, **given})
    assert resolve_config({"ensemble": 3}).fits_others


@pytest.mark.parametrize(
    ("tags", "given", "batch_chars"),
    [(13, 0, 3200), (401, 0, 3200), (801, 0, 836), (2001, 0, 134), (2001, 500, 500)],
)
def test_many_tags_make_small_batches(tags: int, given: int, batch_chars: int) -> None:
    chosen = FitConfig(batch_chars=given).with_choices_for(10_000_000, tags)
    assert chosen.batch_chars_for(10_000_000) == batch_chars
    assert chosen.with_choices_for(10_000_000, tags) == chosen


def test_preset_of_the_flags_wins_over_the_file(tmp_path: Path) -> None:
    assert (
        config_from_flags(["--config", str(toml(tmp_path, 'preset = "quick"')), "--preset", "full"])
        == FitConfig()
    )


def test_every_setting_has_a_flag_and_a_text() -> None:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        build_parser().print_help()
    for name, field in FitConfig.model_fields.items():
        assert f"--{name.replace('_', '-')}" in out.getvalue()
        assert field.description


def test_help_names_what_a_flag_takes_and_shows_values_as_they_are_written() -> None:
    text = " ".join(build_parser().format_help().split())
    for shown in (
        "--train NAME|FILE [NAME|FILE ...]",
        "--vectors FILE",
        "--word-vectors NAME|FILE",
        "--output FOLDER",
        "--units N",
        "--average X",
        "(default: people-daily web-news; quick: people-daily)",
        "(default: no)",
    ):
        assert shown in text
    for python in ("('", "',", "()", "None", "False", "PosixPath"):
        assert python not in text


def test_presets_are_valid_and_differ_from_the_defaults() -> None:
    for name, values in PRESETS.items():
        config = resolve_config({"preset": name})
        assert all(
            getattr(config, key) == value != getattr(FitConfig(), key) for key, value in values.items()
        )


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--train", "a", "b"], {"train": ("a", "b")}),
        (["--learning-rate", "1e-3"], {"learning_rate": 1e-3}),
        (["--resume"], {"resume": True}),
        (["--no-resume"], {"resume": False}),
        (["--vectors", "v.gz"], {"vectors": Path("v.gz")}),
        (["--tag-scheme", "BIO"], {"tag_scheme": "BIO"}),
        (["--hidden-dropout", "0"], {"hidden_dropout": 0.0}),
    ],
)
def test_flag_sets_its_setting(flags: list[str], expected: dict[str, object]) -> None:
    config = config_from_flags(flags)
    assert {name: getattr(config, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("units = 0", r"fit\.toml or flags: units: Input should be greater than or equal to 1, got 0"),
        ("unitz = 3", r"fit\.toml or flags: unitz: Extra inputs .*got 3; see --help for the names"),
        ('units = "many"', r"units: Input should be a valid integer.*got 'many'"),
        ("units = ", r"fit\.toml: not a TOML file"),
        ("units = 0\nepochs = -1", r"units: .*\n.*epochs: "),
        ('train = "a.bio"', r"train: expected a list, got 'a\.bio'; write train = \[\"a\.bio\"\]"),
        ("raw = 3", r"raw: expected a list, got 3"),
        (f"units = {'[' * 9000}{']' * 9000}", r"fit\.toml: expected settings, got what is nested too deeply"),
        (f"units = {'9' * 5000}", r"fit\.toml: not a TOML file: .*4300 digits"),
        (f"units = '{'x' * 5000}'", r"units: Input should be a valid integer.*, got 'x{199}\.\.\.$"),
        ("\ufeffunits = 0", r"units: Input should be greater"),
        ("learning_rate = inf", r"learning_rate: Input should be a finite number, got inf"),
        ("weight_decay = inf", r"weight_decay: Input should be a finite number"),
        ("vector_sample = nan", r"vector_sample: Input should be .*, got nan"),
        ("vector_window = 100000000000", r"vector_window: Input should be less than or equal to 1000"),
        ("word_window = 1001", r"word_window: Input should be less than or equal to 1000"),
        ("word_dim = 4097", r"word_dim: Input should be less than or equal to 4096"),
        ("segment_dim = 1000000", r"segment_dim: Input should be less than or equal to 4096"),
        ("dictionary_dim = 1000000", r"dictionary_dim: Input should be less than or equal to 4096"),
        ("conv_filters = 100000000", r"conv_filters: Input should be less than or equal to 4096"),
        ("epochs = 99999999999999999999", r"epochs: Input should be less than or equal to 2147483647"),
        ('output = "a\\u0000b"', r"--output: expected UTF-8, got 'a\\x00b'; rename the file"),
        (
            "unknown_dropout = 0.1",
            r"fit\.toml: unknown_dropout: this setting is no more, got 0\.1: .*leave it out",
        ),
        ('raw = ["web-news", "reviews"]', r"fit\.toml: raw: 'reviews' is a name no more: .*leave it out"),
        ('lexicon = "jieba"', r"fit\.toml: lexicon: 'jieba' is a name no more: --dictionary jieba"),
    ],
)
def test_wrong_setting_is_named(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        resolve_config({}, toml(tmp_path, content))


@pytest.mark.parametrize("flags", ["--unknown-dropout 0.1", "--raw reviews", "--lexicon jieba"])
def test_a_flag_that_is_no_more_says_what_to_do(flags: str) -> None:
    with pytest.raises(ConfigError, match=r"flags: .* no more.*: .*leave it out"):
        config_from_flags(flags.split())
    assert "unknown-dropout" not in build_parser().format_help()


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError,
        match=r"none\.toml: expected a TOML file of settings, got 'No such file or directory'; check",
    ):
        resolve_config({}, tmp_path / "none.toml")


def test_unknown_flag_exits_with_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        config_from_flags(["--unitz", "3"])
    assert exit_.value.code == 2
    assert "unrecognized arguments: --unitz" in capsys.readouterr().err


@pytest.mark.parametrize(
    "flags", [["--train", "a.bio", "\udcd6\udcd0.bio"], ["--output", "\udcff"], ["--raw", "\udcff"]]
)
def test_a_name_that_is_no_utf8_is_told(flags: list[str]) -> None:
    with pytest.raises(ConfigError, match=rf"{flags[0]}: expected UTF-8, got '.*\\udc.*'; rename the file"):
        config_from_flags(flags)


NUMBERS = sorted(
    (name, "integer" if "int" in str(field.annotation) else "number")
    for name, field in FitConfig.model_fields.items()
    if re.search(r"\b(int|float)\b", str(field.annotation))
)


@pytest.mark.parametrize(("name", "kind"), NUMBERS)
@pytest.mark.parametrize("given", [True, False])
def test_a_boolean_is_no_number(tmp_path: Path, name: str, kind: str, given: bool) -> None:
    file = toml(tmp_path, f"{name} = {str(given).lower()}\n")
    with pytest.raises(
        ConfigError, match=rf"fit\.toml or flags: {name}: Input should be a valid {kind}, got {given}$"
    ):
        resolve_config({}, file)


def test_all_numbers_among_the_settings_are_known() -> None:
    names = {name for name, _ in NUMBERS}
    assert {"units", "learning_rate", "weight_decay", "teachers", "vector_window", "column", "seed"} <= names
    assert not names & {"resume", "overwrite", "fold_traditional", "train"}
    assert resolve_config({"resume": True, "units": 3, "weight_decay": 1}).units == 3
