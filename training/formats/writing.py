"""Documents to a file of any format, which appears under its name only when it is whole.

    documents -> what the format holds (parts, nested, flat, lines) -> aside -> renamed

What the format cannot hold is resolved as in reading, and counted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from model.machine.atomic import atomic_file, atomic_folder
from model.tags.schemes import spans_from_tags
from training.corpus.errors import CorpusError
from training.corpus.reader import Sentence
from training.corpus.tally import Tally
from training.formats.brat import write_brat_folder, write_brat_pair
from training.formats.columns import write_columns
from training.formats.docbin import write_docbin
from training.formats.documents import Document, whole
from training.formats.inline import write_inline
from training.formats.records.documents import RECORD_FORMATS, write_records
from training.formats.records.huggingface import to_huggingface
from training.formats.records.parquet import write_tokens
from training.formats.resolution import Nested, flat_spans, sentences_of, single_spans
from training.formats.sources import Holds
from training.formats.table import COLUMNS, FORMATS


@dataclass
class Written:
    """What was written: how many texts, and entities by label."""

    texts: int = 0
    entities: dict[str, int] = field(default_factory=dict)


def format_of_target(path: Path) -> str:
    """Return the format that a file to be written is to have, by its name. Raises CorpusError where it says none.

    >>> format_of_target(Path("train.bio")), format_of_target(Path("train.cluener.json"))
    ('columns', 'cluener')
    """
    names = [name for name in FORMATS if f".{name}." in f"{path.name}."]
    names += [name for name, known in FORMATS.items() if path.suffix in known.endings]
    if not names:
        endings = ", ".join(
            f"{known.endings[0]} ({name})" for name, known in FORMATS.items() if known.endings
        )
        remedy = f"say the format (--to {', '.join(FORMATS)})"
        raise CorpusError(str(path), f"a name that ends in {endings}", repr(path.name), remedy)
    return names[0]


def write_documents(
    path: Path,
    name: str,
    documents: Iterable[Document],
    tally: Tally,
    *,
    nested: Nested = "longest",
    scheme: str = "BIO",
    overwrite: bool = False,
) -> Written:
    """Write documents to a file (with brat also a folder) and return what was written.

    `scheme` is that of columns. Raises CorpusError where there is a file already, unless `overwrite`, and for what
    cannot be written.
    """
    written = Written()
    ready = _counted(documents, FORMATS[name].holds, tally, nested, written)
    notes = path.with_suffix(".ann")
    taken = [
        file for file in ([path, notes.with_suffix(".txt")] if name == "brat" else [path]) if file.exists()
    ]
    if taken and not overwrite:
        raise CorpusError(
            str(taken[0]), "a name that is not taken", "a file or folder", "give another, or --overwrite"
        )
    if name == "brat" and path.suffix in (".ann", ".txt"):
        with atomic_file(notes.with_suffix(".txt")) as text, atomic_file(notes) as partial:
            write_brat_pair(text, partial, ready)
    elif name == "brat":
        with atomic_folder(path, overwrite=overwrite) as partial:
            write_brat_folder(partial, ready)
    else:
        with atomic_file(path) as partial:
            _write_file(partial, path.suffix, name, ready, tally, scheme)
    return written


def write_sentences(path: Path, sentences: Iterable[Sentence]) -> None:
    """Write sentences as records, which hold any text, white space too: what zitag keeps for itself to read again."""
    documents = (
        Document(
            one.text,
            tuple(map(whole, spans_from_tags(one.tags))),
            one.path,
            one.line,
            f"{one.path}:{one.line}",
        )
        for one in sentences
    )
    write_documents(path, "zitag", documents, Tally(), overwrite=True)


def _counted(
    documents: Iterable[Document], holds: Holds, tally: Tally, nested: Nested, written: Written
) -> Iterator[Document]:
    for document in documents:
        for ready in _ready(document, holds, tally, nested):
            written.texts += 1
            for span in ready.spans:
                written.entities[span.label] = written.entities.get(span.label, 0) + 1
            yield ready
    if not written.texts:
        found = "; ".join(tally.notes()) or "none"
        raise CorpusError("input", "at least one text", found, "name a file that has some")


def _ready(document: Document, holds: Holds, tally: Tally, nested: Nested) -> Iterator[Document]:
    """Yield a document as a format holds it: where that is lines, each as a document of its own."""
    if holds == "parts":
        yield document
    elif holds == "lines":
        for sentence in sentences_of(document, tally, nested):
            spans = tuple(map(whole, spans_from_tags(sentence.tags)))
            yield replace(document, text=sentence.text, spans=spans)
    else:
        found = (single_spans if holds == "nested" else flat_spans)(document, tally, nested)
        yield replace(document, spans=tuple(map(whole, found)))


def _write_file(
    partial: Path, suffix: str, name: str, documents: Iterable[Document], tally: Tally, scheme: str
) -> None:
    if name == "docbin":
        write_docbin(partial, documents)
        return
    if name == "huggingface" and suffix == ".parquet":
        rows = list(map(to_huggingface, documents))
        tags = sorted({tag for _, row in rows for tag in row} - {"O"}, key=lambda tag: (tag[2:], tag))
        write_tokens(partial, rows, ["O", *tags])
        return
    with partial.open("w", encoding="utf-8", newline="\n") as file:
        if name == COLUMNS:
            write_columns(file, documents, tally, scheme)
        elif name == "inline":
            write_inline(file, documents)
        elif name == "huggingface":
            tokens = (to_huggingface(document) for document in documents)
            rows_of = (
                {"id": str(index), "tokens": row, "ner_tags": tags}
                for index, (row, tags) in enumerate(tokens)
            )
            write_records(file, rows_of)
        else:
            known = RECORD_FORMATS[name]
            records = (known.render(document, number) for number, document in enumerate(documents, 1))
            write_records(file, records, in_array=known.in_array)
