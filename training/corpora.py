"""The corpora of one fit: what `--train`, `--dev`, `--test` and `--raw` name, found, split and hashed.

names or files -> Corpora(train, dev, test as sentence streams that can be drawn again; labels; sha256)
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from training.cache import file_sha256
from training.channels import TextSource
from training.config import ConfigError, FitConfig
from training.corpus import ReadReport, Sentence, read_sentences
from training.download import RECIPES, download
from training.people_daily import REVIEWS, TEXT, WORDS
from training.split import cut_blocks
from training.web_news import FILES as WEB_NEWS_FILES
from training.words import read_segmented, segment

CORPORA = ("msra",)  # what --train takes by name: recipes that give train, dev and test
# What --raw takes by name: a file of a recipe.
RAW_TEXTS = {
    "people-daily": ("people-daily", TEXT),
    "reviews": ("people-daily", REVIEWS),
    "web-news": ("web-news", *WEB_NEWS_FILES),
}
DEV_SHARE = 0.1  # of the training sentences, where no dev files are given

Sentences = Callable[[], Iterator[Sentence]]
ReadFiles = Callable[..., Iterator[Sentence]]


@dataclass(frozen=True)
class Corpora:
    """The sentences of a fit. A call of `train`, `dev` or `test` reads the files anew."""

    train: Sentences
    dev: Sentences
    test: Sentences | None
    train_paths: tuple[Path, ...]
    test_paths: tuple[Path, ...]
    labels: tuple[str, ...]  # of the entities in train, sorted
    report: ReadReport  # of train and what was cut out of it
    reader_options: dict[str, str]  # all that decides `train` beside the bytes of its files
    raw_paths: tuple[Path, ...]
    word_vectors: Path | None
    lexicon_paths: tuple[Path, ...]
    dictionary: Path | None
    sha256: dict[str, str]  # file name -> digest

    def vector_source(self) -> TextSource:
        """Return the texts to train vectors on: train alone of the BIO files, and the raw texts."""

        def texts() -> Iterator[str]:
            yield from (sentence.text for sentence in self.train())
            for path in self.raw_paths:
                yield from _lines(path)

        def words() -> Iterator[list[str]]:
            yield from segment(sentence.text for sentence in self.train())
            for path in self.raw_paths:
                segmented = path.with_name(WORDS)
                if path.name == TEXT and segmented.is_file():
                    yield from read_segmented(_lines(segmented))
                else:
                    yield from segment(_lines(path))

        digests = "".join(map(file_sha256, (*self.train_paths, *self.raw_paths)))
        sha256 = hashlib.sha256(digests.encode()).hexdigest() + str(sorted(self.reader_options.items()))
        return TextSource(texts, words, sha256, self.word_vectors, self.lexicon_paths, self.dictionary)


def _lines(path: Path) -> Iterator[str]:
    with open(path, encoding="utf-8", newline="\n") as file:
        yield from (line.rstrip("\n") for line in file)


def open_corpora(config: FitConfig) -> Corpora:
    """Return the corpora that `config` names; those known by name are fetched when they are missing.

    One pass over the training files counts sentences and labels. Raises CorpusError, DownloadError, and
    ConfigError for a name or file that is not there.
    """
    train, dev, test = _named(config)
    raw, word_vectors, lexicons = _raw_paths(config), _word_vectors(config), _lexicon_paths(config)
    dictionary = _dictionary(config)
    options: dict[str, Any] = {"encoding": config.encoding, "stray": config.stray, "unit": config.unit}
    report = ReadReport()
    for _ in read_sentences(train, **options, report=report):
        pass
    read = partial(read_sentences, **options)
    again = partial(read, scheme=report.scheme)  # which is known by now
    if dev:
        read_train, read_dev = partial(again, train), partial(read, dev)
        labels = tuple(report.entities)
    else:
        dev_blocks = _dev_blocks(train, report.sentences, config.seed)
        options["dev_split_seed"] = str(config.seed)
        read_train = partial(_without, again, train, dev_blocks)
        read_dev = partial(_only, again, train, dev_blocks)
        labels = tuple(sorted({tag[2:] for sentence in read_train() for tag in sentence.tags if tag != "O"}))
    if not labels:
        raise ConfigError(
            f"--train: {', '.join(map(str, train))}: no entity in {report.sentences} sentences to learn from"
        )
    paths = [*train, *dev, *test, *raw, *filter(None, (word_vectors, dictionary)), *lexicons]
    return Corpora(
        train=read_train,
        dev=read_dev,
        test=partial(read, test) if test else None,
        train_paths=train,
        test_paths=test,
        labels=labels,
        report=report,
        reader_options=options,
        raw_paths=raw,
        word_vectors=word_vectors,
        lexicon_paths=lexicons,
        dictionary=dictionary,
        sha256={path.name: file_sha256(path) for path in paths},
    )


def _dev_blocks(train: tuple[Path, ...], sentences: int, seed: int) -> frozenset[int]:
    if sentences < 2:
        raise ConfigError(f"--train: {train[0]}: one sentence alone cannot be split; give more, or --dev")
    blocks = cut_blocks(sentences, max(1, round(sentences * DEV_SHARE)), seed)
    return frozenset(index for block in blocks for index in block)


def _without(read: ReadFiles, paths: tuple[Path, ...], indices: frozenset[int]) -> Iterator[Sentence]:
    return (sentence for index, sentence in enumerate(read(paths)) if index not in indices)


def _only(read: ReadFiles, paths: tuple[Path, ...], indices: frozenset[int]) -> Iterator[Sentence]:
    return (sentence for index, sentence in enumerate(read(paths)) if index in indices)


def _named(config: FitConfig) -> tuple[tuple[Path, ...], tuple[Path, ...], tuple[Path, ...]]:
    """Return the files of train, dev and test; a named corpus brings those that were not given."""
    dev, test = _files("dev", config.dev), _files("test", config.test)
    names = [name for name in config.train if name in CORPORA]
    if not names:
        return _files("train", config.train), dev, test
    if len(config.train) > 1:
        raise ConfigError(f"--train: {names[0]!r} is a corpus by name and stands alone, got {config.train}")
    train_file, dev_file, test_file = download(RECIPES[names[0]])
    return (train_file,), dev or (dev_file,), test or (test_file,)


def _files(setting: str, given: tuple[str, ...]) -> tuple[Path, ...]:
    paths = tuple(Path(name) for name in given)
    for path in paths:
        if not path.exists():
            raise ConfigError(
                f"--{setting}: {path}: no such file; expected a BIO file or the name of a corpus "
                f"({', '.join(CORPORA)})"
            )
    return paths


def _word_vectors(config: FitConfig) -> Path | None:
    """Return the file of the word vectors, if they are not trained here."""
    name = config.word_vectors
    if name in ("none", "trained"):
        return None
    if name == "wiki":
        return download(RECIPES["wiki-words"])[0]
    if not Path(name).is_file():
        raise ConfigError(
            f"--word-vectors: {name}: no such file; expected a word2vec file, wiki, trained or none"
        )
    return Path(name)


def _lexicon_paths(config: FitConfig) -> tuple[Path, ...]:
    paths: list[Path] = []
    for name in config.lexicon:
        if name == "jieba":
            paths += download(RECIPES["jieba-names"])
        elif name != "none":
            if not Path(name).is_file():
                raise ConfigError(f"--lexicon: {name}: no such file; expected a file of words, jieba or none")
            paths.append(Path(name))
    return tuple(paths)


def _dictionary(config: FitConfig) -> Path | None:
    """Return the file of the words that texts are cut into."""
    name = config.dictionary
    if name == "none":
        return None
    if name == "jieba":
        return download(RECIPES["jieba-dictionary"])[0]
    if not Path(name).is_file():
        raise ConfigError(f"--dictionary: {name}: no such file; expected a file of words, jieba or none")
    return Path(name)


def _raw_paths(config: FitConfig) -> tuple[Path, ...]:
    """Return the raw texts, none of them when no channel is trained on text."""
    if config.vectors is not None and not config.bigram_dim and config.word_vectors == "none":
        return ()
    paths: list[Path] = []
    for name in config.raw:
        if name in RAW_TEXTS:
            recipe, file = RAW_TEXTS[name]
            files = {path.name: path for path in download(RECIPES[recipe])}
            paths.append(files[file])
        elif name != "none":
            if not Path(name).is_file():
                raise ConfigError(
                    f"--raw: {name}: no such file; expected a text file, none, or one of {', '.join(RAW_TEXTS)}"
                )
            paths.append(Path(name))
    return tuple(paths)
