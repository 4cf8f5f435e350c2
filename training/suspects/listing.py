"""Suspects as lines for people, and as a file: TSV, or JSONL by its name.

train.bio:12  9.1  label: 毕业于中央财经大学[金融专业]ORG， -> [金融专业]PRO
"""

import json
from collections.abc import Sequence
from pathlib import Path

from model.machine.atomic import atomic_file
from model.tags.schemes import EntitySpan
from training.suspects.ranking import Suspect

TOP = 20
CONTEXT_CHARS = 12
READING_CHARS = 60
COLUMNS = ("rank", "place", "kind", "score", "gold", "predicted", "text")


def format_suspects(suspects: Sequence[Suspect], sentences: int, top: int = TOP) -> str:
    """Return the first `top` suspects, a line each, below how many there are in so many sentences."""
    lines = [
        f"suspected label errors: {len(suspects):,} places of {sentences:,} sentences in which taggers that never saw "
        "them differ from the gold tags; the likeliest errors first"
    ]
    lines += [f"  {_describe(suspect)}" for suspect in suspects[:top]]
    return "\n".join(lines)


def write_suspects(path: Path, suspects: Sequence[Suspect]) -> None:
    """Write all suspects in order: as JSON, one a line, if the file is called .jsonl, else as TSV with a head."""
    if path.suffix == ".jsonl":
        lines = [json.dumps(suspect.to_json(), ensure_ascii=False) for suspect in suspects]
    else:
        rows = [_row(number, suspect) for number, suspect in enumerate(suspects, 1)]
        lines = ["\t".join(row) for row in (COLUMNS, *rows)]
    with atomic_file(path) as partial:
        partial.write_text("".join(f"{line}\n" for line in lines), "utf-8", "surrogatepass", newline="\n")


def inline(text: str, spans: Sequence[EntitySpan], start: int = 0, end: int | None = None) -> str:
    """Return the characters from start to end with the spans in brackets, each with its label behind it.

    >>> inline("小明去北京", [EntitySpan(0, 2, "PER"), EntitySpan(3, 5, "LOC")], 0, 4)
    '[小明]PER去北'
    """
    end = len(text) if end is None else end
    parts, done = [], start
    for span in spans:
        if start <= span.start and span.end <= end:
            parts += [text[done : span.start], f"[{text[span.start : span.end]}]{span.label}"]
            done = span.end
    return "".join([*parts, text[done:end]])


def _describe(suspect: Suspect) -> str:
    text, found = suspect.sentence.text, suspect.found
    start, end = max(0, found.start - CONTEXT_CHARS), min(len(text), found.end + CONTEXT_CHARS)
    before, after = text[start : found.start], text[found.end : end]
    gold, predicted = (
        _shorten(inline(text, side, found.start, found.end)) for side in (found.gold, found.predicted)
    )
    around = f"{'…' * (start > 0)}{before}{gold}{after}{'…' * (end < len(text))}"
    return f"{suspect.place}  {suspect.score:.1f}  {found.kind}: {around} -> {predicted}"


def _shorten(text: str) -> str:
    return (
        text if len(text) <= READING_CHARS else f"{text[: READING_CHARS // 2]}…{text[-READING_CHARS // 2 :]}"
    )


def _row(number: int, suspect: Suspect) -> tuple[str, ...]:
    text, found = suspect.sentence.text, suspect.found
    readings = (inline(text, side, found.start, found.end) for side in (found.gold, found.predicted))
    cells = (str(number), suspect.place, found.kind, f"{suspect.score:.2f}", *readings, text)
    return tuple(" ".join(cell.split("\t")) for cell in cells)
