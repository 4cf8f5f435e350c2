"""The flags of `python -m training.fit`, derived from FitConfig: a setting has one name, one text, one default."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from training.settings.config import FitConfig
from training.settings.presets import PRESETS, resolve_config
from training.settings.removed import REMOVED_SETTINGS

EPILOG = """\
Settings come from, the later over the earlier: defaults, preset, --config, flags.
A TOML file has the same names with _ for -, for example: units = 300
The last line printed is the bundle's folder.
"""


def config_from_flags(arguments: Sequence[str] | None = None) -> FitConfig:
    """Return the config that the command line asks for; exits with usage on a flag that does not exist.

    >>> config_from_flags(["--train", "a.bio", "b.bio", "--units", "50", "--resume"]).train
    ('a.bio', 'b.bio')
    """
    flags = vars(build_parser().parse_args(arguments))
    file: Path | None = flags.pop("config", None)
    return resolve_config(flags, file)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with one flag for each field of FitConfig, and --config."""
    parser = argparse.ArgumentParser(
        prog="python -m training.fit",
        description="Train a tagger from BIO corpora and save it as a bundle.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file of settings")
    for name, field in FitConfig.model_fields.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}", default=argparse.SUPPRESS, help=_help(name, field), **_kind(field)
        )
    for name in REMOVED_SETTINGS:  # known, so that the answer says what became of them
        parser.add_argument(f"--{name.replace('_', '-')}", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser


def _kind(field: FieldInfo) -> dict[str, Any]:
    annotation = field.annotation
    if annotation is bool:
        return {"action": argparse.BooleanOptionalAction}
    if get_origin(annotation) is Literal:
        return {"choices": get_args(annotation)}
    if get_origin(annotation) is tuple:
        return {"nargs": "+", "metavar": "FILE"}
    types = get_args(annotation) or (annotation,)
    return {"metavar": "PATH" if Path in types else "N"}


def _help(name: str, field: FieldInfo) -> str:
    default = " ".join(field.default) if isinstance(field.default, tuple) else field.default
    values = {} if default is None or default == "" else {"default": default}
    values |= {preset: of_preset[name] for preset, of_preset in PRESETS.items() if name in of_preset}
    said = "; ".join(f"{source}: {value}" for source, value in values.items())
    text = f"{field.description} ({said})" if said else f"{field.description}"
    return text.replace("%", "%%")
