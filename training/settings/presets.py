"""Resolves the settings of a fit from their sources: presets, a TOML file, flags.

defaults < preset < --config FILE.toml < flags
"""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from training.settings.config import ConfigError, FitConfig
from training.settings.removed import refuse_removed

TAUGHT: Mapping[str, Any] = {
    "teachers": 3,
    "teacher_network": "full",
    "unlabelled": ("people-daily", "web-news"),
}
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "full": {},
    "best": TAUGHT,
    "small": {**TAUGHT, "layers": 1, "units": 96},
    "quick": {
        "raw": ("people-daily",),
        "vector_epochs": 2,
        "units": 100,
        "layers": 1,
        "average": 0.99,  # of few steps: 0.999 would still remember the first weights
    },
}

MAX_SHOWN_CHARS = 200

# What Python makes of a byte that is no UTF-8, and what ends a path for the system.
_NO_TEXT = re.compile("[\ud800-\udfff\0]")


def resolve_config(flags: Mapping[str, Any], file: Path | None = None) -> FitConfig:
    """Return the settings of defaults, preset, TOML `file` and `flags`, the later over the earlier.

    >>> resolve_config({"preset": "quick", "units": 50}).units
    50
    """
    from_file = _read_toml(file) if file else {}
    refuse_removed(from_file, str(file))
    refuse_removed(flags, "flags")
    _check_text({**from_file, **flags})
    preset = str(flags.get("preset") or from_file.get("preset") or "full")
    try:
        config = FitConfig.model_validate({**PRESETS.get(preset, {}), **from_file, **flags})
    except ValidationError as error:
        where = f"{file} or flags" if file else "flags"
        raise ConfigError("\n".join(f"{where}: {line}" for line in _describe(error))) from error
    if config.ensemble > 1 and config.teacher_count:
        raise ConfigError(
            f"--ensemble: expected no teachers beside it, got {config.teacher_count}, which --teachers, --unlabelled, "
            "--preset best and --preset small have; leave out one of the two"
        )
    return config


def _check_text(settings: Mapping[str, Any]) -> None:
    """Raise ConfigError for what the records of a fit, in UTF-8, or a path cannot hold: a name in GBK, a NUL."""
    for name, value in settings.items():
        for one in value if isinstance(value, list | tuple) else (value,):
            if _NO_TEXT.search(str(one)):
                flag = f"--{name.replace('_', '-')}"
                raise ConfigError(f"{flag}: expected UTF-8, got {str(one)!r}; rename the file")


def _describe(error: ValidationError) -> list[str]:
    lines = []
    for detail in error.errors():
        name = ".".join(str(part) for part in detail["loc"])
        known = (
            ""
            if name.split(".")[0] in FitConfig.model_fields
            else "; see --help for the names of all settings"
        )
        lines.append(f"{name}: {detail['msg']}, got {_cut(repr(detail['input']))}{known}")
        if detail["type"] == "tuple_type":
            example = json.dumps([str(detail["input"])], ensure_ascii=False)
            lines[-1] = (
                f"{name}: expected a list, got {_cut(repr(detail['input']))}; write {name} = {_cut(example)}"
            )
    return lines


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SHOWN_CHARS else f"{text[:MAX_SHOWN_CHARS]}..."


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(
            path.read_text(encoding="utf-8-sig")
        )  # with the mark that editors on Windows write
    except OSError as error:
        raise ConfigError(
            f"--config: {path}: expected a TOML file of settings, got {error.strerror!r}; check the path"
        ) from error
    except RecursionError as error:
        raise ConfigError(f"{path}: expected settings, got what is nested too deeply to be any") from error
    except ValueError as error:  # of TOML, of UTF-8, and a number of more than 4,300 digits
        raise ConfigError(f"{path}: not a TOML file: {error}") from error
