"""A stream of texts as windows: so many lines are sent and answered, then the next.

texts --Windows--> texts of a window --/tag/stream--> bytes --WindowAnswers--> TaggedText or ProblemDetail of each

What is held is one window, however long the stream: who reads slowly is not sent more. httpx reads no answer before a
request is sent whole, so that a request must be one that the service takes whole before it is read.
"""

import json
from collections.abc import Sequence
from typing import Any

import httpx

from app.client.answers import ProblemDetail, TaggedText, read_problem, read_tagged
from app.client.errors import Refused, UnexpectedAnswer, Unreachable
from app.client.retries import WORTH_ANOTHER_TRY
from app.client.whole import WholeAnswer

# Half of what the service reads ahead of the answers that were read: 128 lines or 65,536 characters.
WINDOW_LINES, WINDOW_CHARS = 64, 32_768
# An answer has a few hundred bytes for each character of its text where it has tags and taggings: more is no answer.
LINE_BYTES, LINE_BYTES_PER_CHAR = 1 << 20, 4096
# The service gave up reading; it is the last line.
_BROKEN_OFF = "body_timeout"

Answer = TaggedText | ProblemDetail


class Windows:
    """Collects texts: `add` returns a window when one is full, `rest` what is left."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._chars = 0

    def add(self, text: str) -> list[str]:
        """Take a text; return the texts of a window that is full, or none."""
        full = self.rest() if self._texts and self._chars + len(text) > WINDOW_CHARS else []
        self._texts.append(text)
        self._chars += len(text)
        return full or (self.rest() if len(self._texts) == WINDOW_LINES else [])

    def rest(self) -> list[str]:
        """Return the texts that were taken and not returned."""
        texts, self._texts, self._chars = self._texts, [], 0
        return texts


class WindowAnswers:
    """The answers to the texts of a window, in order, as they come; `left` are those that have none yet.

    max_bytes: of a line, or of a refusal of them all.
    """

    def __init__(self, texts: Sequence[str], max_bytes: int) -> None:
        self._texts = texts
        self._max_bytes = max_bytes
        self._refusal: WholeAnswer | None = None  # of all that is left
        self._line = bytearray()  # what came of the next line
        self.found: list[Answer] = []

    @property
    def left(self) -> Sequence[str]:
        """The texts without an answer: those to send next."""
        return self._texts[len(self.found) :]

    def begin(self, answer: httpx.Response) -> None:
        """Forget a line that was cut off: a new answer comes. Raises UnexpectedAnswer as `WholeAnswer.begin` does."""
        self._line = bytearray()
        refusal = WholeAnswer(self._max_bytes)
        refusal.begin(answer)
        self._refusal = None if answer.is_success else refusal

    def feed(self, content: bytes) -> None:
        """Take in what came. Raises Refused if the service broke off, UnexpectedAnswer if it is not the service.

        Lines end with a line feed alone: texts may hold other line ends, which JSON does not escape.
        """
        if self._refusal:
            self._refusal.feed(content)
            return
        self._line += content
        if b"\n" in content:
            *whole, self._line = self._line.split(b"\n")
            for line in whole:
                self._check_length(line, "")
                self.found.append(self._read(bytes(line)))
        self._check_length(self._line, " without an end")

    def end(self) -> None:
        """Raise what the service refused, and Unreachable if the answer ended before its last line."""
        if self._refusal:
            self._refusal.document()
        if self.left:
            got = f"{len(self.found)} of {len(self._texts)} lines"
            raise Unreachable(f"expected an answer to each line, got {got}", may_pass=True)

    def _check_length(self, line: bytearray, end: str) -> None:
        longest = LINE_BYTES + LINE_BYTES_PER_CHAR * sum(map(len, self.left[:1]))
        if len(line) > min(longest, self._max_bytes):
            raise UnexpectedAnswer(
                f"expected a line of zitag's /tag/stream, got one of {len(line):,} bytes{end}"
            )

    def _read(self, line: bytes) -> Answer:
        try:
            document: Any = json.loads(line)
            problem = read_problem(document)
            if problem is None:
                return read_tagged(self.left[0], document, document["bundle"])
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
            raise UnexpectedAnswer(f"expected a line of zitag's /tag/stream, got {line[:80]!r}") from error
        if problem.status in WORTH_ANOTHER_TRY or problem.code == _BROKEN_OFF:
            raise Refused(problem, may_pass=True)
        return problem
