"""`python -m training.fit`: corpora to a bundle.

settings -> corpora -> vectors -> arrays -> epochs (checkpoint after each) -> bundle -> its score
"""

import hashlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

# Before TensorFlow is imported: its start-up messages are not about the fit.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy.typing as npt

from model.bundle.bundle import Bundle, BundleError, TextRules
from model.bundle.config import ChannelConfig, NetworkConfig
from model.bundle.weights import pack_weights
from model.features.channels import Channel
from model.machine.command import ExitCode, run_command
from model.runtime.onnx import OnnxRuntime
from model.tagger import Tagger
from model.tags.tag_set import TagSet
from training.corpus.errors import DownloadError
from training.corpus.reader import CorpusError
from training.data.arrays import ArraysError, CorpusArrays, build_arrays, cache_key
from training.data.cache import CacheError
from training.embeddings.tables import SEGMENTS, WORDS, Channels, build_channels
from training.embeddings.word2vec import VectorsError
from training.export.folding import fold_projections
from training.export.save import check_output, save_fit
from training.inputs.corpora import Corpora, open_corpora
from training.inspection.describe import describe_channels, describe_corpora
from training.loop.checkpoint import Progress, Run, RunError
from training.loop.devices import make_strategy
from training.loop.epochs import DivergedError, FitInterrupted, run_epochs
from training.loop.interrupts import raise_interrupts
from training.loop.trainer import Trainer
from training.metrics.evaluation import evaluate
from training.metrics.scoring import Rates
from training.settings.config import ConfigError, FitConfig
from training.settings.flags import config_from_flags

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


def fit(config: FitConfig, say: Say = print) -> Path:
    """Fit a network as `config` says and return the folder of its bundle.

    Raises one of EXPECTED_ERRORS, each saying where, what and what to do; FitInterrupted when it was stopped
    and the best weights so far were saved, KeyboardInterrupt when there were none yet.
    """
    check_output(config)
    corpora = open_corpora(config)
    say(describe_corpora(corpora))
    channels = build_channels(config, corpora.vector_source())
    tag_set = TagSet(config.tag_scheme, corpora.labels)
    arrays = _build_arrays(config, corpora, channels, tag_set)
    config = config.with_choices_for(arrays.n_chars)
    network_config = build_network_config(config, channels, tag_set)
    say(describe_channels(channels, corpora))
    check_output(config, needed_bytes=sum(table.nbytes for table in channels.tables.values()))
    run = Run(config.run_dir)
    with run.held():
        progress = _start(run, config, _identity(arrays, channels, corpora))
        trainer = Trainer(network_config, channels.tables, tag_set, config, make_strategy(config))
        if progress.history:
            _restore(trainer, progress, run)
            say(f"resumed after epoch {len(progress.history)}")

        def bundle_of(weights: Mapping[str, npt.NDArray[Any]]) -> Bundle:
            packed = pack_weights(fold_projections(channels.tables, weights))
            return Bundle(
                config=network_config,
                tag_set=tag_set,
                features=channels.features,
                rules=TextRules(max_chars=config.max_chars),
                weights=packed,
            )

        def score_dev(weights: Mapping[str, npt.NDArray[Any]]) -> Rates:
            # By the tagger and the runtime that will serve the bundle.
            bundle = bundle_of(weights)
            tagger = Tagger(bundle, OnnxRuntime(bundle, threads=config.threads or None))
            return evaluate(tagger, corpora.dev()).strict["micro"]

        interrupted: FitInterrupted | None = None
        try:
            run_epochs(trainer, arrays, score_dev, config, run, progress, say)
        except FitInterrupted as error:
            if not progress.best:
                raise KeyboardInterrupt(f"{error}; nothing to save before the first whole epoch") from error
            interrupted = error
            say(f"{error}; saving the best so far, epoch {progress.best_epoch and progress.best_epoch.epoch}")
        path = save_fit(config, bundle_of(progress.best), arrays, corpora, progress, say)
        if interrupted:
            raise FitInterrupted(f"{interrupted}; the best so far is saved as {path}") from interrupted
        return path


def build_network_config(config: FitConfig, channels: Channels, tag_set: TagSet) -> NetworkConfig:
    """Return the network that `config`, in which nothing is left to choose, asks for over these channels and tags."""
    assert config.units is not None
    assert config.layers is not None
    assert config.embedding_dropout is not None
    assert config.hidden_dropout is not None
    return NetworkConfig(
        channels=tuple(
            ChannelConfig(
                name=channel.name,
                rows=channel.rows,
                dim=_width(channels, channel.name, config),
                kind="keys" if isinstance(channel, Channel) else "words",
            )
            for channel in channels.features.channels
        ),
        tags=len(tag_set.tags),
        units=config.units,
        layers=config.layers,
        conv_filters=config.conv_filters,
        embedding_dropout=config.embedding_dropout,
        hidden_dropout=config.hidden_dropout,
    )


def _width(channels: Channels, name: str, config: FitConfig) -> int:
    width: int = channels.tables[name].shape[1]
    return min(width, {WORDS: config.word_dim, SEGMENTS: config.segment_dim}.get(name, width))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    raise_interrupts()
    try:
        config = config_from_flags(arguments)
        path = fit(config, say=lambda line: print(line, flush=True))
    except EXPECTED_ERRORS as error:
        print(f"error: {error}", file=sys.stderr)
        return ExitCode.MENDABLE
    except FitInterrupted as error:
        print(error, file=sys.stderr)
        return ExitCode.INTERRUPTED
    except KeyboardInterrupt as error:
        print(f"interrupted: {error or 'nothing was saved'}", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except OSError as error:
        print(f"error: {error.filename or config.output}: {error.strerror}", file=sys.stderr)
        return ExitCode.MENDABLE
    print(path)
    return ExitCode.FINE


def _start(run: Run, config: FitConfig, identity: str) -> Progress:
    if not config.resume:
        run.start(config)
        return Progress(identity)
    progress = run.load(config)
    if progress.identity != identity:
        raise RunError(
            f"{run.path}: the corpora or vectors have changed since its first start (vectors trained anew are others); "
            "start without --resume"
        )
    return progress


def _identity(arrays: CorpusArrays, channels: Channels, corpora: Corpora) -> str:
    """Return the hash of what is fitted and what chooses the best epoch, the settings aside."""
    facts = [arrays.path.name, *(corpora.sha256[path] for path in corpora.sources.dev)]
    facts += [hashlib.sha256(table.tobytes()).hexdigest() for table in channels.tables.values()]
    return hashlib.sha256(" ".join(facts).encode()).hexdigest()


def _restore(trainer: Trainer, progress: Progress, run: Run) -> None:
    try:
        trainer.restore(progress.state)
    except (KeyError, ValueError) as error:
        raise RunError(
            f"{run.path}: the checkpoint is of another network, made by another version of zitag ({error}); "
            "start without --resume"
        ) from error


def _build_arrays(config: FitConfig, corpora: Corpora, channels: Channels, tag_set: TagSet) -> CorpusArrays:
    key = cache_key(
        corpora.sources.train, channels.features, tag_set, config.max_chars, corpora.reader_options
    )
    return build_arrays(
        corpora.train(), channels.features, tag_set, config.cache / "arrays", key, config.max_chars
    )


if __name__ == "__main__":
    sys.exit(run_command(main))
