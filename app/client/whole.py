"""An answer that is read whole before it is looked at, in bounded memory.

status, headers --begin--> bytes --feed--> kept, up to a limit --document--> JSON, or ClientError
"""

from typing import Any

import httpx

from app.client.errors import checked, too_long, unexpected

# The service's answer to the largest body that it takes by default, 8 MiB, is a good deal shorter.
MAX_ANSWER_BYTES = 256 << 20
# What one read brings unpacks to a thousand times its length at most; others, and one within another, have no bound.
ENCODINGS = ("", "identity", "gzip", "deflate")


class WholeAnswer:
    """Keeps what is answered to one request, up to `max_bytes` of it."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._answer: httpx.Response | None = None
        self._content = bytearray()

    def begin(self, answer: httpx.Response) -> None:
        """Take in the status and the headers. Raises UnexpectedAnswer for a body packed otherwise than asked for."""
        if answer.headers.get("content-encoding", "").strip().lower() not in ENCODINGS:
            raise unexpected(answer)
        self._answer, self._content = answer, bytearray()

    def feed(self, content: bytes) -> None:
        """Take in what came. Raises UnexpectedAnswer where that is too much."""
        assert self._answer is not None
        self._content += content
        if len(self._content) > self._max_bytes:
            raise too_long(str(self._answer.url), self._max_bytes)

    def document(self) -> Any:
        """Return the JSON of the answer, which has ended. Raises Refused or UnexpectedAnswer."""
        assert self._answer is not None
        return checked(self._answer, bytes(self._content))
