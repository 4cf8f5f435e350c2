"""Bodies and texts within their limits."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest

from app.http.body import BodyReader, check_texts
from app.problems import ClientLeft, Problem
from app.settings import Settings

pytestmark = pytest.mark.anyio

GONE = {"type": "http.disconnect"}


def body(content: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": content, "more_body": more}


def receiving(messages: Iterable[Any]) -> Callable[[], Awaitable[Any]]:
    queue = list(messages)

    async def receive() -> Any:
        if not queue:
            await asyncio.sleep(60)
        return queue.pop(0)

    return receive


def reader(**settings: Any) -> BodyReader:
    return BodyReader(Settings(max_body_bytes=1024, **settings))


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([body(b"")], b""),
        ([body(b"abc")], b"abc"),
        ([body(b"x" * 1024)], b"x" * 1024),
        ([body(b"a", True), body(b"", True), body(b"b")], b"ab"),
        ([body(b"x" * 1000, True), body(b"x" * 24)], b"x" * 1024),
    ],
)
async def test_a_whole_body(messages: list[Any], expected: bytes) -> None:
    bodies = reader()
    assert await bodies.read(receiving(messages)) == expected
    assert bodies._buffered == 0


@pytest.mark.parametrize(
    "messages",
    [
        [body(b"x" * 1025)],
        [body(b"x" * 1025, True)],  # what follows is not even waited for
        [body(b"x" * 1000, True), body(b"x" * 25, True)],
        [body(b"x" * 1000, True), body(b"x" * 25)],
    ],
)
async def test_a_body_too_large_is_read_no_further(messages: list[Any]) -> None:
    bodies = reader()
    with pytest.raises(Problem) as problem:
        await bodies.read(receiving(messages))
    assert problem.value.code == "body_too_large"
    assert problem.value.extras == {"limit": 1024, "actual": 1025}
    assert bodies._buffered == 0


@pytest.mark.parametrize("messages", [[GONE], [body(b"a", True), GONE]])
async def test_a_client_that_leaves_within_its_body(messages: list[Any]) -> None:
    with pytest.raises(ClientLeft):
        await reader().read(receiving(messages))


async def test_a_body_that_stops_coming_is_given_up() -> None:
    bodies = reader(body_timeout_s=0.01)
    with pytest.raises(Problem, match="got 3 bytes"):
        await bodies.read(receiving([body(b"abc", True)]))
    assert bodies._buffered == 0


async def test_a_body_that_never_begins_is_given_up_by_the_sweep() -> None:
    bodies = reader(body_timeout_s=0.01)

    reading = asyncio.create_task(bodies.read(receiving([])))
    await asyncio.sleep(0.05)
    bodies.sweep()
    with pytest.raises(Problem, match="got 0 bytes"):
        await reading
    assert not reading.cancelled()
    assert not bodies._beginning
    assert not bodies._late


async def test_a_read_that_is_cancelled_otherwise_stays_cancelled() -> None:
    reading = asyncio.create_task(reader().read(receiving([])))
    await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_unfinished_bodies_of_all_clients_together_are_bounded() -> None:
    bodies = reader(max_buffered_bytes=1024)

    slow = asyncio.create_task(bodies.read(receiving([body(b"x" * 600, True)])))
    await asyncio.sleep(0.01)
    with pytest.raises(Problem) as problem:
        await bodies.read(receiving([body(b"x" * 600, True)]))
    assert problem.value.code == "too_many_bodies"
    assert problem.value.headers["retry-after"] == "1"
    assert await bodies.read(receiving([body(b"x" * 600)])) == b"x" * 600  # came at once: not waited for
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)
    assert await bodies.read(receiving([body(b"x" * 600, True), body(b"")])) == b"x" * 600


async def test_a_piece_that_breaks_both_limits_is_too_large_not_one_too_many() -> None:
    """Trying again, which a 503 asks for, would not help."""
    bodies = reader(max_buffered_bytes=1100)
    with pytest.raises(Problem) as problem:
        await bodies.read(receiving([body(b"x" * 600, True), body(b"x" * 1000, True)]))
    assert problem.value.code == "body_too_large"
    assert bodies._buffered == 0


@pytest.mark.parametrize(
    ("headers", "streamed", "code"),
    [
        ({}, False, None),
        ({b"content-length": b"1024"}, False, None),
        ({b"content-length": b"1025"}, False, "body_too_large"),
        ({b"content-length": b"1025"}, True, None),
        ({b"content-encoding": b"identity"}, False, None),
        ({b"content-encoding": b"gzip"}, False, "unsupported_encoding"),
        ({b"content-encoding": b"GZIP, br"}, True, "unsupported_encoding"),
    ],
)
def test_what_headers_announce(headers: dict[bytes, bytes], streamed: bool, code: str | None) -> None:
    if code is None:
        reader().check_headers(headers, streamed=streamed)
        return
    with pytest.raises(Problem) as problem:
        reader().check_headers(headers, streamed=streamed)
    assert problem.value.code == code


@pytest.mark.parametrize(
    ("texts", "code", "limit", "actual"),
    [
        ([], None, 0, 0),
        (["12345"], None, 0, 0),
        (["123", "456", "78"], None, 0, 0),
        (["123456"], "text_too_long", 5, 6),
        (["", "", "", ""], "too_many_texts", 3, 4),
        (["123", "456", "789"], "request_too_long", 8, 9),
        (["😀" * 5], None, 0, 0),
    ],
)
def test_texts(texts: list[str], code: str | None, limit: int, actual: int) -> None:
    settings = Settings(max_texts=3, max_text_chars=5, max_request_chars=8)
    if code is None:
        check_texts(texts, settings)
        return
    with pytest.raises(Problem) as problem:
        check_texts(texts, settings)
    assert (problem.value.code, problem.value.status) == (code, 413)
    assert problem.value.extras == {"limit": limit, "actual": actual}
