"""No body makes the service take more memory than itself and ten times its length, whatever is in whichever field."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import Server

FAKE = str(Path(__file__).parent / "fake_server.py")
BODY_BYTES = 8 * 2**20
# As docs/operations.md promises: beside the body 10 times its length and 4 kB for each of ZITAG_MAX_TEXTS.
MAX_GROWTH = 11 * BODY_BYTES + 4096 * 1024

ITEMS = ["1", '{"a":1}', '"ab"', '"\\ud83d"', "[[[]]]"]
TAG_FIELDS = [
    "text",
    "texts",
    "inputs",
    "parameters",
    "labels",
    "include",
    "min_score",
    "offset_unit",
    "format",
    "unknown",
]


def many(item: str, before: str = "[", after: str = "]") -> bytes:
    """Return JSON of 8 MB that repeats an item."""
    room = BODY_BYTES - len(before) - len(after) - 1
    return (before + ",".join([item] * (room // (len(item.encode()) + 1))) + after).encode()


def peak_bytes(server: Server) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def growth_and_status(
    server: Server, path: str, body: bytes, content_type: str = "application/json"
) -> tuple[int, int]:
    """Return by how much the memory of the server grew while it answered, and the status."""
    assert len(body) <= BODY_BYTES
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")  # the peak begins anew
    before = server.rss_bytes()
    reply = server.post(path, body, {"content-type": content_type})
    assert server.get("/healthz/live").status == 200
    return peak_bytes(server) - before, reply.status


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server({}, (FAKE, "0", "0")) as running:
        yield running


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("field", TAG_FIELDS)
def test_a_list_in_a_field_of_tag(server: Server, field: str, item: str) -> None:
    growth, status = growth_and_status(server, "/tag", many(item, f'{{"{field}":[', "]}"))
    assert growth <= MAX_GROWTH
    assert status in (413, 422)


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize(
    ("before", "after", "statuses"),
    [
        ('{"tasks":[', "]}", (413,)),
        ('{"tasks":[{"data":[', "]}]}", (413,)),
        ('{"tasks":[{"data":{"text":[', "]}}]}", (413,)),
        ('{"tasks":[{"data":{"text":"A"},"annotations":[', "]}]}", (200, 413)),
        ('{"tasks":[{"data":{"text":"A"}}],"params":[', "]}", (200, 413)),
        ('{"tasks":[{"data":{"text":"A"}}],"label_config":[', "]}", (413, 422)),
    ],
)
def test_a_list_in_a_field_of_predict(
    server: Server, before: str, after: str, statuses: tuple[int, ...], item: str
) -> None:
    growth, status = growth_and_status(server, "/predict", many(item, before, after))
    assert growth <= MAX_GROWTH
    assert status in statuses


@pytest.mark.parametrize("item", ITEMS)
def test_a_list_in_a_field_of_setup(server: Server, item: str) -> None:
    growth, status = growth_and_status(server, "/setup", many(item, '{"schema":[', "]}"))
    assert growth <= MAX_GROWTH
    assert status in (413, 422)


MEMBERS = ",".join(f'"{number}":1' for number in range(700_000))


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/tag", "{" + MEMBERS + "}", 413),
        ("/tag", '{"text":{' + MEMBERS + "}}", 413),
        ("/tag", "[" * BODY_BYTES, 413),
        ("/tag", '{"a":' * (BODY_BYTES // 5), 413),
        ("/tag", '{"text":"a","min_score":' + "1" * (BODY_BYTES - 30) + "}", 422),
        ("/tag", '{"texts":[' + "1" * (BODY_BYTES - 30) + "]}", 422),
        ("/tag", '{"text":"' + "a" * (BODY_BYTES - 30) + '😀"}', 413),
        ("/tag", '{"text":"' + "a" * (BODY_BYTES - 30) + '😀\\ud83d"}', 413),
        ("/tag", '{"text":"' + "\\u4e00" * (BODY_BYTES // 6 - 5) + '\\ud83d"}', 413),
        ("/tag", '{"text":"' + '\\"' * (BODY_BYTES // 2 - 10), 422),
        ("/tag", '{"' + "a" * (BODY_BYTES - 30) + '":1}', 422),
        ("/predict", '{"tasks":[{"data":{' + MEMBERS + "}}]}", 413),
        ("/predict", '{"tasks":[{"data":{"text":"' + "a" * (BODY_BYTES - 50) + '😀"}}]}', 200),
        ("/predict", '{"tasks":[],"label_config":"' + "<" * (BODY_BYTES - 50) + '"}', 422),
        ("/setup", '{"schema":"' + "<" * (BODY_BYTES - 50) + '"}', 422),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_one_long_value(server: Server, path: str, body: str, status: int) -> None:
    assert growth_and_status(server, path, body.encode()) == (pytest.approx(0, abs=MAX_GROWTH), status)


def test_one_long_plain_text(server: Server) -> None:
    body = ("a" * (BODY_BYTES - 4) + "😀").encode()
    assert growth_and_status(server, "/tag", body, "text/plain") == (pytest.approx(0, abs=MAX_GROWTH), 413)


@pytest.mark.parametrize("item", ITEMS)
def test_one_long_line_of_a_stream(server: Server, item: str) -> None:
    body = many(item, '{"texts":[', "]}\n")[: BODY_BYTES - 20] + b'\n{"text": "AB"}\n'
    growth, status = growth_and_status(server, "/tag/stream", body, "application/x-ndjson")
    assert growth <= MAX_GROWTH
    assert status == 200


def test_then_a_good_request_is_answered(server: Server) -> None:
    assert json.loads(server.post("/tag", {"text": "AB"}).body)["entities"][0]["text"] == "AB"
