"""`python -m training.fit`: corpora to a bundle.

settings -> corpora -> vectors -> arrays -> epochs (checkpoint after each) -> bundle -> its score
"""

import hashlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Before TensorFlow is imported: its start-up messages are not about the fit.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy.typing as npt

from model.bundle.bundle import BundleError
from model.machine.command import ExitCode, run_command
from model.machine.progress import be_quiet
from model.runtime.onnx import OnnxRuntime
from model.tagger import Tagger
from model.tags.tag_set import TagSet
from training.corpus.errors import DownloadError
from training.corpus.reader import CorpusError
from training.data.arrays import ArraysError, CorpusArrays, build_arrays, cache_key
from training.data.batches import EpochBatches, GoldBatches
from training.data.cache import CacheError
from training.embeddings.tables import Channels, build_channels
from training.embeddings.word2vec import VectorsError
from training.export.output import check_output
from training.export.parts import BundleParts, bundle_parts
from training.inputs.corpora import Corpora, open_corpora
from training.inputs.unlabelled import identity_with_texts
from training.inspection.describe import describe_channels, describe_corpora
from training.loop.checkpoint import Progress, Run, RunError
from training.loop.errors import DivergedError, FitInterrupted
from training.loop.interrupts import raise_interrupts
from training.metrics.evaluation import evaluate
from training.metrics.scoring import Rates
from training.packages import require_packages
from training.settings.config import ConfigError, FitConfig
from training.settings.flags import config_from_flags

if TYPE_CHECKING:
    from training.distillation.teach import Lessons
    from training.loop.epochs import ScoreDev
    from training.loop.trainer import Trainer

EXPECTED_ERRORS = (
    ArraysError,
    BundleError,
    CacheError,
    ConfigError,
    CorpusError,
    DivergedError,
    DownloadError,
    RunError,
    VectorsError,
)

Say = Callable[[str], None]
Weights = Mapping[str, npt.NDArray[Any]]


def fit(config: FitConfig, say: Say = print) -> Path:
    """Fit a network as `config` says and return the folder of its bundle.

    Raises one of EXPECTED_ERRORS, each saying where, what and what to do; FitInterrupted when it was stopped
    and the best weights so far were saved, KeyboardInterrupt when there were none yet.
    """
    check_output(config)
    corpora = open_corpora(config)
    say(describe_corpora(corpora))
    channels = build_channels(config, corpora.vector_source(), say)
    tag_set = TagSet(config.tag_scheme, corpora.labels)
    arrays = encode_train(config, corpora, channels, tag_set)
    config = config.with_choices_for(arrays.n_chars)
    parts = bundle_parts(config, channels, tag_set)
    say(describe_channels(channels, arrays))
    check_output(config, needed_bytes=sum(table.nbytes for table in channels.tables.values()))
    # TensorFlow takes seconds to import: not before all that was given has been found good.
    from training.export.save import save_fit
    from training.loop.devices import describe_devices, suit_devices
    from training.loop.resume import restore_trainer, start_run
    from training.loop.workers import read_task

    config, run = suit_devices(config, arrays.n_chars), Run(config.run_dir, writes=read_task().is_chief)
    with run.held():
        identity = _identity(arrays, channels, corpora)
        progress = start_run(run, config, identity_with_texts(identity, corpora))
        lessons = _prepare_lessons(config, parts, arrays, corpora, identity, say)
        trainer = build_trainer(parts, config)
        trainer.workers.check_equal(progress.identity)
        say(describe_devices(config))
        restore_trainer(trainer, progress, run, say)
        score = partial(score_dev, config, corpora, parts)
        interrupted = _run_epochs(trainer, lessons.batches, score, config, run, progress, say)
        if run.writes:
            facts = {"vectors": channels.record, "teachers": lessons.record}
            save_fit(config, parts.with_weights(progress.best), arrays, corpora, progress, say, facts=facts)
        trainer.workers.wait_for_chief()
    if interrupted:
        raise FitInterrupted(f"{interrupted}; the best so far is saved as {config.output}") from interrupted
    return config.output


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    raise_interrupts()
    try:
        config = config_from_flags(arguments)
        require_packages()
        be_quiet(config.quiet)
        path = fit(config, say=lambda line: print(line, flush=True))
    except EXPECTED_ERRORS as error:
        print(f"error: {error}", file=sys.stderr)
        return ExitCode.MENDABLE
    except FitInterrupted as error:
        print(error, file=sys.stderr)
        return ExitCode.INTERRUPTED
    except KeyboardInterrupt as error:
        print(f"interrupted: {str(error) or 'nothing was saved'}", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except OSError as error:
        print(f"error: {error.filename or config.output}: {error.strerror}", file=sys.stderr)
        return ExitCode.MENDABLE
    print(path)
    return ExitCode.FINE


def _identity(arrays: CorpusArrays, channels: Channels, corpora: Corpora) -> str:
    """Return the hash of what is fitted and what chooses the best epoch, the settings aside."""
    facts = [arrays.path.name, *(corpora.sha256[path] for path in corpora.sources.dev)]
    facts += [hashlib.sha256(table.tobytes()).hexdigest() for table in channels.tables.values()]
    return hashlib.sha256(" ".join(facts).encode()).hexdigest()


def _prepare_lessons(
    config: FitConfig,
    parts: BundleParts,
    arrays: CorpusArrays,
    corpora: Corpora,
    identity: str,
    say: Say,
) -> "Lessons":
    """Return what the network learns from: its corpus, or what teachers think, which are fitted first."""
    from training.distillation.teach import Lessons, prepare_lessons

    if not config.teachers:
        return Lessons(GoldBatches(arrays, config.batch_chars_for(arrays.n_chars), config.seed), {})
    score = partial(score_dev, config, corpora)
    try:
        return prepare_lessons(config, parts, arrays, corpora, identity, build_trainer, score, say)
    except (FitInterrupted, KeyboardInterrupt) as error:
        raise KeyboardInterrupt(
            f"{str(error) or 'stopped'}, of a teacher; --resume goes on with it"
        ) from error


def build_trainer(parts: BundleParts, config: FitConfig) -> "Trainer":
    """Return the trainer of a network, at its start; TensorFlow is set up for it."""
    from training.loop.devices import make_strategy
    from training.loop.trainer import Trainer

    strategy, tables = make_strategy(config), parts.channels.tables
    return Trainer(parts.network, tables, parts.tag_set, config, strategy, soft=config.teachers > 0)


def score_dev(config: FitConfig, corpora: Corpora, parts: BundleParts, weights: Weights) -> Rates:
    """Return how well a network with these weights tags dev, by the tagger and the runtime that will serve it."""
    bundle = parts.with_weights(weights)
    tagger = Tagger(bundle, OnnxRuntime(bundle, threads=config.threads or None))
    return evaluate(tagger, corpora.shown("dev", "scoring dev")).strict["micro"]


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


def encode_train(config: FitConfig, corpora: Corpora, channels: Channels, tag_set: TagSet) -> CorpusArrays:
    """Return train as arrays, kept in the cache."""
    texts = [corpora.sha256[path] for path in corpora.sources.train]
    key = cache_key(texts, channels.features, tag_set, config.max_chars, corpora.reader_options)
    sentences = corpora.shown("train", "encoding")
    return build_arrays(sentences, channels.features, tag_set, config.cache / "arrays", key, config.max_chars)


if __name__ == "__main__":
    sys.exit(run_command(main))
