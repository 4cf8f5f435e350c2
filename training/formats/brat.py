"""brat's standoff files: a text and beside it a file of annotations, or a folder of such pairs.

a.txt   小明在北京          a.ann   T1<TAB>PER 0 2<TAB>小明
                                  T2<TAB>LOC 3 4;4 5<TAB>北 京      in two parts
"""

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path

from training.corpus.errors import CorpusError, LineError, quote
from training.corpus.lines import MAX_TEXT_LINE_BYTES, read_blocks, read_chunks
from training.corpus.tally import Finding, Tally
from training.formats.documents import Document, Part, Span, join_parts
from training.formats.records.fields import Place, checked_text, span_in
from training.formats.sources import Source

OTHER = Finding(
    "annotation of brat is no entity",
    "annotations of brat are no entities",
    "left out (relations, events, notes)",
)
_ENTITY = re.compile(r"(T\S*)\t(\S+) (\d{1,18} \d{1,18}(?:;\d{1,18} \d{1,18})*)(?:\t(.*))?")
_SHAPE = "T1<TAB>LABEL START END<TAB>TEXT for each entity"
_REMEDY = "count code points from 0; a text that was changed after it was annotated no longer fits"


def is_brat(path: Path) -> bool:
    """Return whether a path is a file of annotations, a text with one beside it, or a folder that has any."""
    if path.is_dir():
        return next(path.rglob("*.ann"), None) is not None
    return path.suffix == ".ann" or (path.suffix == ".txt" and path.with_suffix(".ann").is_file())


def brat_files(path: Path) -> list[Path]:
    """Return all files that a path of brat stands for: texts and annotations, in the order of their names."""
    notes = sorted(path.rglob("*.ann")) if path.is_dir() else [path.with_suffix(".ann")]
    return [file for note in notes for file in (note.with_suffix(".txt"), note)]


def read_brat(source: Source, tally: Tally) -> Iterator[Document]:
    """Yield a document for each text. Raises CorpusError with file and line for an annotation that does not fit it."""
    files = brat_files(source.path)
    for text_file, notes in zip(files[::2], files[1::2], strict=True):
        if not text_file.is_file():
            got = f"no {text_file.name} beside it"
            raise CorpusError(
                str(notes), "the text that its offsets count in", got, "put it there: brat has both"
            )
        text = _read_text(text_file, source.codec)
        spans = tuple(_read_spans(notes, text, source.codec, tally))
        yield Document(text, spans, str(text_file), 1, str(text_file), has_lines=True)


def write_brat_folder(folder: Path, documents: Iterable[Document]) -> None:
    """Write each document as a pair of files, and the labels as brat's configuration, into an empty folder."""
    labels: dict[str, None] = {}
    for number, document in enumerate(documents, 1):
        (folder / f"{number:06}.txt").write_text(document.text, encoding="utf-8", newline="")
        (folder / f"{number:06}.ann").write_text(
            "".join(_lines(document, 0, 1)), encoding="utf-8", newline=""
        )
        labels |= dict.fromkeys(span.label for span in document.spans)
    sections = ["[entities]", *labels, "[relations]", "[events]", "[attributes]"]
    (folder / "annotation.conf").write_text("\n".join(sections) + "\n", encoding="utf-8")


def write_brat_pair(text_file: Path, notes: Path, documents: Iterable[Document]) -> None:
    """Write all documents as one pair of files, one below the other."""
    offset, number = 0, 1
    with (
        text_file.open("w", encoding="utf-8", newline="") as text,
        notes.open("w", encoding="utf-8", newline="") as ann,
    ):
        for document in documents:
            text.write(document.text + "\n")
            ann.writelines(_lines(document, offset, number))
            offset, number = offset + len(document.text) + 1, number + len(document.spans)


def _read_text(path: Path, codec: str) -> str:
    content = b"".join(read_chunks(path))
    try:
        return checked_text(content.decode(codec), path.name)
    except UnicodeDecodeError as error:
        got = f"byte 0x{content[error.start]:02x} at byte offset {error.start:,}"
        raise CorpusError(str(path), f"text in {codec}", got, "convert the file to UTF-8") from error
    except LineError as error:
        raise CorpusError(str(path), error.expected, error.got, error.remedy) from error


def _read_spans(path: Path, text: str, codec: str, tally: Tally) -> Iterator[Span]:
    for block in read_blocks(path, codec, max_line_bytes=MAX_TEXT_LINE_BYTES) if path.stat().st_size else ():
        for number, line in enumerate(block.lines, block.number):
            content = line.decode(codec, errors="replace").rstrip("\r")
            place = Place(f"{path}:{number}", tally)
            if content[:1] in ("R", "E", "A", "M", "N", "#", "*"):
                tally.add(OTHER, place.where)
            elif content.strip():
                try:
                    yield _span(content, text, place)
                except LineError as error:
                    raise CorpusError(place.where, error.expected, error.got, error.remedy) from error


def _span(line: str, text: str, place: Place) -> Span:
    match = _ENTITY.fullmatch(line)
    if match is None:
        raise LineError(_SHAPE, quote(line), "export it from brat, or correct the line")
    _, label, offsets, surface = match.groups()
    parts = [(int(start), int(end)) for start, end in (part.split(" ") for part in offsets.split(";"))]
    if len(parts) > 1 and sum(abs(end - start) for start, end in parts) > len(text):
        expected = f"parts within the {len(text):,} characters of its text, none of which overlap"
        raise LineError(expected, quote(offsets), _REMEDY)
    found = " ".join(text[start:end] for start, end in parts)
    fits = surface is None or "".join(found.split()) == "".join(surface.split())
    if not fits and len(parts) > 1:
        raise LineError(f"{quote(surface or '')} ({label}) where its offsets say", quote(found), _REMEDY)
    spans = [span_in(text, start, end, label, place, None if fits else surface) for start, end in parts]
    return Span(spans[0].label, join_parts(text, (span.parts[0] for span in spans)))


def _lines(document: Document, offset: int, number: int) -> Iterator[str]:
    for index, span in enumerate(document.spans, number):
        parts = [part for whole in span.parts for part in _within_lines(document.text, whole)]
        offsets = ";".join(f"{start + offset} {end + offset}" for start, end in parts)
        surface = " ".join(document.text[start:end] for start, end in parts)
        yield f"T{index}\t{span.label} {offsets}\t{surface}\n"


def _within_lines(text: str, part: Part) -> Iterator[Part]:
    """Yield the parts of a part between line breaks, as brat has them.

    >>> list(_within_lines("北京\\n大学", (0, 5)))
    [(0, 2), (3, 5)]
    """
    pieces = text[part[0] : part[1]].split("\n")
    ends = accumulate((len(piece) + 1 for piece in pieces), initial=part[0])
    yield from ((start, start + len(piece)) for start, piece in zip(ends, pieces, strict=False) if piece)
