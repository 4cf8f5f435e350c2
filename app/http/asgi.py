"""One HTTP request and the way to answer it, as the entrance hands it to what answers."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, NamedTuple

from app.problems import Answer

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON = b"application/json"


class Exchange(NamedTuple):
    """A request: its ASGI parts, and its headers by lower-case name."""

    scope: Scope
    headers: Mapping[bytes, bytes]
    receive: Receive
    send: Send
    request_id: str

    @property
    def content_type(self) -> str:
        """The content-type header, or ""."""
        return self.headers.get(b"content-type", b"").decode("latin-1")

    @property
    def query(self) -> bytes:
        """The query string as sent."""
        query: bytes = self.scope["query_string"]
        return query


async def send_answer(send: Send, answer: Answer) -> None:
    """Send a whole answer."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


def json_answer(body: bytes, status: int = 200) -> Answer:
    """Return the answer with this JSON body.

    >>> json_answer(b"{}").headers[1]
    (b'content-length', b'2')
    """
    return Answer(status, [(b"content-type", JSON), (b"content-length", b"%d" % len(body))], body)
