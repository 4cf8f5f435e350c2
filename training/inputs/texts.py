"""The texts that vectors are trained on: those of the training sentences, and the raw texts of a fit."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from model.bundle.traditional import TraditionalFolds
from training.corpus.lines import read_lines
from training.datasets.people_daily import TEXT, WORDS
from training.embeddings.tables import TextSource
from training.embeddings.words import read_segmented, segment
from training.inputs.sources import Sources


def text_source(
    files: Sources, train: Callable[[], Iterable[str]], sha256: str, folds: TraditionalFolds | None
) -> TextSource:
    """Return the texts of train, already as the tagger reads them, and those of the files of raw text.

    sha256: the hash of both. folds: what the raw texts' traditional characters are read as.
    """

    def texts() -> Iterator[str]:
        yield from train()
        for path in files.raw:
            yield from raw_texts(path, folds)

    def words() -> Iterator[list[str]]:
        yield from segment(train())
        for path in files.raw:
            segmented = path.with_name(WORDS)
            if path.name == TEXT and segmented.is_file():
                yield from read_segmented(raw_texts(segmented, folds))
            else:
                yield from segment(raw_texts(path, folds))

    return TextSource(texts, words, sha256, files.word_vectors, files.lexicons, files.dictionary)


def raw_texts(path: Path, folds: TraditionalFolds | None) -> Iterator[str]:
    """Yield the lines of a file of raw text, traditional characters as `folds` has them."""
    lines = (line for _, line in read_lines(path))
    return map(folds.fold, lines) if folds else lines
