"""What is fetched over HTTP: pages of an index and files, by the user's proxy, certificates and passwords.

    URL -> tried again when the network fails -> bytes; a file goes on where an earlier try, or run, broke off

Passwords come from the URL (https://user:password@host/) or netrc. They go to their own host alone, into no message.
"""

import base64
import http.client
import netrc
import os
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

from model.machine.progress import BYTES, Progress
from training.datasets.index import IndexSettings

TRIES = 4
WAIT_S = 1.0  # before the second try; twice as long before each further one
TIMEOUT_S = 30.0
BLOCK_BYTES = 1 << 16
_AGAIN = {408, 425, 429, 500, 502, 503, 504}  # statuses of a server that may answer later
T = TypeVar("T")
_NETWORK = (urllib.error.URLError, http.client.HTTPException, ssl.SSLError, ConnectionError, TimeoutError)


class WebError(Exception):
    """An address that could not be read: `status` says what the server answered, None that it was not reached."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Web:
    """Reads addresses with the settings of one user."""

    settings: IndexSettings
    sleep: Callable[[float], None] = time.sleep
    _passwords: dict[str, str] = field(default_factory=dict)  # host -> "Basic ..."

    def __post_init__(self) -> None:
        proxy = {"http": self.settings.proxy, "https": self.settings.proxy} if self.settings.proxy else None
        cert = self.settings.cert or os.environ.get("REQUESTS_CA_BUNDLE")
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler(proxy),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=cert)),
        )

    def read(self, url: str, headers: Mapping[str, str]) -> tuple[bytes, str, str]:
        """Return the bytes at `url`, their content type, and the URL after redirections. Raises WebError."""

        def attempt() -> tuple[bytes, str, str]:
            with self._open(url, headers) as response:
                return response.read(), response.headers.get("Content-Type", ""), response.geturl()

        return self._tried(url, attempt)

    def append(self, url: str, part: BinaryIO, title: str) -> None:
        """Append to `part`, which may hold the beginning, what it lacks of the file at `url`. Raises WebError."""
        self._tried(url, lambda: self._append(url, part, title))

    def _append(self, url: str, part: BinaryIO, title: str) -> None:
        there = part.seek(0, os.SEEK_END)
        try:
            response = self._open(url, {"Range": f"bytes={there}-"} if there else {})
        except urllib.error.HTTPError as error:
            if error.code == 416 and there:  # nothing comes after what is there
                return
            raise
        with response:
            if response.status != 206:
                there = 0
                part.truncate(0)
            length = response.headers.get("Content-Length")
            total = there + int(length) if length and length.isdecimal() else None
            with Progress(title, total, BYTES) as progress:
                progress.advance(there)
                while block := response.read(BLOCK_BYTES):
                    part.write(block)
                    progress.advance(len(block))
            part.flush()
            if total and progress.done < total:
                raise ConnectionError(f"ended after {progress.done:,} of {total:,} bytes")

    def _tried(self, url: str, attempt: Callable[[], T]) -> T:
        for count in range(TRIES):
            try:
                return attempt()
            except urllib.error.HTTPError as error:
                status, reason = error.code, f"{error.code} {error.reason}"
                if status not in _AGAIN:
                    break
            except _NETWORK as error:
                cause = getattr(error, "reason", error)
                status, reason = None, str(cause) or type(cause).__name__
                if isinstance(cause, ssl.SSLCertVerificationError):
                    break
            if count < TRIES - 1:
                self.sleep(WAIT_S * 2**count)
        raise WebError(f"{public_url(url)}: {reason}", status)

    def _open(self, url: str, headers: Mapping[str, str]) -> Any:
        parts = urlsplit(url)
        host = parts.hostname or ""
        request = urllib.request.Request(_without_password(url), headers=dict(headers))
        if password := self._password(host, parts.username, parts.password):
            request.add_unredirected_header("Authorization", password)
        return self._opener.open(request, timeout=TIMEOUT_S)

    def _password(self, host: str, user: str | None, password: str | None) -> str | None:
        """Return the Authorization for a host: of this URL, of an earlier one of that host, or netrc's."""
        if user:
            pair = f"{unquote(user)}:{unquote(password or '')}"
            self._passwords[host] = _basic(pair)
        return self._passwords.get(host) or _from_netrc(host)


def public_url(url: str) -> str:
    """Return a URL as it may be shown: without user, password and query.

    >>> public_url("https://me:secret@mirror.example/simple/?token=1")
    'https://mirror.example/simple/'
    >>> public_url("http://me:secret@[")
    'an address that cannot be read'
    """
    try:
        parts = urlsplit(_without_password(url))
    except ValueError:
        return "an address that cannot be read"
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _from_netrc(host: str) -> str | None:
    path = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    try:
        entry = netrc.netrc(str(path)).authenticators(host)
    except (OSError, UnicodeDecodeError, netrc.NetrcParseError):
        return None
    return _basic(f"{entry[0]}:{entry[2]}") if entry else None


def _basic(pair: str) -> str:
    return "Basic " + base64.b64encode(pair.encode()).decode()
