"""Bytes into requests: the same however they are cut, one at a time, and bounded where they are no body."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.http.parser import MAX_HEAD_BYTES, MAX_HEADERS, Head, RequestParser
from app.problems import Problem


class Told:
    """A sink that keeps what it is told."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, bytes, list[tuple[bytes, bytes]], bytes]] = []
        self.ended = self.begun = 0

    def on_begin(self) -> None:
        self.begun += 1

    def on_head(self, head: Head) -> None:
        self.requests.append((head.method, head.target, head.headers, b""))

    def on_body(self, piece: bytes) -> None:
        method, target, headers, body = self.requests[-1]
        self.requests[-1] = method, target, headers, body + piece

    def on_end(self) -> None:
        self.ended += 1


def parse(*pieces: bytes) -> Told:
    """Parse all of the pieces. Raises Problem."""
    told = Told()
    parser = RequestParser(told)
    for piece in pieces:
        parser.feed(piece)
        while parser.unread:
            parser.parse()
    return told


GET = b"GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /b HTTP/1.1\r\ncontent-length: 6\r\n\r\nab\r\n\r\n"
CHUNKED = b"POST /c HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"
UPGRADE = b"connection: Upgrade\r\nupgrade: h2c\r\n"
STREAM = b"".join(
    (
        GET, b"\r\n", POST, CHUNKED, b"4\r\n\r\n\r\n\r\n1;x=y\r\nz\r\n0\r\nx-api-key: k\r\n\r\n", GET,
        POST.replace(b"\r\n\r\n", b"\r\n" + UPGRADE + b"\r\n", 1), CHUNKED[:-2] + UPGRADE, b"\r\n2\r\nhi\r\n0\r\n\r\n",
        GET[:-2] + UPGRADE + b"\r\n", GET,
    )
)  # fmt: skip
TARGETS_AND_BODIES = [
    (b"/a?b", b""), (b"/b", b"ab\r\n\r\n"), (b"/c", b"\r\n\r\nz"), (b"/a?b", b""),
    (b"/b", b"ab\r\n\r\n"), (b"/c", b"hi"), (b"/a?b", b""), (b"/a?b", b""),
]  # fmt: skip


@given(st.lists(st.integers(0, len(STREAM)), max_size=40))
def test_requests_are_the_same_however_their_bytes_arrive(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    told = parse(*(STREAM[a:b] for a, b in pairwise(edges)))
    assert [(target, body) for _, target, _, body in told.requests] == TARGETS_AND_BODIES
    assert told.begun == told.ended == len(TARGETS_AND_BODIES)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, len(STREAM)])
def test_parsing_stops_at_the_end_of_each_request(size: int) -> None:
    told = Told()
    parser = RequestParser(told)
    for start in range(0, len(STREAM), size):
        parser.feed(STREAM[start : start + size])
        while parser.unread:
            before = told.ended
            parser.parse()
            assert told.ended <= before + 1
    assert told.ended == len(TARGETS_AND_BODIES)


def test_trailers_are_no_headers() -> None:
    told = parse(CHUNKED + b"2\r\nhi\r\n0\r\nx-api-key: k\r\nhost: y\r\n\r\n" + GET)
    assert [headers for _, _, headers, _ in told.requests] == [
        [(b"transfer-encoding", b"chunked")], [(b"host", b"x")]
    ]  # fmt: skip


LINE = b"x: " + b"y" * 95 + b"\r\n"
MANY = LINE * (MAX_HEAD_BYTES // 100 + 200)


@pytest.mark.parametrize(
    ("given_bytes", "code"),
    [
        (GET[:-2] + MANY, "headers_too_large"),  # without end
        (GET[:-2] + b"x: " + b"y" * MAX_HEAD_BYTES + b"\r\n\r\n", "headers_too_large"),
        (GET[:-2] + b"x: y\r\n" * MAX_HEADERS + b"\r\n", "headers_too_large"),
        (CHUNKED + b"0\r\n" + MANY, "headers_too_large"),  # trailers
        (CHUNKED + b"0\r\nx: " + b"y" * 2 * MAX_HEAD_BYTES, "headers_too_large"),
        (CHUNKED + b"2\r\nhi\r\n0\r\n" + MANY, "headers_too_large"),
        (CHUNKED + b"2;" + b"x" * 2 * MAX_HEAD_BYTES, "headers_too_large"),  # of a chunk's size
        (b"\r\n" * MAX_HEAD_BYTES + GET, "headers_too_large"),  # empty lines
        (b"GARBAGE" + b"x" * 2 * MAX_HEAD_BYTES, "bad_http"),
        (GET + b"GARBAGE\r\n\r\n", "bad_http"),
        (CHUNKED + b"zz\r\n", "bad_http"),
        (CHUNKED.replace(b"chunked", b"gzip"), "bad_http"),
        (CHUNKED.replace(b"chunked\r\n", b"gzip\r\n" + UPGRADE), "bad_http"),
        (POST.replace(b"\r\n\r\n", b"\r\ntransfer-encoding: chunked\r\n\r\n", 1), "bad_http"),  # smuggling
        (GET.replace(b"\r\n", b"\n"), "bad_http"),
        (GET[:-2] + b"x: y\r\n folded\r\n\r\n", "bad_http"),
        (CHUNKED + b"0\r\ncontent-length: 7\r\n\r\n", "bad_http"),
        (GET[:-2] + b"x: a\0b\r\n\r\n", "bad_http"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [500, 10**6])
def test_what_is_no_request_or_has_too_much_around_its_body(given_bytes: bytes, code: str, size: int) -> None:
    pieces = [given_bytes[start : start + size] for start in range(0, len(given_bytes), size)]
    with pytest.raises(Problem) as refused:
        parse(*pieces)
    assert refused.value.code == code


def test_long_bodies_in_small_chunks_have_no_bound_here() -> None:
    chunk = b"1\r\nx\r\n"
    told = parse(CHUNKED, *[chunk[:3], chunk[3:]] * 50_000, b"0\r\n\r\n")
    assert told.requests[0][-1] == b"x" * 50_000


def test_a_thousand_upgrades_in_one_packet() -> None:
    assert parse((GET[:-2] + UPGRADE + b"\r\n") * 1000).ended == 1000
