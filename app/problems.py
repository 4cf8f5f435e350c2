"""What can go wrong with a request, as RFC 9457 problem+json: the one table of codes and HTTP statuses.

raise Problem("text_too_long", "...", limit=..., actual=...)  --> status, headers, body
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

MEDIA_TYPE = "application/problem+json"

# code: (status, title). The code is what a program checks; the title is for people and never changes per request.
PROBLEMS: Mapping[str, tuple[int, str]] = {
    "bad_http": (400, "The bytes received are not HTTP"),
    "unauthorized": (401, "A valid key is needed"),
    "not_found": (404, "There is nothing at this path"),
    "method_not_allowed": (405, "This path does not take this method"),
    "body_timeout": (408, "The body took too long to arrive"),
    "reload_refused": (409, "The new bundle was refused; the old one still serves"),
    "reload_running": (409, "A reload is already running"),
    "body_too_large": (413, "The body is too large"),
    "text_too_long": (413, "A text is too long"),
    "too_many_texts": (413, "There are too many texts in one request"),
    "request_too_long": (413, "The texts of this request are too long together"),
    "unsupported_media_type": (415, "The body is of a type that is not read here"),
    "unsupported_encoding": (415, "The body is compressed or encoded"),
    "invalid_request": (422, "The request does not have the expected shape"),
    "invalid_text": (422, "The text cannot be decoded"),
    "unknown_label": (422, "The bundle has no such label"),
    "not_supported": (422, "This service does not do that"),
    "queue_full": (429, "Too much is waiting to be tagged"),
    "headers_too_large": (431, "The request headers are too large"),
    "internal_error": (500, "Something failed here that should not"),
    "tagging_failed": (500, "Tagging this request failed"),
    "not_ready": (503, "No bundle is ready to serve"),
    "draining": (503, "This server is shutting down"),
    "too_many_connections": (503, "Too many connections are open; health and metrics still answer"),
    "too_many_bodies": (503, "Too many large bodies are being received"),
    "deadline_passed": (504, "The answer was not ready in time"),
}

# What a plain HTTP status means where the framework, not our code, refuses a request.
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 422: "invalid_request"}


class Answer(NamedTuple):
    """A whole HTTP answer, before it is sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Problem(Exception):
    """A request that is refused or fails, with what the client may know about it.

    extras are further members of the problem document, `limit` and `actual` among them.

    >>> Problem("queue_full", "1000 characters are waiting", retry_after_s=2).status
    429
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        retry_after_s: int | None = None,
        headers: Mapping[str, str] | None = None,
        **extras: Any,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.status, self.title = PROBLEMS[code]
        self.detail = detail
        self.headers = dict(headers or {})
        if retry_after_s is not None:
            self.headers["retry-after"] = str(retry_after_s)
        self.extras = extras

    def document(self, request_id: str | None = None) -> dict[str, Any]:
        """Return the members of the problem document.

        >>> Problem("not_found", "no /x here").document()["type"]
        'urn:zitag:problem:not_found'
        """
        document = {
            "type": f"urn:zitag:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.extras,
        }
        return document if request_id is None else {**document, "request_id": request_id}

    def answer(self, request_id: str | None = None) -> Answer:
        """Return the HTTP answer that says this."""
        body = json.dumps(self.document(request_id)).encode("ascii")
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", b"%d" % len(body))]
        headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        return Answer(self.status, headers, body)


class ClientLeft(Exception):
    """The client closed the connection before its answer was ready: there is nobody to tell."""


def drop_frames(error: BaseException) -> None:
    """Have an exception, and those that led to it, forget where they came through. For what has been answered.

    A traceback holds the frames, and those the body of the request; a frame that holds the exception, too, makes it
    a circle, and eight megabytes wait for the garbage collector, which seldom looks.
    """
    errors: list[BaseException | None] = [error]
    while errors:
        found = errors.pop()
        if found is not None and found.__traceback__ is not None:
            found.__traceback__ = None
            errors += [found.__cause__, found.__context__]


def problem_from_status(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Problem:
    """Return the problem for a bare HTTP status, as the framework raises it.

    >>> problem_from_status(405, "Method Not Allowed", {"Allow": "GET"}).code
    'method_not_allowed'
    """
    fallback = "internal_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request"
    return Problem(_CODES.get(status, fallback), detail, headers=headers)
