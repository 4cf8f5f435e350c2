"""What a path is: the same to keys, limits and routes, and nothing that only looks like it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import FakeTagger
from loopback import Server
from raw_client import Connection

from app.application import create_app
from app.http.routing import Access, ServiceRoute, reserve_paths
from app.settings import Settings

pytestmark = pytest.mark.anyio

ROUTES = [route for route in create_app(Settings(), FakeTagger()).routes if isinstance(route, ServiceRoute)]
FAKE = (str(Path(__file__).parents[1] / "fake_server.py"), "0", "0")

# What is made of a path -> must not be taken for it.
UNLIKE = {
    "line feed": "{path}%0A",
    "line feed as it is written in lower case": "{path}%0a",
    "carriage return": "{path}%0D",
    "both": "{path}%0D%0A",
    "NUL": "{path}%00",
    "slash in disguise": "/%2F{rest}",
    "slash in disguise at the end": "{path}%2F",
    "two slashes": "/{path}",
    "slash at the end": "{path}/",
    "dot segment": "/.{path}",
    "dot segment at the end": "{path}/.",
    "way up": "/x/..{path}",
    "way up in disguise": "/x/%2e%2e{path}",
    "space": "{path}%20",
    "parameter": "{path};a=b",
    "full width": "{path}%EF%BC%8F",
}


@pytest.fixture(scope="module")
def open_server() -> Iterator[Server]:
    with Server({}, FAKE) as server:
        yield server


@pytest.fixture(scope="module")
def keyed_server() -> Iterator[Server]:
    with Server({"api_keys": "k"}, FAKE) as server:
        yield server


def statuses(server: Server, asked: list[tuple[str, str]], **headers: str) -> list[int]:
    """Return the status of each (method, path), asked one after the other with a small body."""

    async def ask() -> list[int]:
        connection = Connection(server.port)
        found = []
        for method, path in asked:
            body = b'{"text": "AB"}' if method == "POST" else b""
            found.append((await connection.ask(body, path=path, method=method, headers=headers)).status)
        await connection.close()
        return found

    return asyncio.run(ask())


def asked_as(form: str) -> list[tuple[str, str]]:
    paths = [(sorted(route.methods or ())[0], route.path) for route in ROUTES if len(route.path) > 1]
    return [(method, form.format(path=path, rest=path[1:])) for method, path in paths]


@pytest.mark.parametrize("form", UNLIKE.values(), ids=UNLIKE)
def test_what_only_looks_like_a_path_is_none(form: str, open_server: Server, keyed_server: Server) -> None:
    asked = asked_as(form)
    assert set(statuses(open_server, asked)) <= {404}
    assert set(statuses(keyed_server, asked, **{"x-api-key": "k"})) <= {404}
    assert set(statuses(keyed_server, asked)) <= {401}


def test_letter_case_counts(open_server: Server) -> None:
    asked = [(method, path.upper()) for method, path in asked_as("{path}")]
    assert set(statuses(open_server, asked)) == {404}


def test_a_slash_in_disguise_does_not_lead_to_a_longer_path(open_server: Server) -> None:
    assert statuses(open_server, [("POST", "/tag%2Fstream"), ("GET", "/healthz%2flive")]) == [404, 404]


def test_a_letter_in_disguise_is_that_letter_to_keys_too(open_server: Server, keyed_server: Server) -> None:
    """RFC 3986, 6.2.2.2: `%74` is `t`."""
    asked = [("POST", "/%74ag"), ("POST", "/%72eload"), ("GET", "/healthz/%6Cive")]
    assert statuses(open_server, asked) == [200, 401, 200]
    assert statuses(keyed_server, asked) == [401, 401, 200]


def test_an_absolute_target_is_its_path(open_server: Server, keyed_server: Server) -> None:
    """RFC 9112, 3.2.2: what a proxy is sent, every server must take."""
    asked = [("POST", f"http://any.host{path}") for path in ("/tag", "/reload", "/tag%0A", "//tag")]
    assert statuses(open_server, asked) == [200, 401, 404, 404]
    assert statuses(keyed_server, asked) == [401, 401, 401, 401]


def test_keys_are_asked_of_every_route_but_the_open_ones(keyed_server: Server) -> None:
    for route in ROUTES:
        (status,) = statuses(keyed_server, [(sorted(route.methods or ())[0], route.path)])
        assert (status == 401) is (route.access is not Access.OPEN), route.path
    assert [route.path for route in ROUTES if route.access is Access.ALWAYS_KEYED] == ["/reload"]


async def test_a_body_without_a_route_is_not_read(open_server: Server) -> None:
    async def ask() -> int:
        connection = Connection(open_server.port)
        head = {"content-length": str(10**9)}
        reply = await connection.ask(b"x" * 10_000, path="/predict%0A", headers=head)
        await connection.close()
        return reply.status

    assert await ask() == 404


def test_health_and_metrics_are_what_the_reserve_of_connections_is_for() -> None:
    assert reserve_paths(ROUTES) == {b"/healthz/live", b"/healthz/ready", b"/health", b"/metrics"}
