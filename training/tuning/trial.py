"""One trial: its settings, fitted by the steps of a fit, and their dev F1; of all folds, the mean.

values -> settings -> for each fold: trainer -> epochs -> F1 after each, which may end it -> the best F1
"""

import contextlib
import statistics
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy.typing as npt
import tensorflow as tf

from training.data.batches import GoldBatches
from training.export.parts import bundle_parts
from training.loop.checkpoint import CHECKPOINT, Progress, Run
from training.loop.devices import suit_devices
from training.loop.epochs import run_epochs
from training.metrics.scoring import Rates
from training.networks import build_trainer, score_dev
from training.settings.config import FitConfig
from training.tuning.data import TrialData
from training.tuning.space import Values, with_values

# step, score so far: may raise, to end the trial
Report = Callable[[int, float], None]


def run_trial(
    data: Sequence[TrialData], values: Values, folder: Path, report: Report, say: Callable[[str], None]
) -> float:
    """Return the dev F1 of the best epoch, the mean of all folds; the logs go to `folder`.

    `report` is told the F1 of each epoch of the first fold, then the mean after each further fold. Raises what it
    raises, DivergedError, FitInterrupted and RunError.
    """
    scores: list[float] = []
    for fold, one in enumerate(data, start=1):
        name = f"fold-{fold}" if len(data) > 1 else "fit"
        config = with_values(one.config, values)
        config = config.with_choices_for(one.arrays.n_chars, len(one.tag_set.tags))
        config = suit_devices(config, one.arrays.n_chars)
        config = config.model_copy(update={"runs": folder, "output": Path(name), "resume": False})
        in_epochs = report if fold == 1 else _no_report
        scores.append(_best_f1(one, config, in_epochs, say))
        tf.keras.backend.clear_session()
        if fold > 1:
            report(config.epochs + fold, statistics.mean(scores))
    return statistics.mean(scores)


def _best_f1(one: TrialData, config: FitConfig, report: Report, say: Callable[[str], None]) -> float:
    parts = bundle_parts(config, one.channels, one.tag_set)
    progress = Progress()

    def score(weights: Mapping[str, npt.NDArray[Any]]) -> Rates:
        rates = score_dev(config, one.corpora, parts, weights)
        report(len(progress.history) + 1, rates["f1"])
        return rates

    run = Run(config.run_dir)
    with run.held(), contextlib.ExitStack() as after:
        run.start(config)
        # Weights and optimizer of every trial would fill the disk; its log stays.
        after.callback(partial((config.run_dir / CHECKPOINT).unlink, missing_ok=True))
        trainer = build_trainer(parts, config)
        batches = GoldBatches(one.arrays, config.batch_chars_for(one.arrays.n_chars), config.seed)
        run_epochs(trainer, batches, score, config, run, progress, say)
    best = progress.best_epoch
    assert best is not None
    return best.f1


def _no_report(step: int, score: float) -> None:
    pass
