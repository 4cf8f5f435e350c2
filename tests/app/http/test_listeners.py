"""The hosts of a setting become sockets that clients of each family reach."""

import socket
from collections.abc import Iterator

import pytest
from loopback import Server

from app.http.listeners import ListenError, open_listeners, split_hosts

IPV4, IPV6 = "127.0.0.1", "::1"


def has_ipv6() -> bool:
    try:
        with socket.create_server((IPV6, 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def reached(port: int) -> set[str]:
    """Return at which addresses of this host a port is listened on."""
    found = set()
    for host in (IPV4, IPV6):
        try:
            with socket.create_connection((host, port), timeout=10):
                found.add(host)
        except OSError:
            continue
    return found


@pytest.fixture
def opened() -> Iterator[list[socket.socket]]:
    sockets: list[socket.socket] = []
    yield sockets
    for listener in sockets:
        listener.close()


BOTH = {IPV4, IPV6} if has_ipv6() else {IPV4}


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ("127.0.0.1", {IPV4}),
        ("0.0.0.0", {IPV4}),
        ("::1", {IPV6}),
        ("[::1]", {IPV6}),
        ("::", {IPV4, IPV6}),
        ("0.0.0.0,::", {IPV4, IPV6}),
        ("::, 0.0.0.0", {IPV4, IPV6}),
        ("127.0.0.1,[::1]", {IPV4, IPV6}),
        ("::1,127.0.0.1,", {IPV4, IPV6}),
    ],
)
def test_clients_of_each_family_reach_it(hosts: str, expected: set[str], opened: list[socket.socket]) -> None:
    if ":" in hosts and not has_ipv6():
        with pytest.raises(ListenError, match=r"^\[::1?\]:0: "):
            open_listeners(hosts, 0)
        return
    opened += open_listeners(hosts, 0)
    ports = {listener.getsockname()[1] for listener in opened}
    assert len(ports) == 1
    assert reached(ports.pop()) == expected


def test_a_name_is_listened_on_at_the_addresses_that_there_are(opened: list[socket.socket]) -> None:
    opened += open_listeners("localhost", 0)
    assert reached(opened[0].getsockname()[1]) & {IPV4, IPV6}


@pytest.mark.parametrize(
    ("hosts", "message"),
    [
        ("256.1.1.1", r"^256\.1\.1\.1:0: "),
        ("203.0.113.9", r"^203\.0\.113\.9:0: Cannot assign requested address$"),
        ("127.0.0.1,203.0.113.9", r"^203\.0\.113\.9:\d+: Cannot assign requested address$"),
        ("2001:db8::9", r"^\[2001:db8::9\]:0: (Cannot assign|Address family)"),
    ],
)
def test_what_cannot_be_listened_on_is_named(hosts: str, message: str) -> None:
    with pytest.raises(ListenError, match=message):
        open_listeners(hosts, 0)


def test_a_port_in_use_is_named_and_the_other_sockets_are_closed(opened: list[socket.socket]) -> None:
    opened += open_listeners("127.0.0.2", 0)
    port = opened[0].getsockname()[1]
    with pytest.raises(ListenError, match=rf"^127\.0\.0\.2:{port}: Address already in use$"):
        open_listeners("127.0.0.1,127.0.0.2", port)
    opened += open_listeners("127.0.0.1", port)  # as it is free again


def test_hosts_are_split() -> None:
    assert split_hosts(" 0.0.0.0 ,[::],a,, ") == ["0.0.0.0", "::", "a"]


@pytest.mark.parametrize("hosts", ["::", "0.0.0.0,::"] if has_ipv6() else ["0.0.0.0"])
def test_a_server_answers_both_families(hosts: str, tiny_bundle: object) -> None:
    with Server({"bundle": tiny_bundle, "host": hosts, "log_level": "info"}) as server:
        assert reached(server.port) == BOTH
        assert server.get("/healthz/ready").status == 200
        assert server.stop() == 0
