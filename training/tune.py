"""`python -m training.tune`: settings that suit a corpus, tried on dev.

settings -> data, once -> study -> trials -> a table, best.toml for `zitag fit --config`, study.html
"""

import argparse
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from model.machine.command import ExitCode, program_name, run_command
from model.machine.progress import be_quiet
from training.fit import EXPECTED_ERRORS
from training.loop.errors import FitInterrupted
from training.loop.interrupts import raise_interrupts
from training.packages import require_packages
from training.settings.config import ConfigError, FitConfig
from training.settings.flags import build_parser
from training.settings.presets import resolve_config
from training.tuning.data import TrialData, prepare
from training.tuning.results import BEST, PAGE, importance_line, table_lines, write_best, write_page
from training.tuning.space import Range, ranges_for, usual_values
from training.tuning.study import Objective, Study, Trial

DESCRIPTION = "Try settings of a fit on dev, and write the best ones to a file for fit --config."
EPILOG = """\
All other flags are those of a fit, and hold for every trial. What is tried is not given; test files are not read.
Everything lands in runs/tune-NAME, NAME being that of --output. The same command goes on with a study; several
processes, of several machines with --storage URL, work on one.
The last line printed is the file of the best settings.
"""


@dataclass(frozen=True)
class TuneOptions:
    """What is asked of a study, beside the settings of its fits."""

    trials: int
    hours: float | None
    folds: int
    storage: str | None
    search: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    raise_interrupts()
    try:
        config, options = _parse(arguments)
        require_packages(("optuna",))
        path = tune(config, options)
    except EXPECTED_ERRORS as error:
        print(f"error: {error}", file=sys.stderr)
        return ExitCode.MENDABLE
    except (FitInterrupted, KeyboardInterrupt) as error:
        print(f"interrupted: {str(error) or 'by the user'}; the same command goes on", file=sys.stderr)
        return ExitCode.INTERRUPTED
    print(path)
    return ExitCode.FINE


def tune(config: FitConfig, options: TuneOptions) -> Path:
    """Run the trials that the study lacks and return the path of the best settings.

    Raises one of EXPECTED_ERRORS; FitInterrupted or KeyboardInterrupt when stopped, the trial then is tried again.
    """
    name = f"tune-{config.output.name}"
    folder = config.runs / name
    folder.mkdir(parents=True, exist_ok=True)
    ranges = ranges_for(config, options.search)
    data = prepare(config, options.folds, folder / "folds")
    storage = options.storage or f"sqlite:///{(folder / 'study.db').absolute()}"
    study = Study(storage, name, ranges, _facts(data, ranges, options))
    study.suggest(usual_values(data[0].config.with_choices_for(data[0].arrays.n_chars), ranges))
    timeout_s = options.hours and options.hours * 3600
    try:
        study.run(_objective(data, folder), options.trials, timeout_s, _say)
    except (FitInterrupted, KeyboardInterrupt):
        if any(outcome.state == "done" for outcome in study.outcomes()):
            _write_results(study, ranges, config, options, folder)
        raise
    return _write_results(study, ranges, config, options, folder)


def _objective(data: Sequence[TrialData], folder: Path) -> Objective:
    def objective(trial: Trial) -> float:
        # TensorFlow takes seconds to import: not before the corpora have been found good.
        from training.tuning.trial import run_trial

        return run_trial(data, trial.values, folder / f"trial-{trial.number}", trial.report, _say)

    return objective


def _facts(data: Sequence[TrialData], ranges: Sequence[Range], options: TuneOptions) -> dict[str, Any]:
    """Return what decides a trial's score beside what it draws; not where its files lie."""
    config = data[0].config
    aside = {"output", "runs", "cache", "resume", "overwrite", "quiet", "threads", "train", "dev", "test"}
    # Those given alone: a later version has settings that this one knows nothing of.
    settings = config.model_dump(
        mode="json", exclude=aside & set(FitConfig.model_fields), exclude_defaults=True
    )
    corpora = [sorted(one.corpora.sha256[path] for path in one.corpora.sources.paths) for one in data]
    return {**settings, "corpora": corpora, "search": [str(one) for one in ranges], "folds": options.folds}


def _write_results(
    study: Study, ranges: Sequence[Range], config: FitConfig, options: TuneOptions, folder: Path
) -> Path:
    outcomes, importances = study.outcomes(), study.importances()
    for line in table_lines(outcomes, ranges):
        _say(line)
    _say(importance_line(importances))
    write_page(folder / PAGE, config.output.name, outcomes, ranges, importances)
    if not outcomes or outcomes[0].state != "done":
        raise ConfigError("no trial was done to the end; give more --hours or --trials")
    best = outcomes[0]
    folds = f", mean of {options.folds} folds" if options.folds else ""
    said = f"dev F1 {best.score:.4f}{folds}: trial {best.number} of {len(outcomes)}, by zitag tune"
    write_best(folder / BEST, config, best.values, said)
    return folder / BEST


def _parse(arguments: Sequence[str] | None) -> tuple[FitConfig, TuneOptions]:
    parser = build_parser()
    parser.prog, parser.description, parser.epilog = program_name("training.tune"), DESCRIPTION, EPILOG
    own = parser.add_argument_group("the study")
    own.add_argument(
        "--trials",
        type=_number,
        default=20,
        metavar="N",
        help="of the study in all (default: 20)",
    )
    own.add_argument("--hours", type=_hours, metavar="X", help="begin no trial after so many hours")
    own.add_argument(
        "--folds", type=_folds, default=0, metavar="K",
        help="score each trial K times, each time on another part of train and dev: for small corpora",
    )  # fmt: skip
    own.add_argument(
        "--storage",
        metavar="URL|FILE",
        help="a database's URL, or a journal file (default: SQLite in runs)",
    )
    own.add_argument(
        "--search", action="append", default=[], metavar="NAME=LOW..HIGH",
        help="what to try instead of units, dropout and learning_rate; once for each",
    )  # fmt: skip
    flags = vars(parser.parse_args(arguments))
    options = TuneOptions(
        flags.pop("trials"),
        flags.pop("hours"),
        flags.pop("folds"),
        flags.pop("storage"),
        tuple(flags.pop("search")),
    )
    config = resolve_config(flags, flags.pop("config", None))
    be_quiet(config.quiet)
    return config, options


def _number(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"expected a number from 1, got {text!r}")
    return int(text)


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return hours


def _folds(text: str) -> int:
    if not (text.isdecimal() and int(text) > 1):
        raise argparse.ArgumentTypeError(f"expected a number from 2, got {text!r}")
    return int(text)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(run_command(main))
