"""The client for programs that wait for each answer."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Self, TypeVar

import httpx

from app.client.answers import BundleInfo, TaggedText
from app.client.errors import ClientError, unreachable
from app.client.requests import check_texts, options
from app.client.retries import Retries
from app.client.steps import Asking, Done, Pause, Request, Steps, advance
from app.client.whole import MAX_ANSWER_BYTES
from app.client.windows import Answer, Windows

T = TypeVar("T")


class Client:
    """Asks one service. Threads may share it; close it at the end, or use it with `with`.

    key: opens a service that has keys. retries: how often and when a request is tried again that was refused with 429
    or 503, or whose connection broke. max_answer_bytes: what is held of one answer at most, a longer one is an
    UnexpectedAnswer. http: a client of httpx to ask with, which is then not closed here. Methods raise Refused,
    Unreachable or UnexpectedAnswer, all of them ClientError.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        timeout_s: float = 60.0,
        retries: Retries | None = None,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        http: httpx.Client | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._asking = Asking(url.rstrip("/"), key, retries or Retries(), max_answer_bytes)
        self._http = http or httpx.Client(timeout=timeout_s)
        self._is_ours = http is None
        self._sleep = sleep

    def tag(
        self,
        text: str,
        *,
        labels: Sequence[str] | None = None,
        min_score: float | Mapping[str, float] | None = None,
        tags: bool = False,
        nbest: bool = False,
    ) -> TaggedText:
        """Return the entities of a text; tags and nbest: with a tag per character, with the likeliest taggings."""
        return self._take(self._asking.tag(text, options(labels, min_score, tags, nbest)))

    def tag_many(
        self,
        texts: Sequence[str],
        *,
        labels: Sequence[str] | None = None,
        min_score: float | Mapping[str, float] | None = None,
        tags: bool = False,
        nbest: bool = False,
    ) -> list[TaggedText]:
        """Return the entities of each text, by one request: within the service's limits, all or none."""
        return self._take(self._asking.tag_many(texts, options(labels, min_score, tags, nbest)))

    def tag_stream(
        self,
        texts: Iterable[str],
        *,
        labels: Sequence[str] | None = None,
        min_score: float | Mapping[str, float] | None = None,
        tags: bool = False,
        nbest: bool = False,
    ) -> Iterator[Answer]:
        """Yield what is found in each of any number of texts, in order, in constant memory.

        A text that is refused by itself, because it is too long, gives its ProblemDetail; the others go on.
        """
        said = options(labels, min_score, tags, nbest)
        check_texts(texts)
        windows = Windows()
        for text in texts:
            yield from self._take(self._asking.tag_window(windows.add(text), said))
        yield from self._take(self._asking.tag_window(windows.rest(), said))

    def bundle(self) -> BundleInfo:
        """Return which bundle serves, its labels among the rest."""
        return self._take(self._asking.bundle())

    def close(self) -> None:
        """Close the connections."""
        if self._is_ours:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, steps: Steps[T]) -> T:
        """Return what comes of the steps, taken one after another."""
        step = advance(steps, None)
        while not isinstance(step, Done):
            step = advance(steps, self._do(step))
        return step.value

    def _do(self, step: Request | Pause) -> ClientError | None:
        """Take a step; return what kept it from being done."""
        if isinstance(step, Pause):
            self._sleep(step.seconds)
            return None
        try:
            with self._http.stream(
                step.method, step.url, content=step.content, headers=step.headers
            ) as answer:
                step.reader.begin(answer)
                for content in answer.iter_bytes():
                    step.reader.feed(content)
        except httpx.RequestError as error:
            return unreachable(step.url, error)
        except ClientError as error:
            return error
        return None
