"""The head of a request into ASGI's scope."""

import asyncio
import urllib.parse
from collections.abc import Mapping
from typing import Any, NamedTuple

import httptools

from app.http.asgi import Scope
from app.http.parser import Head
from app.problems import Problem


class Ends(NamedTuple):
    """Host and port of both ends of a connection; None where the client was gone before they were asked for."""

    client: tuple[str, int] | None
    server: tuple[str, int] | None


def ends_of(transport: asyncio.Transport) -> Ends:
    """Return the ends of a connection: two calls of the system, once."""
    client, server = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
    return Ends(client[:2] if client else None, server[:2] if server else None)


def scope_of(head: Head, root_path: str, ends: Ends, state: Mapping[str, Any]) -> Scope:
    """Return the scope of a request. Raises Problem: bad_http."""
    try:
        url = httptools.parse_url(head.target)
    except httptools.HttpParserInvalidURLError:
        url = None
    if (
        url is None or url.path is None
    ):  # a target that the parser lets through: `CONNECT a:1`, `GET http://x`
        raise Problem("bad_http", "the target of the request is no path")
    raw_path = url.path.decode("ascii")
    path = urllib.parse.unquote(raw_path) if "%" in raw_path else raw_path
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": head.version,
        "method": head.method,
        "scheme": "http",
        "path": root_path + path,
        "raw_path": root_path.encode("ascii") + url.path,
        "query_string": url.query or b"",
        "root_path": root_path,
        "headers": head.headers,
        "client": ends.client,
        "server": ends.server,
        "state": dict(state),
    }
