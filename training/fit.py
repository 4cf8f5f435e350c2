"""`python -m training.fit`: corpora to a bundle.

settings -> corpora -> vectors -> arrays -> epochs (checkpoint after each) -> bundle -> its score
"""

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

# Before TensorFlow is imported: its start-up messages are not about the fit.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from model.bundle.bundle import BundleError
from model.machine.command import ExitCode, run_command
from model.machine.progress import be_quiet
from model.tags.tag_set import TagSet
from training.corpus.errors import DownloadError
from training.corpus.reader import CorpusError
from training.data.arrays import ArraysError, CorpusArrays, build_arrays, cache_key
from training.data.cache import CacheError
from training.embeddings.tables import Channels, build_channels
from training.embeddings.word2vec import VectorsError
from training.export.output import check_output
from training.export.parts import bundle_parts
from training.inputs.corpora import Corpora, open_corpora
from training.inspection.describe import describe_channels, describe_corpora
from training.loop.checkpoint import Run, RunError
from training.loop.errors import DivergedError, FitInterrupted
from training.loop.interrupts import raise_interrupts
from training.networks import Ready, fit_ensemble, fit_network
from training.packages import require_packages
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
    channels = build_channels(config, corpora.vector_source(), say)
    tag_set = TagSet(config.tag_scheme, corpora.labels)
    arrays = encode_train(config, corpora, channels, tag_set)
    config = config.with_choices_for(arrays.n_chars, len(tag_set.tags))
    corpora = corpora.with_unlabelled(config)
    parts = bundle_parts(config, channels, tag_set)
    say(describe_channels(channels, arrays))
    bundle_bytes = config.ensemble * sum(table.nbytes for table in channels.tables.values())
    check_output(config, needed_bytes=bundle_bytes)
    # TensorFlow takes seconds to import: not before all that was given has been found good.
    from training.loop.devices import suit_devices
    from training.loop.workers import read_task

    config, run = suit_devices(config, arrays.n_chars), Run(config.run_dir, writes=read_task().is_chief)
    ready = Ready(config, corpora, parts, arrays, _identity(arrays, channels, corpora))
    with run.held():
        interrupted = (fit_ensemble if config.ensemble > 1 else fit_network)(ready, run, say)
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


def encode_train(config: FitConfig, corpora: Corpora, channels: Channels, tag_set: TagSet) -> CorpusArrays:
    """Return train as arrays, kept in the cache."""
    texts = [corpora.sha256[path] for path in corpora.sources.train]
    key = cache_key(texts, channels.features, tag_set, config.max_chars, corpora.reader_options)
    sentences = corpora.shown("train", "encoding")
    return build_arrays(sentences, channels.features, tag_set, config.cache / "arrays", key, config.max_chars)


if __name__ == "__main__":
    sys.exit(run_command(main))
