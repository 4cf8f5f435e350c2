"""Sentences to a corpus file, as `training.corpus.reader` reads it."""

import os
from collections.abc import Iterable
from pathlib import Path

from model.machine.atomic import atomic_file
from training.corpus.errors import CorpusError
from training.corpus.reader import Sentence


def write_sentences(path: str | os.PathLike[str], sentences: Iterable[Sentence]) -> None:
    """Write sentences as `char<TAB>tag` lines; the file appears under its name only when it is whole.

    Raises CorpusError for a sentence that could not be read back.
    """
    target = Path(path)
    with atomic_file(target) as partial, partial.open("w", encoding="utf-8", newline="\n") as file:
        for sentence in sentences:
            _check_writable(sentence, target)
            pairs = zip(sentence.text, sentence.tags, strict=True)
            file.write("".join(f"{char}\t{tag}\n" for char, tag in pairs) + "\n")


def _check_writable(sentence: Sentence, target: Path) -> None:
    """Raise CorpusError unless the sentence's lines would be read back as they are."""
    text, tags, where = sentence.text, sentence.tags, f"{sentence.path or target}:{sentence.line}"
    if not text or len(text) != len(tags):
        got = f"{len(text):,} characters and {len(tags):,} tags"
        raise CorpusError(where, "as many tags as characters", got, "write no empty sentence")
    for char in set(text):
        if char.isspace() or char == "\0" or "\ud800" <= char <= "\udfff":
            raise CorpusError(where, "characters that a corpus can hold", repr(char), "replace it")
