"""The files of one fit: found where its settings name them, or fetched if the name is that of a known corpus.

settings (`--train msra`, `--raw web-news FILE`, ...) -> Sources: paths that are there
"""

import os
from dataclasses import dataclass
from errno import ENOENT
from pathlib import Path

from training.datasets.people_daily import TEXT
from training.datasets.recipes import RECIPES, download
from training.datasets.web_news import FILES as WEB_NEWS_FILES
from training.formats.brat import is_brat
from training.settings.config import ConfigError, FitConfig

CORPORA = ("msra",)  # what --train takes by name: recipes that give train, dev and test
# What --raw takes by name: a file of a recipe.
RAW_TEXTS = {
    "people-daily": ("people-daily", TEXT),
    "web-news": ("web-news", *WEB_NEWS_FILES),
}

Paths = tuple[Path, ...]


@dataclass(frozen=True)
class Sources:
    """Paths, by what they are for."""

    train: Paths
    dev: Paths  # none: dev is cut out of train
    test: Paths
    raw: Paths = ()
    vectors: Path | None = None  # of characters
    word_vectors: Path | None = None  # none: they are trained, or there is no such channel
    lexicons: Paths = ()
    dictionary: Path | None = None
    unlabelled: Paths = ()

    @property
    def paths(self) -> Paths:
        """All of them."""
        alone = (self.vectors, self.word_vectors, self.dictionary)
        return (
            *self.train,
            *self.dev,
            *self.test,
            *self.raw,
            *filter(None, alone),
            *self.lexicons,
            *self.unlabelled,
        )


def find_sources(config: FitConfig) -> Sources:
    """Return the files that `config` names; those known by name are fetched when they are missing.

    Raises DownloadError, and ConfigError for a name or file that is not there.
    """
    train, dev, test = _corpora(config)
    return Sources(
        train=train,
        dev=dev,
        test=test,
        raw=_raw(config),
        vectors=config.vectors
        and _file("vectors", str(config.vectors), "word2vec vectors (text, .bin or .gz)"),
        word_vectors=_word_vectors(config.word_vectors),
        lexicons=_lexicons(config.lexicon),
        dictionary=find_dictionary(config.dictionary),
        unlabelled=find_unlabelled_files(config),
    )


def _corpora(config: FitConfig) -> tuple[Paths, Paths, Paths]:
    """Return the files of train, dev and test; a named corpus brings those that were not given."""
    dev, test = _files("dev", config.dev), _files("test", config.test)
    names = [name for name in config.train if name in CORPORA]
    if not names:
        return _files("train", config.train), dev, test
    if len(config.train) > 1:
        raise ConfigError(f"--train: {names[0]!r} is a corpus by name and stands alone, got {config.train}")
    train_file, dev_file, test_file = download(RECIPES[names[0]])
    return (train_file,), dev or (dev_file,), test or (test_file,)


def find_unlabelled_files(config: FitConfig) -> Paths:
    """Return the files of --unlabelled, fetched where known by name and missing. Raises as `find_sources` does."""
    if config.teacher_count and config.teachers == 0:
        raise ConfigError(
            "--teachers: expected 1 or more with text without labels (--unlabelled, --preset best or small), got 0; "
            "leave it out, or take --unlabelled none"
        )
    return _texts("unlabelled", config.unlabelled)


def _files(setting: str, given: tuple[str, ...]) -> Paths:
    named = f" or the name of a corpus ({', '.join(CORPORA)})" if setting == "train" else ""
    return tuple(_file(setting, name, f"a corpus file{named}") for name in given)


def _word_vectors(name: str) -> Path | None:
    if name in ("none", "trained"):
        return None
    if name == "wiki":
        return download(RECIPES["wiki-words"])[0]
    return _file("word-vectors", name, "a word2vec file, wiki, trained or none")


def _lexicons(names: tuple[str, ...]) -> Paths:
    paths: list[Path] = []
    for name in names:
        if name != "none":
            paths.append(_file("lexicon", name, "a file of words, or none"))
    return tuple(paths)


def find_dictionary(name: str) -> Path | None:
    """Return the file of --dictionary, fetched if it is known by name and missing; None for none."""
    if name == "none":
        return None
    if name == "jieba":
        return download(RECIPES["jieba-dictionary"])[0]
    return _file("dictionary", name, "a file of words, jieba or none")


def _raw(config: FitConfig) -> Paths:
    """Return the raw texts, none of them when nothing is learnt from them."""
    segments = config.dictionary != "none" and config.dictionary_dim > 0
    if (
        config.vectors is not None
        and not config.bigram_dim
        and config.word_vectors == "none"
        and not segments
    ):
        return ()
    return find_raw(config)


def find_raw(config: FitConfig) -> Paths:
    """Return the files of --raw, those known by name fetched when they are missing. Raises as `find_sources` does."""
    return _texts("raw", config.raw)


def _texts(setting: str, names: tuple[str, ...]) -> Paths:
    paths: list[Path] = []
    for name in names:
        if name in RAW_TEXTS:
            recipe, file = RAW_TEXTS[name]
            files = {path.name: path for path in download(RECIPES[recipe])}
            paths.append(files[file])
        elif name != "none":
            paths.append(_file(setting, name, f"a text file, none, or one of {', '.join(RAW_TEXTS)}"))
    return tuple(paths)


def _file(setting: str, name: str, expected: str) -> Path:
    path = Path(name)
    if not path.is_file() and not (setting in ("train", "dev", "test") and is_brat(path)):
        other = "a pipe or device" if path.exists() else repr(os.strerror(ENOENT))
        got = "a directory" if path.is_dir() else other
        raise ConfigError(f"--{setting}: {name}: expected {expected}, got {got}; check the path")
    return path
