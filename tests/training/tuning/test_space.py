"""What is tried, and what a fit is told of it."""

import random

import pytest

from training.settings.config import ConfigError, FitConfig
from training.settings.presets import resolve_config
from training.tuning.space import DEFAULT, NAMES, parse_range, ranges_for, usual_values, with_values


class Dice:
    """Draws by chance, as a trial does."""

    def __init__(self) -> None:
        self.random = random.Random(1)

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1) -> int:
        return self.random.randrange(low, high + 1, step)

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        return self.random.uniform(low, high)


@pytest.mark.parametrize(
    ("given", "tried"),
    [
        ({}, ["units", "dropout", "learning_rate"]),
        ({"units": 100}, ["dropout", "learning_rate"]),
        ({"hidden_dropout": 0.2}, ["units", "learning_rate"]),
        ({"preset": "quick"}, ["units", "dropout", "learning_rate"]),  # whose units nobody gave
        ({"preset": "quick", "units": 60}, ["dropout", "learning_rate"]),
    ],
)
def test_what_was_given_is_not_tried(given: dict[str, object], tried: list[str]) -> None:
    assert [one.name for one in ranges_for(resolve_config(given), [])] == tried


def test_what_is_named_is_tried_instead() -> None:
    found = ranges_for(FitConfig(units=100), ["units=50..90", "clip-norm=1..5", "weight_decay=1e-4..1e-1"])
    assert [(one.name, one.low, one.high, one.whole, one.log) for one in found] == [
        ("units", 50, 90, True, False),
        ("clip_norm", 1, 5, False, False),
        ("weight_decay", 1e-4, 1e-1, False, True),
    ]


@pytest.mark.parametrize(
    "text",
    [
        *("units", "units=5", "units=9..5", "char_dim=1..9", "units=a..b", "=1..2"),
        *("units=1..inf", "learning_rate=0..inf", "learning_rate=nan..1"),
    ],
)
def test_what_is_no_range_is_said(text: str) -> None:
    with pytest.raises(
        ConfigError, match=r"--search: expected NAME=LOW\.\.HIGH with a name of units, dropout"
    ):
        parse_range(text)


def test_a_whole_number_has_whole_bounds() -> None:
    with pytest.raises(ConfigError, match=r"--search: layers: expected whole numbers, got '1.5..3'"):
        parse_range("layers=1.5..3")


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (["units=1..3", "units=4..9"], "expected one range for units, got units twice"),
        (["dropout=0.1..0.2", "hidden-dropout=0.3..0.4"],
         "expected one range for hidden_dropout, got dropout and hidden_dropout"),
    ],
)  # fmt: skip
def test_a_setting_is_drawn_once(wanted: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=f"--search: {said}; leave one out"):
        ranges_for(FitConfig(), wanted)


@pytest.mark.parametrize("text", ["units=0..10", "dropout=0..1", "learning_rate=-1..1"])
def test_bounds_that_a_fit_refuses_are_said(text: str) -> None:
    with pytest.raises(ConfigError, match="--search: a fit does not take"):
        parse_range(text)


def test_all_given_leaves_nothing_to_try() -> None:
    with pytest.raises(ConfigError, match="all that is tried by default was given; name what to try"):
        ranges_for(FitConfig(units=1, embedding_dropout=0.1, learning_rate=0.1), [])


def test_every_value_drawn_is_one_that_a_fit_takes() -> None:
    dice = Dice()
    for _ in range(50):
        values = {one.name: one.draw(dice) for one in DEFAULT}
        config = with_values(FitConfig(seed=3), values)
        assert (config.units, config.seed) == (values["units"], 3)
        assert config.embedding_dropout == config.hidden_dropout == values["dropout"]


def test_what_may_be_tried_are_settings() -> None:
    assert {name for name in NAMES if name != "dropout"} <= set(FitConfig.model_fields)


def test_the_usual_values_are_those_of_a_fit_where_they_lie_in_the_ranges() -> None:
    config = FitConfig().with_choices_for(100_000)
    assert usual_values(config, DEFAULT) == {"units": 200, "dropout": 0.5, "learning_rate": 0.003}
    assert usual_values(config, [parse_range("units=10..20")]) == {}
