"""The client for programs with an event loop."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
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


class AsyncClient:
    """As Client, with `await`. Tasks of one event loop may share it; close it at the end, or use it with `async with`.

    http: an asynchronous client of httpx to ask with, which is then not closed here.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        timeout_s: float = 60.0,
        retries: Retries | None = None,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        http: httpx.AsyncClient | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._asking = Asking(url.rstrip("/"), key, retries or Retries(), max_answer_bytes)
        self._http = http or httpx.AsyncClient(timeout=timeout_s)
        self._is_ours = http is None
        self._sleep = sleep

    async def tag(
        self,
        text: str,
        *,
        labels: Sequence[str] | None = None,
        min_score: float | Mapping[str, float] | None = None,
        tags: bool = False,
        nbest: bool = False,
    ) -> TaggedText:
        """Return the entities of a text; tags and nbest: with a tag per character, with the likeliest taggings."""
        return await self._take(self._asking.tag(text, options(labels, min_score, tags, nbest)))

    async def tag_many(
        self,
        texts: Sequence[str],
        *,
        labels: Sequence[str] | None = None,
        min_score: float | Mapping[str, float] | None = None,
        tags: bool = False,
        nbest: bool = False,
    ) -> list[TaggedText]:
        """Return the entities of each text, by one request: within the service's limits, all or none."""
        return await self._take(self._asking.tag_many(texts, options(labels, min_score, tags, nbest)))

    async def tag_stream(
        self,
        texts: Iterable[str] | AsyncIterable[str],
        *,
        labels: Sequence[str] | None = None,
        min_score: float | Mapping[str, float] | None = None,
        tags: bool = False,
        nbest: bool = False,
    ) -> AsyncIterator[Answer]:
        """Yield what is found in each of any number of texts, in order, in constant memory.

        A text that is refused by itself, because it is too long, gives its ProblemDetail; the others go on.
        """
        said = options(labels, min_score, tags, nbest)
        check_texts(texts)
        windows = Windows()
        async for text in _each(texts):
            for answer in await self._take(self._asking.tag_window(windows.add(text), said)):
                yield answer
        for answer in await self._take(self._asking.tag_window(windows.rest(), said)):
            yield answer

    async def bundle(self) -> BundleInfo:
        """Return which bundle serves, its labels among the rest."""
        return await self._take(self._asking.bundle())

    async def aclose(self) -> None:
        """Close the connections."""
        if self._is_ours:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _take(self, steps: Steps[T]) -> T:
        """Return what comes of the steps, taken one after another."""
        step = advance(steps, None)
        while not isinstance(step, Done):
            step = advance(steps, await self._do(step))
        return step.value

    async def _do(self, step: Request | Pause) -> ClientError | None:
        """Take a step; return what kept it from being done."""
        if isinstance(step, Pause):
            await self._sleep(step.seconds)
            return None
        try:
            async with self._http.stream(
                step.method, step.url, content=step.content, headers=step.headers
            ) as answer:
                step.reader.begin(answer)
                async for content in answer.aiter_bytes():
                    step.reader.feed(content)
        except httpx.RequestError as error:
            return unreachable(step.url, error)
        except ClientError as error:
            return error
        return None


async def _each(texts: Iterable[str] | AsyncIterable[str]) -> AsyncIterator[str]:
    if isinstance(texts, AsyncIterable):
        async for text in texts:
            yield text
    else:
        for text in texts:
            yield text
