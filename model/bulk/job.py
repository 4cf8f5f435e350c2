"""What a bulk run does, as plain data that travels to every worker."""

from dataclasses import dataclass, field

# A row's own bytes beside its text: a longer line is a bad row, so that memory does not depend on the input.
LINE_BYTES = 16 << 20
MAX_CHARS = 1_000_000  # as the service's limit
MAX_BAD = 1000
# What is said of bad rows: the first few.
FIRST_BAD = 5


class BulkError(ValueError):
    """What keeps a run from going on, and what to do about it."""


class TooManyBadError(BulkError):
    """More rows than `--max-bad` are bad."""


@dataclass(frozen=True)
class Options:
    """What shapes the output: the manifest holds it, and a run that goes on must have the same.

    to: the form of the output, None for JSON lines (Parquet for Parquet). compress: "none", "gz" or "zst", None for as
    the input is. field: of JSON lines, or column of Parquet, with the text. words: SHA-256 of the file of words of
    one's own, which count by words_strength; both None without one.
    """

    to: str | None = None
    compress: str | None = None
    field: str = "text"
    entities_field: str = "entities"
    error_field: str = "error"
    encoding: str = "utf-8"
    max_chars: int = MAX_CHARS
    runtime: str = "auto"
    split_mb: float | None = None
    words: str | None = None
    words_strength: float | None = None

    def __post_init__(self) -> None:
        """Raise BulkError where two fields of a row would have one name."""
        names = {
            "--field": self.field,
            "--entities-field": self.entities_field,
            "--error-field": self.error_field,
        }
        if len(set(names.values())) < len(names):
            got = ", ".join(f"{flag} {name!r}" for flag, name in names.items())
            raise BulkError(f"expected three names that differ, got {got}; name another")

    @property
    def max_line_bytes(self) -> int:
        """The longest line that is read; a code point has at most four bytes."""
        return LINE_BYTES + 4 * self.max_chars


@dataclass(frozen=True)
class Job:
    """A bundle, where output goes and how it shall look. words: the path of a file of words of one's own."""

    bundle: str
    fingerprint: str
    target: str
    options: Options = Options()
    max_bad: int = MAX_BAD
    words: str | None = None


@dataclass(frozen=True)
class Input:
    """A file as it was found.

    path: in its store. name: what TARGET calls it. modified: nanoseconds since 1970. kind: "text", "jsonl" or
    "parquet". packed: "", "gz" or "zst".
    """

    path: str
    name: str
    size: int
    modified: int
    kind: str
    packed: str = ""


@dataclass(frozen=True)
class Split:
    """A part of an input, and what its output is called in TARGET.

    start, end: of lines, those that begin in these bytes, half-open; of Parquet, these row groups, half-open.
    """

    index: int
    input: Input
    start: int
    end: int
    output: str


@dataclass(frozen=True)
class Outcome:
    """What a split came to: its record in TARGET."""

    index: int
    rows: int = 0
    chars: int = 0
    entities: int = 0
    errors: int = 0
    cpu_s: float = 0.0
    first_errors: list[str] = field(default_factory=list)
