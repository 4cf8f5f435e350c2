"""Requests that are well-formed HTTP and mean harm: odd paths, bodies that cost more than they weigh."""

import json
import threading
import time

import pytest
from hostile import GET, GOOD, assert_serves, assert_unharmed, errors, in_chunks, send, statuses
from loopback import Server
from raw_client import request_bytes

PATHS = ["/reload", "/tag", "/tag/stream", "/predict", "/setup", "/webhook", "/train"]
ODD = [
    "{}%0A",
    "{}%0a%0A",
    "{}%0D",
    "{}%0D%0A",
    "{}%00",
    "{}%20",
    "{}%2F",
    "{}/",
    "/{}",
    "/.{}",
    "/x/..{}",
    "{};x",
]
BODY = b'{"text": "AB"}'
LARGEST = 8 * 2**20


@pytest.mark.parametrize("path", PATHS)
def test_what_is_nearly_a_path_is_none(path: str, server: Server, keyed: Server) -> None:
    for odd in [pattern.format(path) for pattern in ODD] + [path.upper(), path.title()]:
        for running, status in ((server, 404), (keyed, 401)):
            assert (odd, statuses(send(running, request_bytes(BODY, path=odd)))) == (odd, [status])
            assert (odd, statuses(send(running, GET.replace(b"/healthz/live", odd.encode())))) == (
                odd,
                [status],
            )
    for raw in (b"\n", b"\r", b"\0", b"\x80", b"\t"):
        assert statuses(send(server, request_bytes(BODY, path=path).replace(b" HTTP", raw + b" HTTP"))) == [
            400
        ]
    assert_serves(server)


@pytest.mark.parametrize("target", ["/reload", "http://x/reload", "/reload?a=b", "http://x:1/reload#a"])
def test_nobody_reloads_without_a_key(target: str, server: Server, keyed: Server) -> None:
    before = len(server.log)
    for running in (server, keyed):
        assert statuses(send(running, request_bytes(b"", path=target))) == [401]
    assert not [entry for entry in server.log[before:] if str(entry["message"]).startswith("ready")]
    assert_serves(server)


@pytest.mark.parametrize("path", ["/predict%0A", "/nowhere", "/tag/", "/healthz/live"])
def test_a_body_for_no_route_is_not_kept(path: str, server: Server) -> None:
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    body = head.encode() + in_chunks([b"x" * 65_536] * 480) + b"0\r\n\r\n"

    def attack(attacked: Server) -> None:
        assert statuses(send(attacked, body)) in ([404], [405], [])

    assert_unharmed(server, attack)


def many(item: str, before: str, after: str) -> bytes:
    """Return JSON of as many bytes as a body may have, which repeats an item."""
    count = (LARGEST - len(before) - len(after)) // (len(item) + 1)
    return (before + ",".join([item] * count) + after).encode()


NESTED = "<View><Text name='t' value='$text'/><Labels name='l' toName='t'>" + "<Labels>" * 16_000
COSTLY = [
    ("/tag", many("1", '{"texts":[', "]}")),
    ("/tag", many('"a"', '{"texts":[', "]}")),
    ("/tag", many("1", '{"text":"a","labels":[', "]}")),
    ("/tag", many("{}", '{"text":"a","include":[', "]}")),
    ("/tag", many('"k":1', "{", "}")),
    ("/tag", b"[" * LARGEST),
    ("/predict", many("1", '{"tasks":[', "]}")),
    ("/predict", many('{"data":{}}', '{"tasks":[', "]}")),
    ("/predict", json.dumps({"tasks": [], "label_config": NESTED}).encode()),
    ("/predict", json.dumps({"tasks": [], "label_config": "<a " * 40_000}).encode()),
    ("/setup", json.dumps({"project": "1", "schema": NESTED}).encode()),
    ("/tag/stream", many("1", '{"texts":[', "]}")),
]


@pytest.mark.parametrize(("path", "body"), COSTLY, ids=lambda value: repr(value)[:40])
def test_the_costliest_bodies_hold_up_nobody(path: str, body: bytes, server: Server) -> None:
    media_type = "application/x-ndjson" if path == "/tag/stream" else "application/json"
    whole = request_bytes(body, path=path, headers={"content-type": media_type})

    def attack(attacked: Server) -> None:
        found: list[int] = []
        sender = threading.Thread(target=lambda: found.extend(statuses(send(attacked, whole))))
        sender.start()
        while sender.is_alive():
            assert_serves(attacked)
            time.sleep(0.02)
        sender.join()
        assert found in ([200], [413], [422])

    assert_unharmed(server, attack)


def test_one_bad_task_harms_no_other(server: Server) -> None:
    tasks = [{"data": {"text": text}} for text in ("AB", 1, 2.5, None, [], {"a": "b"}, True, "XY")]
    received = send(server, request_bytes(json.dumps({"tasks": tasks}).encode(), path="/predict"))
    assert statuses(received) == [200]
    results = json.loads(received.partition(b"\r\n\r\n")[2])["results"]
    assert len(results) == len(tasks)
    found = [[entity["value"]["text"] for entity in result["result"]] for result in results]
    assert (found[0], found[-1]) == (["AB"], ["XY"])
    assert_serves(server)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (request_bytes(b"x" * (LARGEST + 300_000)), 413),
        (request_bytes(b"x" * LARGEST), 422),
        (request_bytes(b"\xff" * LARGEST, headers={"content-type": "text/plain"}), 422),
        (request_bytes(b"x" * LARGEST, headers={"content-type": "application/xml"}), 415),
        (request_bytes(b"x" * LARGEST, headers={"content-encoding": "gzip"}), 415),
        (request_bytes(b"x" * LARGEST, path="/nowhere"), 404),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else "",
)
def test_refused_bodies_are_let_go(request_: bytes, status: int, server: Server) -> None:
    def attack(attacked: Server) -> None:
        for _ in range(20):
            assert statuses(send(attacked, request_)) in ([status], [])

    assert_unharmed(server, attack)


def test_nothing_of_all_this_was_an_error(server: Server) -> None:
    assert statuses(send(server, GOOD)) == [200]
    assert not errors(server)
