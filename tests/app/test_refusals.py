"""What was refused is forgotten: the service does not grow by the bodies of requests that it did not serve."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import Server
from raw_client import Connection

FAKE = (str(Path(__file__).parent / "fake_server.py"), "0", "0")
SIZE = 8 * 2**20 - 4096
# So many of each kind: 200 MB, of which next to nothing may be left.
COUNT = 25
MAX_GROWTH = 64 * 2**20

TEXT = '{"text": "%s"}' % ("x" * SIZE)
TEXTS = json.dumps({"texts": ["字" * 1000] * (SIZE // 6100)}, ensure_ascii=True)
NDJSON = {"content-type": "application/x-ndjson"}
JSON = {"content-type": "application/json"}

# What is sent, to where, with which headers, and its status.
REFUSALS = {
    "a text too long": (TEXT, "/tag", JSON, 413),
    "too many characters together": (TEXTS, "/tag", JSON, 413),
    "too many texts": ('{"texts": [%s"a"]}' % ('"%s",' % ("x" * 4000) * 2000), "/tag", JSON, 413),
    "no JSON": (TEXT[:-1], "/tag", JSON, 422),
    "no texts": ('{"a": "%s"}' % ("x" * SIZE), "/tag", JSON, 422),
    "an unknown label": ('{"text": "a", "labels": ["%s"]}' % ("x" * SIZE), "/tag", JSON, 422),
    "an option that is none": ('{"text": "a", "format": "%s"}' % ("x" * SIZE), "/tag", JSON, 422),
    "bytes that are no text": (b"\xff" * SIZE, "/tag", {"content-type": "text/plain"}, 422),
    "a plain text too long": ("x" * SIZE, "/tag", {"content-type": "text/plain"}, 413),
    "another type": ("x" * SIZE, "/tag", {"content-type": "text/html"}, 415),
    "another charset": ("x" * SIZE, "/tag", {"content-type": "text/plain; charset=big5"}, 415),
    "no configuration": ('{"schema": "<%s"}' % ("x" * SIZE), "/setup", JSON, 422),
    "a line of a stream": (TEXT, "/tag/stream", NDJSON, 200),
    "lines that are no JSON": (TEXT[: SIZE // 2] + "\n" + TEXT[: SIZE // 2], "/tag/stream", NDJSON, 200),
    "a compressed body": ("x" * SIZE, "/tag", {**JSON, "content-encoding": "gzip"}, 415),
    "no such path": (TEXT, "/no/such/path", JSON, 404),
}  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server({"max_body_bytes": SIZE + 4096}, FAKE) as running:
        yield running


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refused_body_is_let_go(kind: str, server: Server) -> None:
    body, path, headers, status = REFUSALS[kind]
    raw = body if isinstance(body, bytes) else body.encode()

    async def ask(count: int) -> None:
        connection = Connection(server.port)
        for _ in range(count):
            assert (await connection.ask(raw, path=path, headers=headers)).status == status
        await connection.close()

    asyncio.run(ask(3))
    before = server.rss_bytes()
    asyncio.run(ask(COUNT))
    assert server.rss_bytes() - before < MAX_GROWTH
    assert server.post("/tag", {"text": "在AB"}).json["entities"][0]["text"] == "AB"
