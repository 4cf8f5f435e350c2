"""Which settings are tried, and between which bounds.

units 64 to 320, dropout 0.1 to 0.6, learning_rate 0.0005 to 0.01  --a trial-->  {"units": 136, ...}
"""

import math
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, get_args

from training.settings.config import ConfigError, FitConfig
from training.settings.presets import PRESETS

# A name that is tried -> the settings that get its value, where it is not one itself.
SHARED = {"dropout": ("embedding_dropout", "hidden_dropout")}
# What may be tried: none of these changes the vectors, which are made once for all trials.
NAMES = (
    *("units", "dropout", "learning_rate", "layers", "conv_filters", "embedding_dropout", "hidden_dropout"),
    *("epochs", "batch_chars", "weight_decay", "warmup", "average", "clip_norm"),
)

Values = dict[str, int | float]


class Suggests(Protocol):
    """A trial, as far as it draws values."""

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1) -> int:
        """Draw a whole number."""

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        """Draw a number."""


@dataclass(frozen=True)
class Range:
    """The values that one setting may take, both bounds among them."""

    name: str
    low: float
    high: float
    whole: bool = False
    step: float | None = None
    log: bool = False  # small values as often as large ones

    def draw(self, trial: Suggests) -> int | float:
        """Return the value that a trial draws."""
        if self.whole:
            return trial.suggest_int(self.name, int(self.low), int(self.high), step=int(self.step or 1))
        return trial.suggest_float(self.name, self.low, self.high, step=self.step, log=self.log)


DEFAULT = (
    Range("units", 64, 320, whole=True, step=8),
    Range("dropout", 0.1, 0.6, step=0.05),
    Range("learning_rate", 5e-4, 1e-2, log=True),
)


def ranges_for(config: FitConfig, wanted: Sequence[str]) -> tuple[Range, ...]:
    """Return what is tried: what `wanted` names (NAME=LOW..HIGH), or the default less what `config` was given.

    >>> [one.name for one in ranges_for(FitConfig(units=100), [])]
    ['dropout', 'learning_rate']
    >>> ranges_for(FitConfig(), ["units=50..100"])
    (Range(name='units', low=50.0, high=100.0, whole=True, step=None, log=False),)
    """
    if wanted:
        ranges = tuple(map(parse_range, wanted))
        _check_apart(ranges)
        return ranges
    preset = PRESETS[config.preset]
    given = {
        name for name in config.model_fields_set if getattr(config, name) != preset.get(name, _NOT_GIVEN)
    }
    left = tuple(one for one in DEFAULT if not given & {one.name, *SHARED.get(one.name, ())})
    if not left:
        raise ConfigError(
            "all that is tried by default was given; name what to try by --search NAME=LOW..HIGH"
        )
    return left


def parse_range(text: str) -> Range:
    """Return the range that `NAME=LOW..HIGH` says. Raises ConfigError.

    >>> parse_range("learning_rate=1e-4..1e-2").log
    True
    """
    name, _, bounds = text.partition("=")
    name = name.strip().replace("-", "_")
    try:
        low, high = (float(bound) for bound in bounds.split(".."))
    except ValueError:
        low, high = 1.0, 0.0
    if name not in NAMES or not (low < high and math.isfinite(low) and math.isfinite(high)):
        raise ConfigError(
            f"--search: expected NAME=LOW..HIGH with a name of {', '.join(NAMES)}, got {text!r}, such as units=100..300"
        )
    kinds = get_args(FitConfig.model_fields[SHARED.get(name, (name,))[0]].annotation)
    whole = int in (kinds or (FitConfig.model_fields[SHARED.get(name, (name,))[0]].annotation,))
    if whole and not (low.is_integer() and high.is_integer()):
        raise ConfigError(f"--search: {name}: expected whole numbers, got {bounds!r}, such as 1..3")
    found = Range(name, low, high, whole, log=not whole and low > 0 and high >= 10 * low)
    for bound in (low, high):
        with_values(FitConfig(), {name: int(bound) if whole else bound})
    return found


def _check_apart(ranges: Sequence[Range]) -> None:
    """Raise ConfigError where two ranges draw a value for one setting."""
    drawn: dict[str, str] = {}
    for one in ranges:
        for setting in SHARED.get(one.name, (one.name,)):
            if setting in drawn:
                said = (
                    f"{drawn[setting]} and {one.name}" if drawn[setting] != one.name else f"{one.name} twice"
                )
                raise ConfigError(f"--search: expected one range for {setting}, got {said}; leave one out")
            drawn[setting] = one.name


def with_values(config: FitConfig, values: Mapping[str, int | float]) -> FitConfig:
    """Return the settings with the values that a trial drew. Raises ConfigError for one that a fit would refuse."""
    settings = {setting: value for name, value in values.items() for setting in SHARED.get(name, (name,))}
    try:
        return FitConfig.model_validate({**config.model_dump(exclude_unset=True), **settings})
    except ValueError as error:
        raise ConfigError(f"--search: a fit does not take {dict(values)}: {error}") from error


def usual_values(config: FitConfig, ranges: Sequence[Range]) -> Values:
    """Return what a fit would take by itself, where it lies in the ranges; `config` has nothing left to choose."""
    values: Values = {}
    for one in ranges:
        value: Any = getattr(config, SHARED.get(one.name, (one.name,))[0])
        if value is not None and one.low <= value <= one.high:
            values[one.name] = value
    return values if len(values) == len(ranges) else {}


_NOT_GIVEN = types.SimpleNamespace()
