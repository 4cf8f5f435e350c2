"""What a client raises, and what of it is worth another try.

httpx's answer or exception --checked, unreachable, too_long--> JSON, or ClientError
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from app.client.answers import ProblemDetail, read_problem
from app.client.retries import WORTH_ANOTHER_TRY


class ClientError(Exception):
    """Something between a text and its entities went wrong.

    may_pass: whether another try may do. retry_after: what the service says of when.
    """

    def __init__(self, message: str, *, may_pass: bool = False, retry_after: str | None = None) -> None:
        super().__init__(message)
        self.may_pass = may_pass
        self.retry_after = retry_after


class Refused(ClientError):
    """The service answered with a problem; `problem` is what it said."""

    def __init__(
        self, problem: ProblemDetail, *, may_pass: bool = False, retry_after: str | None = None
    ) -> None:
        super().__init__(str(problem), may_pass=may_pass, retry_after=retry_after)
        self.problem = problem


class Unreachable(ClientError):
    """No answer came, or not all of it."""


class UnexpectedAnswer(ClientError):
    """What answered is not the service: a proxy, or another one."""


def checked(answer: httpx.Response, content: bytes) -> Any:
    """Return the JSON of an answer, whose content was read. Raises Refused or UnexpectedAnswer."""
    document = _json(content)
    if answer.is_success and document is not None:
        return document
    again: dict[str, Any] = {
        "may_pass": answer.status_code in WORTH_ANOTHER_TRY,
        "retry_after": answer.headers.get("retry-after"),
    }
    problem = read_problem(document)
    if problem is not None:
        raise Refused(problem, **again)
    raise unexpected(answer, **again)


def unexpected(answer: httpx.Response, **again: Any) -> UnexpectedAnswer:
    """Return what to say of an answer that the service does not give."""
    packed = answer.headers.get("content-encoding")
    got = f"{answer.status_code} with {answer.headers.get('content-type', 'no content type')}"
    got += f", packed as {packed}" if packed else ""
    message = f"{answer.url}: expected an answer of zitag, got {got}; give the address of the service"
    return UnexpectedAnswer(message, **again)


def unreachable(url: str, error: httpx.RequestError) -> Unreachable:
    """Return what to say where no answer came. Whoever waited in vain has waited long enough."""
    got = str(error) or type(error).__name__
    message = f"{url}: expected an answer of zitag, got {got}; is it running, and is this its address?"
    told = Unreachable(message, may_pass=isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError))
    told.__cause__ = error
    return told


def too_long(url: str, max_bytes: int) -> UnexpectedAnswer:
    """Return what to say of an answer that is longer than what may be held of it."""
    expected = f"an answer of at most {max_bytes:,} bytes (max_answer_bytes)"
    return UnexpectedAnswer(f"{url}: expected {expected}, got more; send less text at once, or allow more")


@contextmanager
def read_as_expected(url: str) -> Iterator[None]:
    """Raise UnexpectedAnswer where what was answered cannot be read as what the service answers."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        message = (
            f"{url}: expected an answer of zitag, got JSON of another shape; give the address of the service"
        )
        raise UnexpectedAnswer(message) from error


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):  # nested too deeply
        return None
