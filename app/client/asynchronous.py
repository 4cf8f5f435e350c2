"""The client for programs with an event loop."""

import asyncio
import itertools
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Self

import httpx

from app.client.answers import BundleInfo, TaggedText, read_bundle, read_tagged
from app.client.errors import ClientError, checked, read_as_expected, unreachable
from app.client.requests import JSON_TYPE, LINES_TYPE, body, check_texts, key_header, lines, options
from app.client.retries import Retries
from app.client.windows import Answer, WindowAnswers, Windows


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
        http: httpx.AsyncClient | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._url = url.rstrip("/")
        self._headers = key_header(key)
        self._retries = retries or Retries()
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
        answer = await self._ask(
            "POST", "/tag", body({"text": text, **options(labels, min_score, tags, nbest)})
        )
        with read_as_expected(self._url):
            return read_tagged(text, answer, answer["bundle"])

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
        said = options(labels, min_score, tags, nbest)
        check_texts(texts)
        answer = await self._ask("POST", "/tag", body({"texts": list(texts), **said}))
        with read_as_expected(self._url):
            results = zip(texts, answer["results"], strict=True)
            return [read_tagged(text, result, answer["bundle"]) for text, result in results]

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
            for answer in await self._tag_window(windows.add(text), said):
                yield answer
        for answer in await self._tag_window(windows.rest(), said):
            yield answer

    async def bundle(self) -> BundleInfo:
        """Return which bundle serves, its labels among the rest."""
        answer = await self._ask("GET", "/bundle")
        with read_as_expected(self._url):
            return read_bundle(answer)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._is_ours:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _ask(self, method: str, path: str, content: bytes | None = None) -> Any:
        url = self._url + path
        for tried in itertools.count(1):
            try:
                try:
                    headers = {**JSON_TYPE, **self._headers}
                    return checked(await self._http.request(method, url, content=content, headers=headers))
                except httpx.RequestError as error:
                    raise unreachable(url, error) from error
            except ClientError as error:
                await self._pause(tried, error)
        raise AssertionError("the last try returns or raises")

    async def _tag_window(self, texts: Sequence[str], said: Mapping[str, Any]) -> list[Answer]:
        window = WindowAnswers(texts)
        tried = 0
        while window.left:
            before = len(window.found)
            try:
                await self._ask_window(window, said)
            except ClientError as error:
                tried = 1 if len(window.found) > before else tried + 1
                await self._pause(tried, error)
        return window.found

    async def _ask_window(self, window: WindowAnswers, said: Mapping[str, Any]) -> None:
        """Send the texts that are left and take in what is answered; raise what kept it from being all."""
        url = f"{self._url}/tag/stream"
        window.begin()
        headers = {**LINES_TYPE, **self._headers}
        try:
            async with self._http.stream(
                "POST", url, content=lines(window.left, said), headers=headers
            ) as answer:
                if not answer.is_success:
                    await answer.aread()
                    checked(answer)
                async for content in answer.aiter_bytes():
                    window.feed(content)
        except httpx.RequestError as error:
            raise unreachable(url, error) from error
        window.end()

    async def _pause(self, tried: int, error: ClientError) -> None:
        """Wait before the next try; raise the error where there is none."""
        pause_s = self._retries.pause_s(tried, error.retry_after) if error.may_pass else None
        if pause_s is None:
            raise error
        await self._sleep(pause_s)


async def _each(texts: Iterable[str] | AsyncIterable[str]) -> AsyncIterator[str]:
    if isinstance(texts, AsyncIterable):
        async for text in texts:
            yield text
    else:
        for text in texts:
            yield text
