"""A battle: valid requests from many connections, a third of all malformed, oversized, of a wrong type or abandoned.

    python benchmarks/battle.py --bundle bundles/default [--requests 20000] [--connections 64] [--seed 0]

Every valid request must get the answer that the tagger alone gives to its text, every bad one the refusal that it
earned; no 5xx; the process lives; its memory at the end is within 10 % of what it was after the first 2,000.
Prints what happened and exits with 0 if all of this holds.
"""

import argparse
import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from loopback import Server
from raw_client import Connection, Reply, drop, open_streams, read_reply, request_bytes

from model.machine.command import run_command
from model.tagger import Tagger

SENTENCES = (
    "新华社北京八月二十日电，记者小明报道。",
    "张三、李四去年到过上海市复旦大学！",
    "老舍先生写的《茶馆》在法国巴黎上演；😀江泽民主席会见了他们。",
    "ＮＢＡ\u3000２０２６年，约翰·史密斯\r\n转会。",
    "中国与美国的关系很好",
    "👨‍👩‍👧在\u2028北京\x00。",
)
MAX_BODY_BYTES = 200_000
WARM_REQUESTS = 2000
MAX_GROWTH = 1.10


class Battle:
    """The state of one battle."""

    def __init__(self, server: Server, tagger: Tagger, seed: int) -> None:
        self.server = server
        self.random = random.Random(seed)
        self.outcomes: Counter[str] = Counter()
        self.faults: list[str] = []
        # Beforehand: computed here meanwhile, they would stop all connections for as long.
        texts = {"".join(self.random.choices(SENTENCES, k=k)) for k in (1, 1, 1, 2, 3, 4, 5, 40) * 40}
        self.expected = {
            text: [entity._asdict() for entity in tagger.tag([text])[0]] for text in sorted(texts)
        }

    async def run(self, requests: int, connections: int) -> None:
        """Send so many requests from so many connections at once."""
        numbers = iter(range(requests))

        async def work() -> None:
            connection = Connection(self.server.port)
            for _ in numbers:
                await self._one(connection)
            await connection.close()

        await asyncio.gather(*(work() for _ in range(connections)))

    async def _one(self, connection: Connection) -> None:
        is_good = self.random.random() < 2 / 3
        kind = self.random.choice(GOOD if is_good else BAD)
        try:
            outcome = await asyncio.wait_for(kind(self, connection), 60)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, AssertionError, KeyError) as error:
            await connection.close()
            self.faults.append(f"{kind.__name__}: {type(error).__name__}: {str(error)[:200]}")
            outcome = "FAULT"
        self.outcomes[f"{kind.__name__} {outcome}"] += 1

    def text(self) -> str:
        """Return one of the texts."""
        return self.random.choice(list(self.expected))

    def answer_to(self, text: str) -> list[dict[str, Any]]:
        """Return what the tagger alone finds in a text."""
        return self.expected[text]


def check(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """Assert that entities are those expected; scores may differ in the last digits between batches."""
    assert [{**entity, "score": 0} for entity in found] == [{**entity, "score": 0} for entity in expected]
    for entity, other in zip(found, expected, strict=True):
        assert abs(entity["score"] - other["score"]) < 1e-3


async def one_text(battle: Battle, connection: Connection) -> str:
    text = battle.text()
    reply = await connection.ask(
        json.dumps({"text": text}, ensure_ascii=battle.random.random() < 0.5).encode()
    )
    assert reply.status == 200, reply
    check(reply.json["entities"], battle.answer_to(text))
    return "200"


async def plain_text(battle: Battle, connection: Connection) -> str:
    text = battle.text()
    reply = await connection.ask(text.encode(), headers={"content-type": "text/plain; charset=utf-8"})
    assert reply.status == 200, reply
    check(reply.json["entities"], battle.answer_to(text))
    return "200"


async def several_texts(battle: Battle, connection: Connection) -> str:
    texts = [battle.text() for _ in range(battle.random.randint(0, 12))]
    reply = await connection.ask(json.dumps({"texts": texts}).encode())
    assert reply.status == 200, reply
    for text, result in zip(texts, reply.json["results"], strict=True):
        check(result["entities"], battle.answer_to(text))
    return "200"


async def some_lines(battle: Battle, connection: Connection) -> str:
    texts = [battle.text() for _ in range(battle.random.randint(0, 12))]
    body = b"".join(json.dumps({"text": text}).encode() + b"\n" for text in texts)
    reply = await connection.ask(body, path="/tag/stream", headers={"content-type": "application/x-ndjson"})
    assert reply.status == 200, reply
    for text, line in zip(texts, reply.body.splitlines(), strict=True):
        check(json.loads(line)["entities"], battle.answer_to(text))
    return "200"


def refused(reply: Reply, status: int) -> str:
    """Return the code of a refusal with this status."""
    assert reply.status == status, reply
    assert reply.headers["content-type"] == "application/problem+json"
    return str(reply.json["code"])


async def broken_json(battle: Battle, connection: Connection) -> str:
    whole = json.dumps({"text": battle.text()}).encode()
    return refused(await connection.ask(whole[: battle.random.randrange(len(whole))]), 422)


async def wrong_shape(battle: Battle, connection: Connection) -> str:
    bodies = ({}, [], None, 1, {"text": 1}, {"texts": "a"}, {"text": "a", "texts": []}, {"text": "a", "x": 1},
              {"text": "a", "min_score": 2}, {"text": "a", "labels": ["no such label"]}, {"texts": [None]})  # fmt: skip
    return refused(await connection.ask(json.dumps(battle.random.choice(bodies)).encode()), 422)


async def wrong_bytes(battle: Battle, connection: Connection) -> str:
    body = battle.random.choice((b'{"text": "\xff"}', b"[" * 50_000, battle.random.randbytes(300), b"\x00"))
    return refused(await connection.ask(body), 422)


async def wrong_type(battle: Battle, connection: Connection) -> str:
    headers = battle.random.choice(
        ({"content-type": "application/xml"}, {"content-type": ""}, {"content-encoding": "gzip"},
         {"content-type": "text/plain; charset=utf-7"})
    )  # fmt: skip
    return refused(await connection.ask(b"{}", headers=headers), 415)


async def wrong_place(battle: Battle, connection: Connection) -> str:
    method, path, status = battle.random.choice(
        (("GET", "/tag", 405), ("POST", "/nowhere", 404), ("PUT", "/", 405))
    )
    reply = await connection.ask(b"{}", method=method, path=path)
    assert reply.status in (status, 404)
    return str(reply.json["code"])


async def too_large(battle: Battle, connection: Connection) -> str:
    return refused(await connection.ask(b"x" * (MAX_BODY_BYTES + battle.random.randint(1, 300_000))), 413)


async def too_large_in_chunks(battle: Battle, connection: Connection) -> str:
    async with open_streams(battle.server.port) as (reader, writer):
        head = (
            b"POST /tag HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        writer.write(
            head + b"4000\r\n%s\r\n" % (b"x" * 0x4000) * (MAX_BODY_BYTES // 0x4000 + 2) + b"0\r\n\r\n"
        )
        return refused(await read_reply(reader), 413)


async def garbage(battle: Battle, connection: Connection) -> str:
    async with open_streams(battle.server.port) as (reader, writer):
        writer.write(battle.random.choice((b"\x16\x03\x01\x02\x00\x01", b"WHAT\r\n\r\n", b"\x00" * 50)))
        return refused(await read_reply(reader), 400)


async def left_midway(battle: Battle, connection: Connection) -> str:
    """Send a part of a request, or all of it, and leave without waiting for the answer."""
    whole = request_bytes(json.dumps({"text": battle.text()}).encode())
    _, writer = await connection.open()
    writer.write(whole[: battle.random.randint(0, len(whole))])
    await writer.drain()
    await asyncio.sleep(battle.random.choice((0, 0, 0.001, 0.02)))
    await drop(writer)
    await connection.close()
    return "left"


GOOD: tuple[Callable[[Battle, Connection], Awaitable[str]], ...] = (
    one_text,
    one_text,
    plain_text,
    several_texts,
    some_lines,
)
BAD: tuple[Callable[[Battle, Connection], Awaitable[str]], ...] = (
    broken_json, wrong_shape, wrong_bytes, wrong_type, wrong_place, too_large, too_large_in_chunks, garbage,
    left_midway, left_midway, left_midway,
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bundle", type=Path, default=Path("bundles/default"))
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    tagger = Tagger.load(options.bundle, threads=1)
    settings = {"bundle": options.bundle.resolve(), "max_body_bytes": MAX_BODY_BYTES, "log_level": "info"}
    with Server(settings) as server:
        battle = Battle(server, tagger, options.seed)
        warm = min(WARM_REQUESTS, options.requests // 2)
        asyncio.run(battle.run(warm, options.connections))
        before = server.rss_bytes()
        asyncio.run(battle.run(options.requests - warm, options.connections))
        after = server.rss_bytes()
        is_alive = server.get("/healthz/ready").status == 200
        metrics = server.get("/metrics").body.decode()
        code = server.stop()
    errors = [
        line
        for line in metrics.splitlines()
        if line.startswith("zitag_requests_total") and 'status="5' in line
    ]
    for name, count in sorted(battle.outcomes.items()):
        print(f"{count:7d}  {name}")
    print(f"{options.requests} requests, {len(battle.faults)} faults, 5xx: {errors or 'none'}")
    print(
        f"memory after {warm}: {before / 2**20:.0f} MiB, at the end: {after / 2**20:.0f} MiB ({after / before:.3f})"
    )
    print(f"alive: {is_alive}, exit code after SIGTERM: {code}")
    for fault in battle.faults[:20]:
        print(f"FAULT {fault}")
    return (
        0
        if not battle.faults and not errors and is_alive and code == 0 and after <= MAX_GROWTH * before
        else 1
    )


if __name__ == "__main__":
    sys.exit(run_command(main))
