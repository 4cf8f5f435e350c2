"""The epochs of a fit: step through the batches, score dev, keep the best weights, write the checkpoint.

epoch -> batches -> steps -> dev P/R/F1 -> best? -> checkpoint, CSV row, TensorBoard point
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy.typing as npt
import tensorflow as tf

from model.machine.progress import Progress as ProgressBar
from training.data.ahead import made_ahead
from training.data.batches import EpochBatches
from training.loop.checkpoint import TENSORBOARD, EpochRecord, Progress, Run
from training.loop.errors import FitInterrupted
from training.loop.interrupts import deferred_interrupts
from training.loop.losses import Losses
from training.loop.trainer import Trainer, learning_rate_at
from training.metrics.scoring import Rates
from training.settings.config import FitConfig

ScoreDev = Callable[[Mapping[str, npt.NDArray[Any]]], Rates]


def run_epochs(
    trainer: Trainer,
    batches: EpochBatches,
    score_dev: ScoreDev,
    config: FitConfig,
    run: Run,
    progress: Progress,
    say: Callable[[str], None],
) -> None:
    """Run the epochs that `progress` lacks; it and the run's folder are up to date after each of them.

    Stops early after `config.patience` epochs without a better dev F1. Raises FitInterrupted on Ctrl-C or SIGTERM and
    DivergedError when loss or weights are no longer finite; `progress` then ends with the last whole epoch.
    """
    writer = _summary_writer(run)
    with deferred_interrupts() as interrupted, trainer.workers.watched():
        asked_to_stop = trainer.workers.together(interrupted)
        while not progress.is_done(config):
            record = _run_epoch(trainer, batches, score_dev, config, progress, asked_to_stop)
            run.save(progress)
            _write_summary(run, writer, record)
            say(_line(record, config))
        if asked_to_stop():  # while dev was scored for the last time
            raise FitInterrupted(f"stopped after epoch {len(progress.history)} of {config.epochs}")
    if len(progress.history) < config.epochs:
        say(f"no better dev F1 in {config.patience} epochs: stopped early")


def _run_epoch(
    trainer: Trainer,
    batches: EpochBatches,
    score_dev: ScoreDev,
    config: FitConfig,
    progress: Progress,
    asked_to_stop: Callable[[], bool],
) -> EpochRecord:
    """Train and score one epoch, and add it to `progress`."""
    epoch = len(progress.history) + 1
    started = time.perf_counter()
    loss, chars = train_epoch(trainer, batches, config, epoch, asked_to_stop)
    seconds = time.perf_counter() - started
    weights = trainer.weights()
    rates = trainer.workers.rates(lambda: score_dev(weights))
    record = EpochRecord(
        epoch=epoch,
        loss=loss,
        precision=rates["precision"],
        recall=rates["recall"],
        f1=rates["f1"],
        learning_rate=learning_rate_at(epoch / config.epochs, config),
        seconds=round(seconds, 1),
        chars_per_s=round(chars / seconds),
    )
    progress.history.append(record)
    if progress.best_epoch is record:
        progress.best = weights
    progress.state = trainer.state()
    return record


def train_epoch(
    trainer: Trainer,
    batches: EpochBatches,
    config: FitConfig,
    epoch: int,
    asked_to_stop: Callable[[], bool],
) -> tuple[float, int]:
    """Return the mean loss of a sentence in this epoch, and how many characters it had."""
    index = epoch - 1
    steps = batches.count(index)
    steps = min(steps, config.max_steps) if config.max_steps else steps
    losses, chars = Losses(epoch, config), 0
    bar = ProgressBar(f"epoch {epoch}/{config.epochs}", steps, "batches")
    stream = made_ahead(batches.read(index))
    with bar, contextlib.closing(stream):
        for step, batch in zip(range(steps), stream, strict=False):
            if asked_to_stop():
                raise FitInterrupted(f"stopped in epoch {epoch} of {config.epochs}")
            rate = learning_rate_at((index + step / steps) / config.epochs, config)
            losses.add(trainer.step(batch, rate), len(batch.lengths))
            chars += int(batch.lengths.sum())
            bar.advance(1, f"loss {losses}, {chars / max(bar.elapsed_s, 1e-3):,.0f} chars/s")
        losses.read()
    losses.check_weights(trainer.weights())
    return losses.mean, chars


def _line(record: EpochRecord, config: FitConfig) -> str:
    return (
        f"epoch {record.epoch}/{config.epochs}  loss {record.loss:.3f}  dev P {record.precision:.4f} "
        f"R {record.recall:.4f} F1 {record.f1:.4f}  {record.seconds:.0f} s, {record.chars_per_s:,.0f} chars/s"
    )


@contextlib.contextmanager
def _writing_curves(run: Run) -> Iterator[None]:
    """Raise RunError where TensorFlow could not write, as every other write to the run's folder does."""
    try:
        yield
    except tf.errors.OpError as error:
        # "{{node ...}} <file>; No space left on device", then lines of what TensorFlow was about to do
        reason = error.message.partition("\n")[0].rpartition("; ")[2]
        raise run.unwritable(f"{TENSORBOARD}: {reason}") from error


def _summary_writer(run: Run) -> Any:
    if not run.writes:
        return tf.summary.create_noop_writer()
    with _writing_curves(run):
        return tf.summary.create_file_writer(str(run.path / TENSORBOARD))


def _write_summary(run: Run, writer: Any, record: EpochRecord) -> None:
    with _writing_curves(run), writer.as_default(step=record.epoch):
        tf.summary.scalar("loss", record.loss)
        for name in ("precision", "recall", "f1"):
            tf.summary.scalar(f"dev/{name}", getattr(record, name))
        tf.summary.scalar("learning_rate", record.learning_rate)
        tf.summary.scalar("chars_per_s", record.chars_per_s)
        writer.flush()
