"""spaCy's DocBin (.spacy), where spaCy is installed: its Docs as documents, their `ents` as entities.

Written as of Chinese text whose tokens are characters, spaCy's own default, so that every entity is a span of tokens.
"""

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from training.corpus.errors import CorpusError
from training.formats.documents import Document, Span
from training.formats.sources import Source

MAGIC = b"\x78"  # zlib's first byte, as DocBin compresses its content
_INSTALL = "pip install spacy, or export the file as JSON Lines where spaCy is"


def is_docbin(path: Path) -> bool:
    """Return whether a path is a DocBin: by its first byte, and by its name, as many files begin so."""
    if path.suffix != ".spacy" or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(1) == MAGIC


def read_docbin(source: Source) -> Iterator[Document]:
    """Yield the documents of a file. Raises CorpusError where spaCy is missing or cannot read it."""
    spacy = _spacy(source.path)
    from spacy.tokens import DocBin

    try:
        docs = list(DocBin().from_disk(source.path).get_docs(spacy.blank("zh").vocab))
    except (ValueError, KeyError, TypeError, IndexError, OSError, zlib.error) as error:
        raise CorpusError(
            str(source.path), "a DocBin of spaCy", str(error), "write it again with spaCy"
        ) from error
    for number, doc in enumerate(docs, 1):
        spans = tuple(Span(ent.label_, ((ent.start_char, ent.end_char),)) for ent in doc.ents)
        yield Document(doc.text, spans, str(source.path), number, f"{source.path}: record {number:,}")


def write_docbin(path: Path, documents: Iterable[Document]) -> None:
    """Write documents, none of whose spans overlap."""
    spacy = _spacy(path)
    from spacy.tokens import Doc, DocBin

    vocab, docs = spacy.blank("zh").vocab, DocBin()
    for document in documents:
        doc = Doc(vocab, words=list(document.text), spaces=[False] * len(document.text))
        doc.ents = [doc.char_span(span.start, span.end, label=span.label) for span in document.spans]
        docs.add(doc)
    docs.to_disk(path)


def _spacy(path: Path) -> Any:
    try:
        import spacy
    except ImportError as error:
        raise CorpusError(
            str(path), "spaCy, which its format is read and written by", "none", _INSTALL
        ) from error
    return spacy
