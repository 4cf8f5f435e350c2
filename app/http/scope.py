"""The head of a request into ASGI's scope."""

import asyncio
import urllib.parse
from collections.abc import Mapping
from typing import Any

import httptools

from app.http.asgi import Scope
from app.http.parser import Head
from app.problems import Problem


def scope_of(head: Head, root_path: str, transport: asyncio.Transport, state: Mapping[str, Any]) -> Scope:
    """Return the scope of a request that came over this transport. Raises Problem: bad_http."""
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
        "client": _address(transport, "peername"),
        "server": _address(transport, "sockname"),
        "state": dict(state),
    }


def _address(transport: asyncio.Transport, name: str) -> tuple[str, int] | None:
    """Return host and port of one end; None where the client was gone before it was asked."""
    address = transport.get_extra_info(name)
    return address[:2] if address else None
