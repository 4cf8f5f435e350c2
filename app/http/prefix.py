"""The path under which a proxy shows the service, for what must name its own paths: the API's description.

ZITAG_ROOT_PATH, or X-Forwarded-Prefix from a trusted proxy --> root_path of the request

The proxy may pass the path on with the prefix or without: what is routed is what comes after it.
"""

import ipaddress
import re
from collections.abc import Iterable

from app.http.asgi import ASGIApp, Receive, Scope, Send

# Segments that need no encoding, so that a prefix is the same in a path, in a header and in JSON.
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*/?")
_HEADER = b"x-forwarded-prefix"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class PathPrefix:
    """Gives each request its root_path, as ASGI has it: path = root_path + what is routed."""

    def __init__(self, app: ASGIApp, root_path: str, trusted_proxies: Iterable[str]) -> None:
        self._app = app
        self._root_path = root_path.rstrip("/")
        self._trusted = [ipaddress.ip_network(network, strict=False) for network in trusted_proxies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http":
            prefix = self._forwarded(scope) or self._root_path
            if prefix:
                scope = under_prefix(scope, prefix)
        await self._app(scope, receive, send)

    def _forwarded(self, scope: Scope) -> str:
        """Return the prefix that a trusted proxy names, "" without one."""
        if not self._trusted or not _is_within(scope.get("client"), self._trusted):
            return ""
        given = dict(scope["headers"]).get(_HEADER, b"").decode("latin-1").strip()
        return given.rstrip("/") if _PREFIX.fullmatch(given) else ""


def under_prefix(scope: Scope, prefix: str) -> Scope:
    """Return the scope of a request under a prefix.

    >>> under_prefix({"path": "/tag", "raw_path": b"/tag"}, "/ner")["path"]
    '/ner/tag'
    >>> under_prefix({"path": "/ner/tag", "raw_path": b"/ner/tag"}, "/ner")["path"]
    '/ner/tag'
    """
    if scope["path"].startswith(f"{prefix}/"):
        return {**scope, "root_path": prefix}
    raw_path = prefix.encode("ascii") + (scope.get("raw_path") or b"")
    return {**scope, "root_path": prefix, "path": prefix + scope["path"], "raw_path": raw_path}


def _is_within(client: tuple[str, int] | None, networks: Iterable[Network]) -> bool:
    try:
        address = ipaddress.ip_address(client[0] if client else "")
    except ValueError:  # a socket that has no address
        return False
    # On a socket for both families a client by IPv4 has an address of IPv6.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return any((mapped or address) in network for network in networks)
