"""ASGI for the functions that answer: one request, and the way to answer it.

scope, receive, send --Endpoint--> HttpRequest --a function--> send_answer
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from app.problems import Answer

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON = b"application/json"


class HttpRequest:
    """A request: its ASGI parts, and its headers by lower-case name."""

    __slots__ = ("headers", "receive", "scope", "send")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self.headers: dict[bytes, bytes] = dict(scope["headers"])

    @property
    def content_type(self) -> str:
        """The content-type header, or ""."""
        return self.headers.get(b"content-type", b"").decode("latin-1")

    @property
    def query(self) -> bytes:
        """The query string as sent."""
        query: bytes = self.scope["query_string"]
        return query

    @property
    def request_id(self) -> str:
        """The id under which clients and logs know this request."""
        request_id: str = self.scope["state"]["request_id"]
        return request_id


class Endpoint:
    """An ASGI application made of a function that answers one request."""

    def __init__(self, answer: Callable[[HttpRequest], Awaitable[None]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        await self._answer(HttpRequest(scope, receive, send))


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
