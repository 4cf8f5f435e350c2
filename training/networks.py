"""What a fit saves: one network, taught by its corpus or by teachers, or an ensemble of several.

Ready -> fit_network: batches of the corpus or of what teachers think -> epochs -> the best weights --save_fit--> bundle
      -> fit_ensemble: several networks -> one that is as many times as wide ---------------------save_fit--> bundle

TensorFlow takes seconds to import, so nothing here does before it is called.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from model.runtime.onnx import OnnxRuntime
from model.tagger import Tagger
from training.data.arrays import CorpusArrays
from training.data.batches import EpochBatches
from training.export.parts import BundleParts
from training.inputs.corpora import Corpora
from training.inputs.unlabelled import identity_with_texts
from training.loop.checkpoint import Progress, Run
from training.loop.errors import FitInterrupted
from training.metrics.evaluation import evaluate
from training.metrics.scoring import Rates
from training.settings.config import ConfigError, FitConfig

if TYPE_CHECKING:
    from training.distillation.teach import Lessons
    from training.loop.epochs import ScoreDev
    from training.loop.trainer import Trainer

Say = Callable[[str], None]
Weights = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Ready:
    """What a fit begins with, when all that was given has been found good."""

    config: FitConfig
    corpora: Corpora
    parts: BundleParts
    arrays: CorpusArrays
    identity: str  # hash of what is fitted and of what chooses the best epoch, the settings aside


def fit_network(ready: Ready, run: Run, say: Say) -> FitInterrupted | None:
    """Fit and save one network; return the interruption that ended it, if there was something to save all the same.

    Raises ConfigError for teachers beside several workers.
    """
    from training.distillation.teach import prepare_lessons
    from training.export.save import save_fit
    from training.loop.devices import describe_devices
    from training.loop.resume import restore_trainer, start_run

    config, corpora, parts, arrays = ready.config, ready.corpora, ready.parts, ready.arrays
    if config.teachers:
        _check_alone("--teachers", f"{config.teachers}; give --teachers 0")
    progress = start_run(run, config, identity_with_texts(ready.identity, corpora))
    score = partial(score_dev, config, corpora)
    with _others_kept("teacher"):
        lessons = prepare_lessons(config, parts, arrays, corpora, ready.identity, build_trainer, score, say)
    trainer = build_trainer(parts, config)
    trainer.workers.check_equal(progress.identity)
    say(describe_devices(config))
    restore_trainer(trainer, progress, run, say)
    interrupted = _run_epochs(trainer, lessons.batches, partial(score, parts), config, run, progress, say)
    if run.writes:
        saved, teachers = _student_or_teacher(progress, lessons, say)
        facts = {"vectors": parts.channels.record, "teachers": teachers}
        save_fit(config, parts.with_weights(saved.best), arrays, corpora, saved, say, facts=facts)
    trainer.workers.wait_for_chief()
    return interrupted


def fit_ensemble(ready: Ready, run: Run, say: Say) -> None:
    """Fit several networks and save them as one. Raises ConfigError for several workers."""
    from training.distillation.merged import train_merged
    from training.export.save import save_fit
    from training.loop.resume import start_run

    config, corpora, parts, arrays = ready.config, ready.corpora, ready.parts, ready.arrays
    _check_alone("--ensemble", f"{config.ensemble}; leave it out")
    start_run(run, config, identity_with_texts(ready.identity, corpora))
    score = partial(score_dev, config, corpora)
    with _others_kept("network of the ensemble"):
        merged = train_merged(config, parts, arrays, ready.identity, build_trainer, score, say)
    facts = {"vectors": parts.channels.record, "ensemble": merged.record}
    save_fit(config, merged.bundle, arrays, corpora, merged.progress, say, facts=facts)


def _check_alone(flag: str, given: str) -> None:
    """Raise ConfigError where several workers fit together: what fits several networks is for one worker."""
    from training.loop.workers import read_task

    if (workers := read_task().workers) > 1:
        raise ConfigError(f"{flag}: expected none with {workers} workers, got {given}, or unset TF_CONFIG")


def build_trainer(parts: BundleParts, config: FitConfig) -> "Trainer":
    """Return the trainer of a network, at its start; TensorFlow is set up for it."""
    from training.loop.devices import make_strategy
    from training.loop.trainer import Trainer

    strategy, tables = make_strategy(config), parts.channels.tables
    return Trainer(parts.network, tables, parts.tag_set, config, strategy, soft=bool(config.teachers))


def score_dev(config: FitConfig, corpora: Corpora, parts: BundleParts, weights: Weights) -> Rates:
    """Return how well a network with these weights tags dev, by the tagger and the runtime that will serve it."""
    bundle = parts.with_weights(weights)
    tagger = Tagger(bundle, OnnxRuntime(bundle, threads=config.threads or None))
    return evaluate(tagger, corpora.shown("dev", "scoring dev")).strict["micro"]


def _student_or_teacher(
    progress: Progress, lessons: "Lessons", say: Say
) -> tuple[Progress, Mapping[str, Any]]:
    """Return the network to be saved, which may be one that taught the fitted one, and what the report says of both."""
    teacher = lessons.better_than(progress)
    if not (teacher and teacher.best_epoch and progress.best_epoch):
        return progress, lessons.record
    student, saved = progress.best_epoch.f1, teacher.best_epoch.f1
    say(
        f"the network that was taught has dev F1 {student:.4f}, less than its teachers on average: "
        f"the best of them is saved in its place, dev F1 {saved:.4f}; --teachers 0 fits such a one alone"
    )
    return teacher, {**lessons.record, "dev_f1_student": student}


@contextlib.contextmanager
def _others_kept(kind: str) -> Iterator[None]:
    """Say of an interruption that it was one of another network, which is there for `--resume`."""
    try:
        yield
    except (FitInterrupted, KeyboardInterrupt) as error:
        raise KeyboardInterrupt(
            f"{str(error) or 'stopped'}, of a {kind}; --resume goes on with it"
        ) from error


def _run_epochs(
    trainer: "Trainer",
    batches: EpochBatches,
    score_dev: "ScoreDev",
    config: FitConfig,
    run: Run,
    progress: Progress,
    say: Say,
) -> FitInterrupted | None:
    """Run the epochs; return the interruption that ended them, if there is something to save all the same."""
    from training.loop.epochs import run_epochs

    try:
        run_epochs(trainer, batches, score_dev, config, run, progress, say)
    except FitInterrupted as error:
        if not progress.best_epoch:
            kept = "; --resume takes its teachers up again" if config.teachers else ""
            raise KeyboardInterrupt(f"{error}; nothing to save before the first whole epoch{kept}") from error
        say(f"{error}; saving the best so far, epoch {progress.best_epoch.epoch}")
        return error
    return None
