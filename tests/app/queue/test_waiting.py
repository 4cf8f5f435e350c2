"""What a request holds while its texts wait: the texts, and nothing else of what it sent."""

import asyncio
import tracemalloc
from typing import Any

import pytest
from fakes import FakeTagger

from app.application import create_app
from app.settings import Settings

BYTES = 4_000_000


def padded_tag() -> bytes:
    return b'{"text": "AB"' + b" " * BYTES + b"}"


def laden_task() -> bytes:
    return (
        b'{"tasks": [{"data": {"text": "AB"}, "annotations": ['
        + b'["%s"],' % (b"x" * 1000) * (BYTES // 1005)
        + b"{}]}]}"
    )


@pytest.mark.parametrize(("path", "body_of"), [("/tag", padded_tag), ("/predict", laden_task)])
def test_no_body_and_no_request_is_kept_while_texts_wait(path: str, body_of: Any, tagger: FakeTagger) -> None:
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(b"content-type", b"application/json")], "root_path": "", "scheme": "http",
        "http_version": "1.1", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "state": {},
    }  # fmt: skip

    async def run() -> tuple[int, list[int]]:
        app = create_app(Settings(), tagger)
        statuses: list[int] = []

        async def send(message: Any) -> None:
            statuses.extend([message["status"]] if message["type"] == "http.response.start" else [])

        def receiver() -> Any:
            bodies = [body_of]  # made when asked for: held by nobody else

            async def receive() -> Any:
                if bodies:
                    return {"type": "http.request", "body": bodies.pop()(), "more_body": False}
                return await asyncio.Event().wait()

            return receive

        async with app.router.lifespan_context(app):
            tagger.hold()
            before = tracemalloc.get_traced_memory()[0]
            requests = [asyncio.create_task(app({**scope, "app": app}, receiver(), send)) for _ in range(3)]
            while app.state.service.batcher.unanswered < len(requests):
                await asyncio.sleep(0.01)
                assert not statuses, "refused"
            for _ in range(100):  # the thread that read a body lets go of it a moment later
                held = tracemalloc.get_traced_memory()[0] - before
                if held < BYTES / 4:
                    break
                await asyncio.sleep(0.02)
            tagger.gate.set()
            await asyncio.gather(*requests)
        return held, statuses

    tracemalloc.start()
    try:
        held, statuses = asyncio.run(run())
    finally:
        tracemalloc.stop()
    assert statuses == [200] * 3
    assert held < BYTES / 4
