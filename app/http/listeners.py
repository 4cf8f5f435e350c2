"""The sockets that the service listens on: one for each address of each host.

ZITAG_HOST, ZITAG_PORT --open_listeners--> listening sockets, or ListenError

`::` alone takes IPv4 as well where the system can (dual stack); beside other hosts it is IPv6 alone, so that
`0.0.0.0,::` is both families on any system.
"""

import errno
import socket
from collections.abc import Sequence

_EVERY_IPV6 = "::"
# Connections that wait to be accepted; Linux takes 4096 at most.
_BACKLOG = 2048


class ListenError(OSError):
    """An address that can't be listened on; the message says which and why."""


def split_hosts(hosts: str) -> list[str]:
    """Return the hosts of a setting, as given but for the brackets of IPv6.

    >>> split_hosts("127.0.0.1, [::1]")
    ['127.0.0.1', '::1']
    """
    return [host.strip().removeprefix("[").removesuffix("]") for host in hosts.split(",") if host.strip()]


def open_listeners(hosts: str, port: int) -> list[socket.socket]:
    """Return listening sockets for hosts with commas between; of port 0, all on the free port of the first.

    Raises ListenError.
    """
    listeners: list[socket.socket] = []
    names = split_hosts(hosts)
    try:
        for host in names:
            listeners += _open_host(host, port, dual_stack=names == [_EVERY_IPV6])
            port = listeners[0].getsockname()[1]
    except OSError as error:
        _close(listeners)
        shown = f"[{host}]" if ":" in host else host
        raise ListenError(f"{shown}:{port}: {error.strerror or error}") from error
    return listeners


def _open_host(host: str, port: int, *, dual_stack: bool) -> list[socket.socket]:
    """Return a socket for each address of a host. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    addresses = list(dict.fromkeys((family, address) for family, _, _, _, address in found))
    opened: list[socket.socket] = []
    for family, address in addresses:
        try:
            opened.append(_open(family, _with_port(address, opened, port), dual_stack=dual_stack))
        except OSError as error:
            # A name like localhost may have an address of a family that the system has not.
            missing = error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
            if not missing or (not opened and (family, address) == addresses[-1]):
                _close(opened)
                raise
    return opened


def _with_port(address: Sequence[object], opened: list[socket.socket], port: int) -> tuple[object, ...]:
    host, _, *rest = address
    return (host, opened[0].getsockname()[1] if opened else port, *rest)


def _open(family: int, address: tuple[object, ...], *, dual_stack: bool) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Else a restart would wait a minute for the connections of the last process.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            both = dual_stack and socket.has_dualstack_ipv6()
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not both)
        listener.bind(address)
        listener.listen(_BACKLOG)  # what is in use is told by this where two processes start at once
    except OSError:
        listener.close()
        raise
    return listener


def _close(listeners: list[socket.socket]) -> None:
    for listener in listeners:
        listener.close()
