"""What `zitag check --suspects` does: sentences to suspects, by cross-fits of the quick preset or other settings."""

import sys
from collections.abc import Sequence
from pathlib import Path

from training.corpus.comparison import folded
from training.corpus.errors import DownloadError
from training.corpus.reader import CorpusError, Sentence
from training.data.arrays import ArraysError
from training.data.cache import CacheError
from training.embeddings.word2vec import VectorsError
from training.loop.errors import DivergedError
from training.loop.interrupts import raise_interrupts
from training.packages import require_packages
from training.settings.config import ConfigError
from training.settings.presets import resolve_config
from training.suspects.crossfit import cross_fit
from training.suspects.networks import build_fitter
from training.suspects.ranking import Suspect, SuspectsError, rank

EXPECTED_ERRORS = (
    ArraysError,
    CacheError,
    ConfigError,
    CorpusError,
    DivergedError,
    DownloadError,
    VectorsError,
)


def find_suspects(
    sentences: Sequence[Sentence], files: Sequence[Path], *, folds: int, config: Path | None = None
) -> list[Suspect]:
    """Return the suspects among these sentences, the likeliest errors first; progress goes to standard error.

    files: what they were read from. config: a TOML file of settings of a fit, in place of the quick preset.
    Raises SuspectsError, and ModuleNotFoundError where the packages that train are not installed; KeyboardInterrupt on
    Ctrl-C or SIGTERM, after which the same call goes on.
    """
    require_packages()
    raise_interrupts()
    _check(sentences, folds)
    flags = {"train": tuple(map(str, files)), **({} if config else {"preset": "quick"})}
    try:
        settings = resolve_config(flags, config)
        fitter = build_fitter(settings, sentences, folds, _say)
        found = cross_fit(
            sentences,
            fitter.fit,
            folds=folds,
            seed=settings.seed,
            cache=settings.cache / "suspects",
            identity=fitter.identity,
            say=_say,
        )
    except EXPECTED_ERRORS as error:
        raise SuspectsError(str(error)) from error
    except KeyboardInterrupt as error:
        stopped = str(error) or "stopped"
        raise KeyboardInterrupt(f"{stopped}; whole folds are kept: the same command goes on") from error
    return rank(sentences, found)


def _check(sentences: Sequence[Sentence], folds: int) -> None:
    texts = len({folded(sentence.text) for sentence in sentences})
    if not 2 <= folds <= texts:
        expected = f"2 to {texts} folds for {texts} different sentences of train"
        raise SuspectsError(f"--folds: expected {expected}, got {folds}")
    if not any(tag != "O" for sentence in sentences for tag in sentence.tags):
        raise SuspectsError(
            "--suspects: expected entities in train to learn from, got none; name another file"
        )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
