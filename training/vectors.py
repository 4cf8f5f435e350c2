"""`python -m training.vectors`: raw text to general vectors, trained once for the fits of many corpora.

settings -> raw texts -> char, bigram and word vectors in the cache, where fits find them -> a copy, if one is wanted
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from model.machine.command import ExitCode, program_name, run_command
from model.machine.progress import add_quiet, be_quiet
from training.corpus.errors import DownloadError
from training.corpus.reader import CorpusError
from training.data.cache import CacheError
from training.embeddings.choice import raw_name
from training.embeddings.dictionary import read_dictionary
from training.embeddings.general import GENERAL, GeneralVectors, copy_general, train_general
from training.embeddings.texts import wanted_vectors
from training.embeddings.word2vec import VectorsError
from training.inputs.texts import open_raw
from training.settings.config import ConfigError, FitConfig
from training.settings.flags import add_settings
from training.settings.presets import resolve_config

EXPECTED_ERRORS = (CacheError, ConfigError, CorpusError, DownloadError, VectorsError)

# The settings of a fit that decide its general vectors.
SETTINGS = (
    *("preset", "raw", "fold_traditional", "char_dim", "bigram_dim", "char_min_count", "bigram_min_count"),
    *("word_vectors", "dictionary", "word_dim", "dictionary_dim", "word_min_count", "word_window"),
    *("vector_window", "vector_epochs", "vector_sample", "cache"),
)
EPILOG = """\
Fits with the same settings find the vectors in the cache by themselves; --vectors-from of a fit takes a copy elsewhere.
"""


def train_vectors(
    config: FitConfig, output: Path | None = None, say: Callable[[str], None] = print
) -> GeneralVectors:
    """Return the general vectors that fits with the settings of `config` share, trained now where they are missing.

    `output` gets a copy. Raises one of EXPECTED_ERRORS.
    """
    if output is not None and os.path.lexists(output):
        raise ConfigError(f"--output: {output}: exists; choose another name")
    source = open_raw(config)
    entries = read_dictionary(source.dictionary) if source.dictionary else {}
    wanted = wanted_vectors(config, source.dictionary, entries)
    general = train_general(raw_name(config), source, wanted, config.cache / "vectors" / GENERAL, say)
    if output is not None:
        copy_general(general, output)
    return general


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    flags = vars(_parser().parse_args(arguments))
    output, file = flags.pop("output"), flags.pop("config", None)
    try:
        config = resolve_config(flags, file)
        be_quiet(config.quiet)
        general = train_vectors(config, output, say=lambda line: print(line, flush=True))
    except EXPECTED_ERRORS as error:
        print(f"error: {error}", file=sys.stderr)
        return ExitCode.MENDABLE
    for channel, record in general.records.items():
        print(f"{channel}: {record.keys:,} vectors of {record.settings.dim}, {record.created}")
    print(f"general vectors of {general.name}, {general.sha256}")
    print(output or config.cache / "vectors" / GENERAL)
    return ExitCode.FINE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program_name("training.vectors"),
        description="Train vectors on raw text alone, once, for the fits of many corpora.",
        epilog=EPILOG,
        allow_abbrev=False,
    )
    add_settings(parser, SETTINGS)
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help="a copy of them, to be moved (default: none)"
    )
    add_quiet(parser)
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
