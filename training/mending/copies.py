"""Mended copies of the files of a corpus, in a folder of their own; the files themselves are never written to.

train.bio -> FOLDER/train.bio: UTF-8 without a byte order mark, a token, a tab and its tag a line, one blank line after
each sentence; FOLDER/mends.tsv: place, what was mended, before, after
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from model.machine.atomic import atomic_file
from training.corpus.lines import BYTE_ORDER_MARKS, read_blocks
from training.corpus.reader import ENCODINGS, ToBio
from training.corpus.recognition import recognise_corpus
from training.corpus.schemes import SCHEMES
from training.corpus.sentences import RawSentence, Tokens, Unit, read_raw
from training.corpus.unpacked import open_unpacked
from training.mending.mend import Mend, mend_tags

LIST = "mends.tsv"
PACKED = {".gz", ".bz2", ".xz"}
MARK, LINE_ENDS, ENCODING, DUPLICATE = "byte order mark", "line ends", "encoding", "duplicate"


class MendError(Exception):
    """A folder that mended files cannot be written to: what was expected, what came, what to do."""


class Reading(NamedTuple):
    """How the files are read."""

    codec: str
    unit: Unit


def write_mended(
    splits: Mapping[str, Sequence[Path]],
    folder: Path,
    *,
    encoding: str = "utf-8",
    unit: Unit = "char",
    drop_duplicates: bool = False,
) -> list[Mend]:
    """Write a mended copy of each file, and the list of mends; return the list.

    drop_duplicates: leave out sentences of the first split that stand there before with the same tags. Raises MendError
    where a file would take the place of another, and CorpusError.
    """
    targets = _targets([path for paths in splits.values() for path in paths], folder)
    reading = Reading(ENCODINGS[encoding.lower()], unit)
    mends: list[Mend] = []
    folder.mkdir(parents=True, exist_ok=True)
    with _all_or_none([*targets.values(), folder / LIST]):
        for number, paths in enumerate(splits.values()):
            to_bio = ToBio(recognise_corpus(list(paths), *reading))
            seen: set[tuple[str, ...]] | None = set() if drop_duplicates and not number else None
            for path in paths:
                mends += _write(path, targets[path], to_bio, reading, seen)
        with atomic_file(folder / LIST) as partial:
            partial.write_text("".join("\t".join(mend) + "\n" for mend in mends), "utf-8")
    return mends


@contextmanager
def _all_or_none(targets: Sequence[Path]) -> Iterator[None]:
    """Remove what was written of these files, none of which was there, if the block raises: it can be tried again."""
    try:
        yield
    except BaseException:
        for target in targets:
            target.unlink(missing_ok=True)
        raise


def format_mends(mends: Sequence[Mend], folder: Path, top: int = 10) -> str:
    """Return how many of each kind there are, the first of them, and where all stand."""
    counts = Counter(mend.what for mend in mends)
    said = ", ".join(f"{what} {times:,}" for what, times in counts.most_common()) or "nothing to mend"
    lines = [f"mended copies in {folder}: {said}"]
    lines += [f"  {place} {what}: {before} -> {after}" for place, what, before, after in mends[:top]]
    if len(mends) > top:
        lines.append(f"  all {len(mends):,} in {folder / LIST}")
    return "\n".join(lines)


def _targets(paths: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Return where each file's copy goes; MendError where something stands there, or two would go to one place."""
    targets: dict[Path, Path] = {}
    for path in paths:
        target = folder / (path.stem if path.suffix in PACKED else path.name)
        other = next((one for one, its in targets.items() if its == target), None)
        if other is not None:
            raise MendError(
                f"--fix: {other} and {path} would both be {target}; mend them one by one, into folders of their own"
            )
        targets[path] = target
        if target == folder / LIST:
            raise MendError(f"--fix: {path} would take the place of the list of mends; rename it")
    for path in (*targets.values(), folder / LIST):
        if path.exists():
            got = f"expected a folder without {path.name}, got one with it"
            raise MendError(f"--fix: {folder}: {got}; name another folder")
    return targets


def _write(
    path: Path, target: Path, to_bio: ToBio, reading: Reading, seen: set[tuple[str, ...]] | None
) -> Iterator[Mend]:
    """Write the mended copy of one file; yield its mends."""
    yield from _file_mends(path, reading.codec)
    with atomic_file(target) as partial, partial.open("w", encoding="utf-8", newline="\n") as file:
        for raw in read_raw([path], Tokens(reading.codec, reading.unit, SCHEMES[to_bio.scheme])):
            tags, mends = mend_tags(raw, to_bio, reading.unit)
            lines = tuple(f"{token}\t{tag}\n" for token, tag in zip(raw.tokens, tags, strict=True))
            if seen is not None and lines in seen:
                yield _dropped(raw)
                continue
            if seen is not None:
                seen.add(lines)
            yield from mends
            file.write("".join(lines) + "\n")


def _dropped(raw: RawSentence) -> Mend:
    return Mend(f"{raw.path}:{raw.line}", DUPLICATE, "".join(raw.tokens), "left out")


def _file_mends(path: Path, codec: str) -> Iterator[Mend]:
    """Yield what is changed of the whole file: its encoding, its mark, its line ends."""
    if codec != "utf-8":
        yield Mend(str(path), ENCODING, codec, "utf-8")
    with open_unpacked(path) as file:
        if file.peek(4).startswith(BYTE_ORDER_MARKS[codec]):
            yield Mend(str(path), MARK, "at the start", "none")
    ends = sum(line.endswith(b"\r") for block in read_blocks(path, codec) for line in block.lines)
    if ends:
        yield Mend(str(path), LINE_ENDS, f"{ends:,} of CR and LF", "LF")
