"""The texts that vectors are learnt from: those of the training sentences, and the raw texts.

train's sentences, raw files --text_source--> TextSource of both, and of each alone
raw files                    --open_raw----->  TextSource, without any corpus
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from model.bundle.traditional import TraditionalFolds
from model.machine.hashing import file_sha256
from training.corpus.errors import CorpusError, quote
from training.corpus.file_kinds import HEAD_BYTES, recognise_markup
from training.corpus.lines import read_chunks, read_lines
from training.datasets.people_daily import TEXT, WORDS
from training.embeddings.texts import TextSource
from training.embeddings.words import read_segmented, segment
from training.formats.inline import is_tagged
from training.inputs.sources import Sources, find_dictionary, find_raw
from training.inputs.traditional import digest, opencc_folds
from training.settings.config import ConfigError, FitConfig

# Of a corpus all have tags.
_HEAD_LINES = 200


def text_source(
    files: Sources, train: Callable[[], Iterable[str]], sha256: str, folds: TraditionalFolds | None
) -> TextSource:
    """Return the texts of train, already as the tagger reads them, and those of the files of raw text.

    sha256: the hash of both. folds: what the raw texts' traditional characters are read as.
    """
    corpus = TextSource(train, lambda: segment(train()), sha256)
    raw = _raw_source(files.raw, files.dictionary, folds)
    return TextSource(
        lambda: chain(corpus.texts(), raw.texts()),
        lambda: chain(corpus.words(), raw.words()),
        sha256,
        files.word_vectors,
        files.lexicons,
        files.dictionary,
        train=corpus,
        raw=raw if files.raw else None,
    )


def open_raw(config: FitConfig) -> TextSource:
    """Return the raw texts that `config` names; those known by name are fetched when they are missing.

    Raises DownloadError, and ConfigError for a name or file that is not there and for no text at all.
    """
    paths = find_raw(config)
    if not paths:
        raise ConfigError("--raw: expected text to learn vectors from, got none; name a file")
    folds = opencc_folds() if config.fold_traditional else None
    return _raw_source(paths, find_dictionary(config.dictionary), folds)


def raw_texts(path: Path, folds: TraditionalFolds | None) -> Iterator[str]:
    """Yield the lines of a file of raw text, traditional characters as `folds` has them.

    Raises CorpusError for what is no text, and for a corpus: its tags would be learnt from as if they were text.
    """
    _check_text(path)
    lines = (line for _, line in read_lines(path))
    return map(folds.fold, lines) if folds else lines


def _check_text(path: Path) -> None:
    head = next(read_chunks(path), b"")
    if kind := recognise_markup(head[:HEAD_BYTES]):
        raise CorpusError(str(path), "lines of text", kind.name, kind.remedy)
    lines = head.decode(errors="replace").split("\n")[:_HEAD_LINES]
    if (
        len(lines) > 2
        and all(not line.strip() or is_tagged(line) for line in lines[:-1])
        and lines[0].strip()
    ):
        got = f"tokens and tags that begin with {quote(lines[0])}"
        raise CorpusError(
            str(path), "lines of text", got, "give the text alone, a sentence or paragraph per line"
        )


def _raw_source(paths: Sequence[Path], dictionary: Path | None, folds: TraditionalFolds | None) -> TextSource:
    """Return the texts of raw files.

    Their names are no part of the hash: what is learnt of them is the same wherever they lie.
    """

    def texts() -> Iterator[str]:
        for path in paths:
            yield from raw_texts(path, folds)

    def words() -> Iterator[list[str]]:
        for path in paths:
            segmented = path.with_name(WORDS)
            if path.name == TEXT and segmented.is_file():
                yield from read_segmented(raw_texts(segmented, folds))
            else:
                yield from segment(raw_texts(path, folds))

    facts = [*map(file_sha256, paths), digest(folds) if folds else ""]
    sha256 = hashlib.sha256(" ".join(facts).encode()).hexdigest()
    return TextSource(texts, words, sha256, dictionary=dictionary)
