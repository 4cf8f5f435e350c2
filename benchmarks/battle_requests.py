"""The valid requests of a battle: each a function that sends one and checks that it gets the tagger's answer."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from raw_client import Connection, read_reply, request_bytes

SENTENCES = (
    "新华社北京八月二十日电，记者小明报道。",
    "张三、李四去年到过上海市复旦大学！",
    "老舍先生写的《茶馆》在法国巴黎上演；😀江泽民主席会见了他们。",
    "ＮＢＡ\u3000２０２６年，约翰·史密斯\r\n转会。",
    "中国与美国的关系很好",
    "👨‍👩‍👧在\u2028北京\x00。",
)
MAX_BODY_BYTES = 8 * 2**20  # ZITAG_MAX_BODY_BYTES as it is by default
CHUNKED = (
    b"POST /tag HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
)


@dataclass
class Source:
    """What requests are made of: texts with their answers, chance, and where to send them."""

    port: int
    random: random.Random
    expected: Mapping[str, Sequence[Mapping[str, Any]]]
    # All at once would be more than ZITAG_MAX_BUFFERED_BYTES, and refused for that.
    large: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(4))

    def text(self) -> str:
        """Return one of the texts."""
        return self.random.choice(list(self.expected))

    def answer_to(self, text: str) -> Sequence[Mapping[str, Any]]:
        """Return what the tagger alone finds in a text."""
        return self.expected[text]

    def body(self, text: str) -> bytes:
        """Return a text as a body for /tag, written in one of the ways that JSON has."""
        return json.dumps({"text": text}, ensure_ascii=self.random.random() < 0.5).encode()


def check(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """Assert that entities are those expected; scores may differ in the last digits between batches."""
    assert [{**entity, "score": 0} for entity in found] == [{**entity, "score": 0} for entity in expected]
    for entity, other in zip(found, expected, strict=True):
        assert abs(entity["score"] - other["score"]) < 1e-3


async def one_text(source: Source, connection: Connection) -> str:
    text = source.text()
    reply = await connection.ask(
        json.dumps({"text": text}, ensure_ascii=source.random.random() < 0.5).encode()
    )
    assert reply.status == 200, reply
    check(reply.json["entities"], source.answer_to(text))
    return "200"


async def plain_text(source: Source, connection: Connection) -> str:
    text = source.text()
    reply = await connection.ask(text.encode(), headers={"content-type": "text/plain; charset=utf-8"})
    assert reply.status == 200, reply
    check(reply.json["entities"], source.answer_to(text))
    return "200"


async def several_texts(source: Source, connection: Connection) -> str:
    texts = [source.text() for _ in range(source.random.randint(0, 12))]
    reply = await connection.ask(json.dumps({"texts": texts}).encode())
    assert reply.status == 200, reply
    for text, result in zip(texts, reply.json["results"], strict=True):
        check(result["entities"], source.answer_to(text))
    return "200"


async def some_lines(source: Source, connection: Connection) -> str:
    texts = [source.text() for _ in range(source.random.randint(0, 12))]
    body = b"".join(json.dumps({"text": text}).encode() + b"\n" for text in texts)
    reply = await connection.ask(body, path="/tag/stream", headers={"content-type": "application/x-ndjson"})
    assert reply.status == 200, reply
    for text, line in zip(texts, reply.body.splitlines(), strict=True):
        check(json.loads(line)["entities"], source.answer_to(text))
    return "200"


async def pipeline(source: Source, connection: Connection) -> str:
    texts = [source.text() for _ in range(source.random.randint(2, 30))]
    reader, writer = await connection.open()
    writer.write(b"".join(request_bytes(source.body(text)) for text in texts))
    for text in texts:
        reply = await read_reply(reader)
        assert reply.status == 200, reply
        check(reply.json["entities"], source.answer_to(text))
    return "200"


async def with_trailers(source: Source, connection: Connection) -> str:
    text = source.text()
    body = source.body(text)
    reader, writer = await connection.open()
    writer.write(CHUNKED + b"%x\r\n%s\r\n0\r\nx-api-key: k\r\n\r\n" % (len(body), body))
    check((await read_reply(reader)).json["entities"], source.answer_to(text))
    return "200"


async def large_body(source: Source, connection: Connection) -> str:
    text = source.text()
    body = source.body(text).ljust(source.random.randint(1_000_000, MAX_BODY_BYTES))
    async with source.large:
        reply = await connection.ask(body)
    assert reply.status == 200, reply
    check(reply.json["entities"], source.answer_to(text))
    return "200"


Kind = Callable[[Source, Connection], Awaitable[str]]
# Each with how often it comes.
GOOD: Mapping[Kind, int] = {
    one_text: 40, plain_text: 20, several_texts: 20, some_lines: 20, pipeline: 5, with_trailers: 5, large_body: 1,
}  # fmt: skip
