"""POST /tag/stream: NDJSON in, NDJSON out."""

import asyncio
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import fakes
import pytest
from fakes import CURSED, FakeTagger
from starlette.testclient import TestClient

from app.api.ndjson import LineReader
from app.application import create_app
from app.http.body import BodyReader
from app.problems import Problem
from app.settings import Settings

pytestmark = pytest.mark.anyio

NDJSON = {"content-type": "application/x-ndjson"}


def lines_of(texts: Iterable[object]) -> bytes:
    return b"".join(json.dumps(text, ensure_ascii=False).encode() + b"\n" for text in texts)


def stream(client: TestClient, content: Any, path: str = "/tag/stream") -> list[dict[str, Any]]:
    answer = client.post(path, content=content, headers=NDJSON)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def test_each_line_is_answered_as_tag_would_in_order(client: TestClient) -> None:
    bodies = [{"text": f"在{'ABCXYZ'[number % 6 :]}第{number}"} for number in range(1000)]
    answers = stream(client, lines_of(bodies))
    assert [answer["entities"] for answer in answers] == [fakes.answer_to(body["text"]) for body in bodies]


def test_a_line_that_is_wrong_is_answered_by_its_problem_and_the_next_goes_on(client: TestClient) -> None:
    content = b"\n".join(
        [b'{"text": "AB"}', b"{", b"", b'{"texts": ["XY", ""]}\r', b"\xff", b'{"text": "' + CURSED.encode() + b'"}',
         b'{"text": "AB", "labels": ["no"]}', b'{"text": ""}']
    )  # fmt: skip
    answers = stream(client, content)
    assert [answer.get("code") for answer in answers] == [
        None, "invalid_request", None, "invalid_request", "tagging_failed", "unknown_label", None,
    ]  # fmt: skip
    assert answers[2]["results"][0]["entities"] == fakes.answer_to("XY")
    assert answers[1]["request_id"]


def test_options_of_the_query_hold_for_every_line(client: TestClient) -> None:
    bodies = [{"text": "😀AB在XY"}, {"text": "😀AB在XY", "labels": ["PER"]}]
    first, second = stream(client, lines_of(bodies), "/tag/stream?labels=LOC&offset_unit=utf16&include=tags")
    assert [(entity["start"], entity["text"]) for entity in first["entities"]] == [(5, "XY")]
    assert [(entity["start"], entity["text"]) for entity in second["entities"]] == [(2, "AB")]
    assert len(first["tags"]) == 6


def test_an_unknown_label_of_the_query_is_refused_before_any_line_is_read(client: TestClient) -> None:
    body = lines_of([{"text": "AB", "labels": ["PER"]}])
    answer = client.post("/tag/stream?labels=XXX", content=body, headers=NDJSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_label")


def test_a_stream_waits_for_room_as_long_as_it_takes() -> None:
    settings = Settings(queue_chars=200, max_request_chars=100, batch_chars=16, deadline_s=0.3)
    with TestClient(create_app(settings, FakeTagger(seconds=0.02))) as client:
        bodies = [{"text": f"在AB第{number:02}段" * 4} for number in range(60)]
        with ThreadPoolExecutor(4) as pool:
            for answers in pool.map(lambda _: stream(client, lines_of(bodies)), range(4)):
                codes = [answer.get("code") for answer in answers]
                assert len(codes) == len(bodies)
                assert "queue_full" not in codes


def test_nothing_in_nothing_out(client: TestClient) -> None:
    assert stream(client, b"") == []
    assert stream(client, b"\n\r\n \n") == []


def test_lines_are_found_however_the_bytes_arrive(client: TestClient) -> None:
    content = lines_of({"text": f"在AB第{number}"} for number in range(50))
    expected = stream(client, content)

    def chunks(size: int) -> Iterable[bytes]:
        return (content[start : start + size] for start in range(0, len(content), size))

    for size in (1, 7, 1000):
        assert stream(client, chunks(size)) == expected


@pytest.mark.parametrize(
    ("path", "headers", "code"),
    [
        ("/tag/stream", {"content-type": "application/json"}, "unsupported_media_type"),
        ("/tag/stream", {**NDJSON, "content-encoding": "gzip"}, "unsupported_encoding"),
        ("/tag/stream?x=1", NDJSON, "invalid_request"),
    ],
)
def test_what_is_refused_before_the_first_line(
    path: str, headers: dict[str, str], code: str, client: TestClient
) -> None:
    answer = client.post(path, content=b'{"text": "AB"}', headers=headers)
    assert answer.json()["code"] == code


def test_a_stream_waits_for_room_in_the_queue_and_gets_no_429() -> None:
    tagger = FakeTagger(seconds=0.002)
    settings = Settings(queue_chars=400, batch_chars=100, max_request_chars=100, max_text_chars=100)
    bodies = [{"text": "AB" * 30} for _ in range(200)]
    with TestClient(create_app(settings, tagger)) as client:
        answers = stream(client, lines_of(bodies))
    assert [answer.get("code") for answer in answers] == [None] * 200


# Lines in bounded memory.


def read_lines(
    chunks: list[bytes | None], *, max_line_bytes: int = 10, max_buffered: int = 1024, timeout_s: float = 0.05
) -> list[bytes | str]:
    """Return the lines, and the codes of problems; None among the chunks stands for silence."""
    bodies = BodyReader(Settings(max_buffered_bytes=max_buffered))

    async def receive() -> Any:
        chunk = chunks.pop(0)
        if chunk is None:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

    async def collect() -> list[bytes | str]:
        reader = LineReader(
            receive, bodies, max_line_bytes=max_line_bytes, timeout_s=timeout_s, stop=asyncio.Event()
        )
        return [line.code if isinstance(line, Problem) else line async for line in reader.read()]

    found = asyncio.run(collect())
    assert bodies._buffered == 0
    return found


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([b""], []),
        ([b"a\nb\nc"], [b"a", b"b", b"c"]),
        ([b"a", b"b\n", b"\n", b"c"], [b"ab", b"c"]),
        ([b"a\r\nb"], [b"a\r", b"b"]),  # a space to JSON
        ([b"x" * 11, b"x" * 50, b"yz\nb\n"], ["body_too_large", b"b"]),
        ([b"x" * 11 + b"\nb\n"], ["body_too_large", b"b"]),  # however the bytes arrive
        ([b"x" * 10 + b"\nb\n"], [b"x" * 10, b"b"]),
        ([b"x" * 11, b"yz\n" + b"x" * 11 + b"\nb"], ["body_too_large", "body_too_large", b"b"]),
        ([b"ok\n" + b"x" * 30], [b"ok", "body_too_large"]),
        ([b"ok\nha", None, b"lf"], [b"ok", "body_timeout"]),
    ],
)
def test_lines(chunks: list[bytes | None], expected: list[bytes | str]) -> None:
    assert read_lines(chunks) == expected


def test_unfinished_lines_of_all_clients_together_are_bounded() -> None:
    chunks: list[bytes | None] = [b"x" * 600, b"x" * 600]
    assert read_lines(chunks, max_line_bytes=10_000) == ["too_many_bodies"]


async def test_a_stream_keeps_no_more_than_its_window() -> None:
    """However long the stream and however slow the client: read this far ahead and no further."""
    asked = 0

    async def receive() -> Any:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": lines_of([{"text": "AB" * 50}] * 10), "more_body": True}

    sent: list[dict[str, Any]] = []
    stuck = asyncio.Event()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            await stuck.wait()

    app = create_app(Settings(body_timeout_s=1), FakeTagger())
    scope = {"type": "http", "method": "POST", "path": "/tag/stream", "query_string": b"", "http_version": "1.1",
             "headers": [(b"content-type", b"application/x-ndjson")], "scheme": "http"}  # fmt: skip
    async with lifespan(app):
        streaming = asyncio.create_task(app(scope, receive, send))  # type: ignore[arg-type]
        await asyncio.wait((streaming,), timeout=0.5)
        assert asked < 40
        await streaming  # cut off: the client did not read
    assert app.state.service.batcher.unanswered == 0
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]


def lifespan(app: Any) -> Any:
    return app.router.lifespan_context(app)
