"""What a client does to be answered, one step after another, without doing any of it: `Client` and `AsyncClient` do.

text --Steps--> Request: send it, feed its reader what comes;  Pause: wait so long;  Done: what came of it

    step = advance(steps, None)
    while not isinstance(step, Done):
        step = advance(steps, do(step))  # do: None, or the ClientError that kept the step from being done
"""

import itertools
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import httpx

from app.client.answers import BundleInfo, TaggedText, read_bundle, read_tagged
from app.client.errors import ClientError, read_as_expected
from app.client.requests import JSON_TYPE, LINES_TYPE, body, check_texts, key_header, lines
from app.client.retries import Retries
from app.client.whole import WholeAnswer
from app.client.windows import Answer, WindowAnswers

T = TypeVar("T")


class Reader(Protocol):
    """Takes in an answer as it comes. Both raise ClientError for what is none."""

    def begin(self, answer: httpx.Response) -> None:
        """Take in the status and the headers; no content has been read."""
        ...

    def feed(self, content: bytes) -> None:
        """Take in what came next."""
        ...


@dataclass(frozen=True)
class Request:
    """Send it, and feed the reader what is answered."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None
    reader: Reader


@dataclass(frozen=True)
class Pause:
    """Wait for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Done(Generic[T]):
    """Nothing is left to do; what came of it."""

    value: T


Steps = Generator[Request | Pause, None, T]


def advance(steps: Steps[T], error: ClientError | None) -> Request | Pause | Done[T]:
    """Return the next step; `error` kept the last one from being done. Raises the ClientError that ends it all."""
    try:
        return steps.throw(error) if error else next(steps)
    except StopIteration as end:
        return Done(end.value)


@dataclass(frozen=True)
class Asking:
    """The steps of each question to one service."""

    url: str
    key: str | None = field(repr=False)
    retries: Retries
    max_answer_bytes: int

    def tag(self, text: str, said: Mapping[str, Any]) -> Steps[TaggedText]:
        """Return what is found in a text; `said` are the options."""
        answer = yield from self._ask("POST", "/tag", body({"text": text, **said}))
        with read_as_expected(self.url):
            return read_tagged(text, answer, answer["bundle"])

    def tag_many(self, texts: Sequence[str], said: Mapping[str, Any]) -> Steps[list[TaggedText]]:
        """Return what is found in each of some texts, by one request."""
        check_texts(texts)
        answer = yield from self._ask("POST", "/tag", body({"texts": list(texts), **said}))
        with read_as_expected(self.url):
            results = zip(texts, answer["results"], strict=True)
            return [read_tagged(text, result, answer["bundle"]) for text, result in results]

    def tag_window(self, texts: Sequence[str], said: Mapping[str, Any]) -> Steps[list[Answer]]:
        """Return the answers to a window of a stream; what is left when one breaks off is sent again."""
        window = WindowAnswers(texts, self.max_answer_bytes)
        tried = 0
        while window.left:
            before = len(window.found)
            try:
                yield self._request("POST", "/tag/stream", LINES_TYPE, lines(window.left, said), window)
                window.end()
            except ClientError as error:
                tried = 1 if len(window.found) > before else tried + 1
                yield self._pause(tried, error)
        return window.found

    def bundle(self) -> Steps[BundleInfo]:
        """Return which bundle serves."""
        answer = yield from self._ask("GET", "/bundle")
        with read_as_expected(self.url):
            return read_bundle(answer)

    def _ask(self, method: str, path: str, content: bytes | None = None) -> Steps[Any]:
        for tried in itertools.count(1):
            answer = WholeAnswer(self.max_answer_bytes)
            try:
                yield self._request(method, path, JSON_TYPE, content, answer)
                return answer.document()
            except ClientError as error:
                yield self._pause(tried, error)
        raise AssertionError("the last try returns or raises")

    def _request(
        self, method: str, path: str, kind: Mapping[str, str], content: bytes | None, reader: Reader
    ) -> Request:
        return Request(method, self.url + path, {**kind, **key_header(self.key)}, content, reader)

    def _pause(self, tried: int, error: ClientError) -> Pause:
        """Return how long to wait before the next try; raise the error where there is none."""
        seconds = self.retries.pause_s(tried, error.retry_after) if error.may_pass else None
        if seconds is None:
            raise error
        return Pause(seconds)
