"""The client, waiting or with an event loop, against a server process and against made-up answers."""

import asyncio
import gzip
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
from fakes import LABELS, answer_to
from hypothesis import given
from hypothesis import strategies as st
from loopback import ROOT, Server
from ports import free_port
from raw_client import HOST

from app.client import (
    AsyncClient,
    Client,
    ClientError,
    Entity,
    ProblemDetail,
    Refused,
    Retries,
    TaggedText,
    UnexpectedAnswer,
    Unreachable,
)
from app.client.windows import LINE_BYTES, LINE_BYTES_PER_CHAR, WINDOW_CHARS, WINDOW_LINES, Windows

KEY = "sesam"
TEXT = "😀在ABC去XY"
# U+2028 and U+0085 end a line for Python and httpx, not in NDJSON; half an emoji is no UTF-8.
ODD = ["", "AB\u2028XY\x85Z", "\ud83dAB", "两\r\n行AB"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    fake = (str(ROOT / "tests" / "app" / "fake_server.py"), "0", "0")
    with Server({"api_keys": KEY, "max_text_chars": 50_000}, fake) as server:
        yield f"http://{HOST}:{server.port}"


class Waiting:
    """AsyncClient with the methods of Client, so that one test holds for both."""

    def __init__(self, *arguments: Any, http: Any = None, sleep: Any = None, **others: Any) -> None:
        async def pause(seconds: float) -> None:
            if sleep is not None:
                sleep(seconds)

        self._run = asyncio.Runner()
        self._client = AsyncClient(
            *arguments, http=http and httpx.AsyncClient(transport=http), sleep=pause, **others
        )

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments, **options: self._run.run(getattr(self._client, name)(*arguments, **options))

    def tag_stream(self, texts: Any, **options: Any) -> Iterator[Any]:
        stream = self._client.tag_stream(texts, **options)
        while True:
            try:
                yield self._run.run(anext(stream))  # type: ignore[arg-type]
            except StopAsyncIteration:
                return

    def close(self) -> None:
        self._run.run(self._client.aclose())
        self._run.close()


def waiting(*arguments: Any, http: Any = None, **others: Any) -> Client:
    return Client(*arguments, http=http and httpx.Client(transport=http), **others)


Make = Callable[..., Any]


@pytest.fixture(params=[waiting, Waiting], ids=["Client", "AsyncClient"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """A maker of clients of either kind; all are closed at the end."""
    made: list[Any] = []

    def build(*arguments: Any, **options: Any) -> Any:
        made.append(request.param(*arguments, **options))
        return made[-1]

    yield build
    for client in made:
        client.close()


def entities(text: str) -> tuple[Entity, ...]:
    return tuple(Entity(**row) for row in answer_to(text))  # type: ignore[arg-type]


def test_a_text_and_several_texts(make: Make, address: str) -> None:
    client = make(address, KEY)
    found = client.tag(TEXT)
    assert (found.text, found.entities, found.tags) == (TEXT, entities(TEXT), None)
    assert [TEXT[e.start : e.end] for e in found.entities] == ["ABC", "XY"]
    assert [row.entities for row in client.tag_many([TEXT, *ODD])] == [
        entities(text) for text in (TEXT, *ODD)
    ]
    assert client.bundle().labels == LABELS
    assert client.bundle().bundle == found.bundle


def test_what_a_service_says_of_its_words(make: Make) -> None:
    said = {"bundle": "b", "fingerprint": "f", "labels": ["PER"], "runtime": "onnx", "device": "cpu"}
    said |= {"created": "", "fit": {}, "versions": {}}
    service, _ = script(httpx.Response(200, json={**said, "words": 7}), httpx.Response(200, json=said))
    client = make("http://x", http=service)
    assert [client.bundle().words, client.bundle().words] == [7, 0]


def test_options(make: Make, address: str) -> None:
    client = make(address, KEY)
    found = client.tag(TEXT, labels=["PER"], tags=True, nbest=True)
    assert [entity.text for entity in found.entities] == ["ABC"]
    assert found.tags == ("O", "O", "B-PER", "I-PER", "I-PER", "O", "B-LOC", "I-LOC")
    assert [round(alternative.probability, 2) for alternative in found.nbest] == [0.75, 0.25]
    assert client.tag(TEXT, min_score={"PER": 0.9, "LOC": 0.9}).entities == ()
    assert [row.text for row in client.tag(TEXT, min_score=0.75).entities] == ["ABC"]


@pytest.mark.parametrize(
    "texts", [[], ODD, [TEXT] * (2 * WINDOW_LINES + 3), ["AB" + "在" * 40_000, "B", "C" + "去" * 20_000] * 2]
)
def test_a_stream_answers_each_text_in_order(make: Make, address: str, texts: list[str]) -> None:
    found = list(make(address, KEY).tag_stream(iter(texts)))
    assert [(row.text, row.entities) for row in found] == [(text, entities(text)) for text in texts]


def test_a_text_that_is_refused_does_not_end_the_stream(make: Make, address: str) -> None:
    first, refused, last = make(address, KEY).tag_stream(["AB", "在" * 50_001, "XY"], labels=["LOC"])
    assert (first.entities, last.entities) == ((), entities("XY"))
    assert isinstance(refused, ProblemDetail)
    assert (refused.code, refused.extras) == ("text_too_long", {"limit": 50_000, "actual": 50_001})


def test_a_stream_takes_no_more_texts_than_a_window_before_they_are_answered(
    make: Make, address: str
) -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield TEXT

    stream = make(address, KEY).tag_stream(endless())
    for answered in range(1, 3 * WINDOW_LINES):
        assert isinstance(next(stream), TaggedText)
        assert taken <= answered + WINDOW_LINES


def test_a_stream_of_an_asynchronous_source(address: str) -> None:
    async def source() -> Any:
        for text in ("AB", "XY"):
            yield text

    async def ask() -> list[Any]:
        async with AsyncClient(address, KEY) as client:
            return [found.entities async for found in client.tag_stream(source())]

    assert asyncio.run(ask()) == [entities("AB"), entities("XY")]


def test_a_str_in_place_of_texts_is_told(make: Make, address: str) -> None:
    with pytest.raises(TypeError, match="expected several str, got the str '小明'; put it into a list"):
        make(address).tag_many("小明")
    with pytest.raises(TypeError, match="put it into a list"):
        list(make(address).tag_stream("小明"))


def test_a_refusal_has_the_services_problem(make: Make, address: str) -> None:
    with pytest.raises(Refused, match=r"A valid key is needed: expected a valid key .* \(401 unauthorized\)"):
        make(address, "wrong").tag("a")
    with pytest.raises(Refused) as refusal:
        make(address, KEY).tag("a", labels=["FOO"])
    assert refusal.value.problem.code == "unknown_label"
    assert refusal.value.problem.extras == {"labels": list(LABELS)}
    assert refusal.value.problem.request_id
    with pytest.raises(Refused, match="401 unauthorized"):
        list(make(address, "wrong").tag_stream(["a"]))


def test_nobody_there(make: Make) -> None:
    pauses: list[float] = []
    client = make(f"http://{HOST}:{free_port()}", retries=Retries(tries=3), sleep=pauses.append)
    with pytest.raises(
        Unreachable, match=r"http://.*/tag: expected an answer of zitag, got .*; is it running"
    ):
        client.tag("a")
    assert len(pauses) == 2


FULL = {"status": 429, "code": "queue_full", "title": "Too much is waiting", "detail": "1000 characters"}
FOUND = {"entities": [], "bundle": "b"}


def script(
    *answers: httpx.Response | httpx.RequestError,
) -> tuple[httpx.MockTransport, list[httpx.Request]]:
    """Return a service that gives these answers one after another, and where it keeps what it was asked."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        given = answers[len(asked) - 1]
        if isinstance(given, httpx.RequestError):
            raise given
        return httpx.Response(given.status_code, headers=given.headers, content=given.content)

    return httpx.MockTransport(answer), asked


def full(retry_after: str | None = "2") -> httpx.Response:
    return httpx.Response(429, json=FULL, headers={} if retry_after is None else {"retry-after": retry_after})


@pytest.mark.parametrize(
    ("before", "pauses"),
    [
        ([full()], [2.0]),
        ([full("0")], [0.25]),
        ([full(None), full(None), full(None)], [0.25, 0.5, 1.0]),
        ([full("Thu, 01 Jan 1970 00:00:00 GMT")], [0.25]),
        ([full("soon")], [0.25]),
        ([full("Fri, 31 Dec 99999999999999999999 23:59:59 GMT")], [0.25]),
        ([httpx.Response(503, html="<h1>nginx</h1>", headers={"retry-after": "1"})], [1.0]),
        ([httpx.ReadError("reset")], [0.25]),
    ],
)
def test_it_tries_again_when_told_to(make: Make, before: list[Any], pauses: list[float]) -> None:
    service, asked = script(*before, httpx.Response(200, json=FOUND))
    slept: list[float] = []
    client = make("http://x", http=service, retries=Retries(chance=lambda: 0.0), sleep=slept.append)
    assert client.tag("a").bundle == "b"
    assert slept == pauses
    assert {request.content for request in asked} == {b'{"text": "a"}'}


@pytest.mark.parametrize(
    ("answers", "error", "asked_times"),
    [
        ([full()] * 3, Refused, 3),
        ([full("31")], Refused, 1),  # longer than it may wait
        ([httpx.Response(422, json={**FULL, "status": 422})], Refused, 1),
        ([httpx.Response(500, json={**FULL, "status": 500})], Refused, 1),
        ([httpx.ReadTimeout("")], Unreachable, 1),
        ([httpx.Response(404, html="<h1>no</h1>")], UnexpectedAnswer, 1),
        ([httpx.Response(200, html="<h1>yes</h1>")], UnexpectedAnswer, 1),
        ([httpx.Response(200, json={"entities": [{"word": "a"}]})], UnexpectedAnswer, 1),
        ([httpx.Response(200, json=[])], UnexpectedAnswer, 1),
        ([httpx.Response(200, content=b"[" * 100_000)], UnexpectedAnswer, 1),
        ([httpx.DecodingError("no gzip")], Unreachable, 1),
    ],
)
def test_it_gives_up(make: Make, answers: list[Any], error: type[ClientError], asked_times: int) -> None:
    service, asked = script(*answers)
    client = make("http://x", http=service, retries=Retries(tries=3), sleep=lambda _: None)
    with pytest.raises(error):
        client.tag("a")
    assert len(asked) == asked_times


def answer_lines(*documents: object, cut: int = 0) -> httpx.Response:
    content = b"".join(json.dumps(document).encode() + b"\n" for document in documents)
    return httpx.Response(200, content=content[: len(content) - cut])


DRAINING = {**FULL, "status": 503, "code": "draining"}


@pytest.mark.parametrize(
    ("answers", "sent"),
    [
        ([answer_lines(FOUND, DRAINING), answer_lines(FOUND, FOUND)], [3, 2]),
        (
            [
                answer_lines(FOUND, {**DRAINING, "status": 408, "code": "body_timeout"}),
                answer_lines(*[FOUND] * 2),
            ],
            [3, 2],
        ),
        ([answer_lines(FOUND, FOUND, cut=5), answer_lines(FOUND, FOUND)], [3, 2]),
        ([answer_lines(FOUND, FOUND), answer_lines(FOUND)], [3, 1]),
        ([full(), answer_lines(FOUND, FOUND, FOUND)], [3, 3]),
    ],
)
def test_what_a_broken_stream_left_is_sent_again(make: Make, answers: list[Any], sent: list[int]) -> None:
    service, asked = script(*answers)
    client = make("http://x", http=service, retries=Retries(tries=2), sleep=lambda _: None)
    texts = ["a", "b", "c"]
    assert [found.text for found in client.tag_stream(texts)] == texts
    assert [request.content.count(b"\n") for request in asked] == sent


@pytest.mark.parametrize(
    "line", [b"<h1>no</h1>\n", b"[]\n", b'{"entities": 1}\n', b'"bio"\n', b"[" * 100_000 + b"\n"]
)
def test_a_stream_of_something_else_is_told(make: Make, line: bytes) -> None:
    service, _ = script(httpx.Response(200, content=line))
    with pytest.raises(UnexpectedAnswer, match="expected a line of zitag's /tag/stream, got b"):
        list(make("http://x", http=service).tag_stream(["a"]))


class Endless(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that never ends; `sent` is how much of it was taken."""

    def __init__(self, piece: bytes = b" " * 1000) -> None:
        self._piece = piece
        self.sent = 0

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.sent += len(self._piece)
            yield self._piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


ASK: dict[str, Callable[[Any], object]] = {
    "tag": lambda client: client.tag("a"),
    "tag_many": lambda client: client.tag_many(["a"]),
    "tag_stream": lambda client: list(client.tag_stream(["a"])),
    "bundle": lambda client: client.bundle(),
}


@pytest.mark.parametrize("status", [200, 404, 503])
@pytest.mark.parametrize("name", ASK)
def test_an_answer_that_never_ends_is_not_held(make: Make, name: str, status: int) -> None:
    body = Endless()
    service = httpx.MockTransport(lambda _: httpx.Response(status, stream=body))
    client = make("http://x", http=service, max_answer_bytes=10_000)
    said = (
        "an answer of at most 10,000 bytes .*, got more; send less" if status != 200 else "got (more|one of)"
    )
    with pytest.raises(UnexpectedAnswer, match=said):
        ASK[name](client)
    assert body.sent == 11_000


def test_an_answer_as_long_as_may_be_is_read(make: Make) -> None:
    content = json.dumps(FOUND).encode()
    for short in (0, 1):
        service, _ = script(httpx.Response(200, content=content))
        client = make("http://x", http=service, max_answer_bytes=len(content) - short)
        if short:
            with pytest.raises(UnexpectedAnswer, match=f"at most {len(content) - 1:,} bytes"):
                client.tag("a")
        else:
            assert client.tag("a").bundle == "b"


PACKED = gzip.compress(json.dumps(FOUND).encode() + b"\n")


@pytest.mark.parametrize("name", ["tag", "tag_stream"])
def test_packed_answers_are_unpacked_up_to_the_limit(make: Make, name: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["accept-encoding"] == "gzip"
        return httpx.Response(200, headers={"content-encoding": "gzip"}, content=PACKED)

    assert ASK[name](make("http://x", http=httpx.MockTransport(answer)))
    client = make("http://x", http=httpx.MockTransport(answer), max_answer_bytes=10)
    with pytest.raises(UnexpectedAnswer):
        ASK[name](client)


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd"])
@pytest.mark.parametrize("name", ASK)
def test_what_would_unpack_without_bound_is_not_read(make: Make, name: str, encoding: str) -> None:
    body = Endless()
    headers = {"content-encoding": encoding, "content-type": "application/json"}
    service = httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, stream=body))
    with pytest.raises(UnexpectedAnswer, match=f"got 200 with application/json, packed as {encoding}"):
        ASK[name](make("http://x", http=service))
    assert body.sent == 0


def test_a_line_that_never_ends_is_not_held(make: Make) -> None:
    service, _ = script(httpx.Response(200, content=b"a" * (LINE_BYTES + LINE_BYTES_PER_CHAR + 1)))
    with pytest.raises(UnexpectedAnswer, match=r"got one of [0-9,]+ bytes without an end"):
        list(make("http://x", http=service).tag_stream(["a"]))


@given(st.lists(st.integers(0, 40_000).map(lambda count: "a" * count), max_size=200))
def test_windows_hold_every_text_once_and_no_more_than_the_service_takes(texts: list[str]) -> None:
    windows = Windows()
    made = [*filter(None, map(windows.add, texts)), windows.rest()]
    assert [text for window in made for text in window] == texts
    for window in made:
        assert len(window) <= WINDOW_LINES
        assert len(window) == 1 or sum(map(len, window)) <= WINDOW_CHARS


def test_what_the_guide_shows_runs(address: str, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(ROOT / "examples")
    code = re.findall("```python\n(.*?)```", (ROOT / "docs/clients.md").read_text("utf-8"), re.DOTALL)[0]
    code = code.replace("http://127.0.0.1:8000", address).replace('"KEY"', repr(KEY))
    exec(code.replace('open("sentences.txt", encoding="utf-8")', '["AB", "XY"]'))
    said = capsys.readouterr().out.splitlines()
    assert [line.partition("(")[0] for line in said[:2]] == ["TaggedText"] * 2
    assert said[2].startswith("unknown_label `labels`: expected some of PER, LOC")


BLOCKED = (
    "numpy",
    "numba",
    "onnxruntime",
    "fastapi",
    "starlette",
    "pydantic",
    "uvicorn",
    "tensorflow",
    "model",
)


def test_the_client_needs_nothing_of_what_tags() -> None:
    code = f"import sys; sys.modules.update(dict.fromkeys({BLOCKED!r})); import app.client; print(app.client.Client)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert (done.stderr, done.stdout) == ("", "<class 'app.client.synchronous.Client'>\n")


def test_without_httpx_the_extra_is_named() -> None:
    code = "import sys; sys.modules['httpx'] = None; import app.client"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.stderr.splitlines()[-1].endswith("pip install 'zitag[client]'")
