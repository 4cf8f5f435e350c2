"""The flags of `python -m training.fit`, derived from FitConfig: a setting has one name, one text, one default."""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from model.machine.command import program_name
from training.settings.config import FitConfig
from training.settings.presets import PRESETS, resolve_config
from training.settings.removed import REMOVED_SETTINGS

EPILOG = """\
Settings come from, the later over the earlier: defaults, preset, --config, flags.
A TOML file has the same names with _ for -, for example: units = 300
The last line printed is the bundle's folder.
"""

# What stands for a value in the help, where its type does not say enough.
METAVARS = {
    "train": "NAME|FILE",
    "raw": "NAME|FILE",
    "unlabelled": "NAME|FILE",
    "lexicon": "none|FILE",
    "word_vectors": "NAME|FILE",
    "dictionary": "NAME|FILE",
    "vectors": "FILE",
    "vectors_from": "NAME|FOLDER",
    "encoding": "NAME",
    "intended_use": "TEXT",
    "data_note": "TEXT",
    "output": "FOLDER",
    "runs": "FOLDER",
    "cache": "FOLDER",
}
METAVARS_BY_TYPE = {int: "N", float: "X", str: "NAME", Path: "PATH"}


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
        prog=program_name("training.fit"),
        description="Train a tagger from BIO corpora and save it as a bundle.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_settings(parser, FitConfig.model_fields)
    for name in REMOVED_SETTINGS:  # known, so that the answer says what became of them
        parser.add_argument(f"--{name.replace('_', '-')}", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser


def add_settings(parser: argparse.ArgumentParser, names: Iterable[str]) -> None:
    """Give a parser --config and the flags of these settings of a fit, without a value where they are not given."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file of settings")
    for name in names:
        field = FitConfig.model_fields[name]
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            default=argparse.SUPPRESS,
            help=_help(name, field),
            **_kind(name, field),
        )


def _kind(name: str, field: FieldInfo) -> dict[str, Any]:
    annotation = field.annotation
    if annotation is bool:
        return {"action": argparse.BooleanOptionalAction}
    if get_origin(annotation) is Literal:
        return {"choices": get_args(annotation)}
    if get_origin(annotation) is tuple:
        return {"nargs": "+", "metavar": METAVARS.get(name, "FILE")}
    types = get_args(annotation) or (annotation,)
    return {"metavar": METAVARS.get(name) or next(METAVARS_BY_TYPE[kind] for kind in types)}


def _help(name: str, field: FieldInfo) -> str:
    values = {} if field.default in (None, ()) else {"default": field.default}
    values |= {preset: of_preset[name] for preset, of_preset in PRESETS.items() if name in of_preset}
    said = "; ".join(f"{source}: {_as_flag(value)}" for source, value in values.items())
    text = f"{field.description} ({said})" if said else f"{field.description}"
    return text.replace("%", "%%")


def _as_flag(value: Any) -> str:
    """Return a value as one would write it after its flag.

    >>> _as_flag(("people-daily", "web-news")), _as_flag(False), _as_flag(0.5)
    ('people-daily web-news', 'no', '0.5')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
