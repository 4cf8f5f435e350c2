"""The attacks of a battle: each a function that sends one and checks that it gets the refusal that it earns.

Some leave without an answer.
"""

import asyncio
import json
import socket
import struct
from collections.abc import Mapping

from battle_requests import CHUNKED, MAX_BODY_BYTES, Kind, Source, check
from raw_client import Connection, Reply, drop, open_streams, read_reply, request_bytes

# 431 may be lost on its way where the client is still sending.
LOST = "no answer"


def refused(reply: Reply, status: int) -> str:
    """Return the code of a refusal with this status."""
    assert reply.status == status, reply
    assert reply.headers["content-type"] == "application/problem+json"
    return str(reply.json["code"])


async def broken_json(source: Source, connection: Connection) -> str:
    whole = json.dumps({"text": source.text()}).encode()
    return refused(await connection.ask(whole[: source.random.randrange(len(whole))]), 422)


async def wrong_shape(source: Source, connection: Connection) -> str:
    bodies = ({}, [], None, 1, {"text": 1}, {"texts": "a"}, {"text": "a", "texts": []}, {"text": "a", "x": 1},
              {"text": "a", "min_score": 2}, {"text": "a", "labels": ["no such label"]}, {"texts": [None]})  # fmt: skip
    return refused(await connection.ask(json.dumps(source.random.choice(bodies)).encode()), 422)


async def wrong_bytes(source: Source, connection: Connection) -> str:
    body = source.random.choice((b'{"text": "\xff"}', b"[" * 50_000, source.random.randbytes(300), b"\x00"))
    return refused(await connection.ask(body), 422)


async def wrong_type(source: Source, connection: Connection) -> str:
    headers = source.random.choice(
        ({"content-type": "application/xml"}, {"content-type": ""}, {"content-encoding": "gzip"},
         {"content-type": "text/plain; charset=utf-7"})
    )  # fmt: skip
    return refused(await connection.ask(b"{}", headers=headers), 415)


async def wrong_place(source: Source, connection: Connection) -> str:
    method, path, status = source.random.choice(
        (("GET", "/tag", 405), ("POST", "/nowhere", 404), ("PUT", "/", 405))
    )
    reply = await connection.ask(b"{}", method=method, path=path)
    assert reply.status in (status, 404)
    return str(reply.json["code"])


async def too_large(source: Source, connection: Connection) -> str:
    async with source.large:
        return refused(await connection.ask(b"x" * (MAX_BODY_BYTES + source.random.randint(1, 300_000))), 413)


async def too_large_in_chunks(source: Source, connection: Connection) -> str:
    async with source.large, open_streams(source.port) as (reader, writer):
        chunk = b"4000\r\n%s\r\n" % (b"x" * 0x4000)
        writer.write(CHUNKED + chunk * (MAX_BODY_BYTES // 0x4000 + 2) + b"0\r\n\r\n")
        return refused(await read_reply(reader), 413)


async def long_trailers(source: Source, connection: Connection) -> str:
    async with open_streams(source.port) as (reader, writer):
        body = source.body(source.text())
        writer.write(CHUNKED + b"%x\r\n%s\r\n0\r\n" % (len(body), body) + b"x: y\r\n" * 50_000)
        try:
            return refused(await read_reply(reader), 431)
        except (OSError, asyncio.IncompleteReadError):
            return LOST


async def request_before_garbage(source: Source, connection: Connection) -> str:
    async with open_streams(source.port) as (reader, writer):
        text = source.text()
        writer.write(request_bytes(source.body(text)) + b"WHAT\r\n\r\n")
        reply = await read_reply(reader)
        check(reply.json["entities"], source.answer_to(text))
        return refused(await read_reply(reader), 400)


async def garbage(source: Source, connection: Connection) -> str:
    async with open_streams(source.port) as (reader, writer):
        writer.write(source.random.choice((b"\x16\x03\x01\x02\x00\x01", b"WHAT\r\n\r\n", b"\x00" * 50)))
        return refused(await read_reply(reader), 400)


async def left_midway(source: Source, connection: Connection) -> str:
    """Send a part of a request, or all of it, and leave without waiting for the answer."""
    whole = request_bytes(json.dumps({"text": source.text()}).encode())
    _, writer = await connection.open()
    writer.write(whole[: source.random.randint(0, len(whole))])
    await writer.drain()
    await asyncio.sleep(source.random.choice((0, 0, 0.001, 0.02)))
    await drop(writer)
    await connection.close()
    return "left"


async def reset_midway(source: Source, connection: Connection) -> str:
    """Send some requests, or a part of them, and vanish as a client does that crashes."""
    whole = request_bytes(source.body(source.text())) * source.random.randint(1, 3)
    _, writer = await connection.open()
    writer.write(whole[: source.random.randint(0, len(whole))])
    await asyncio.sleep(source.random.choice((0, 0.001, 0.02)))
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await drop(writer)
    await connection.close()
    return "left"


async def never_read(source: Source, connection: Connection) -> str:
    """Ask for a megabyte of answers, read none of them, and leave after a while."""
    async with open_streams(source.port) as (_, writer):
        writer.transport.pause_reading()
        writer.write(request_bytes(b"", path="/openapi.json", method="GET") * 20)
        await asyncio.sleep(source.random.choice((0.1, 1)))
    return "left"


# Each with how often it comes.
BAD: Mapping[Kind, int] = {
    broken_json: 10, wrong_shape: 10, wrong_bytes: 10, wrong_type: 10, wrong_place: 10, too_large: 1,
    too_large_in_chunks: 1, long_trailers: 2, garbage: 10, request_before_garbage: 5, left_midway: 20, reset_midway: 10,
    never_read: 2,
}  # fmt: skip
