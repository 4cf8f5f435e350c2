"""The package index that the user has set up for pip or uv, and the files it has of a package.

    PIP_INDEX_URL, UV_DEFAULT_INDEX, pip.conf, uv.toml -> IndexSettings
    an index's page of a package (PEP 503 or 691)      -> IndexFile, IndexFile, ...

Where nothing is set up it is the index that pip asks by itself: pip says which, the one installed or the one that
Python keeps for new environments. So this also works in an environment without pip, as uv makes them.
"""

import configparser
import contextlib
import importlib
import json
import os
import sys
import sysconfig
import tomllib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urldefrag, urljoin, urlsplit

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
# What both programs call a setting -> its name in their environment variables, and in their files.
_PIP = {name: (f"PIP_{name.upper()}", name.replace("_", "-")) for name in (
    "index_url", "extra_index_url", "find_links", "no_index", "cert", "proxy")}  # fmt: skip
_UV = {
    "index_url": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "extra_index_url": ("UV_INDEX", "UV_EXTRA_INDEX_URL"),
    "find_links": ("UV_FIND_LINKS",),
    "no_index": ("UV_NO_INDEX",),
}

Settings = dict[str, str]


@dataclass(frozen=True)
class IndexSettings:
    """Where packages are: folders of files, then indexes, by URLs that may hold a user's password."""

    urls: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()
    cert: str | None = None  # file of certificates to trust
    proxy: str | None = None


@dataclass(frozen=True)
class IndexFile:
    """A file of a package, as an index lists it."""

    name: str
    url: str
    sha256: str | None  # unless the index does not say


def read_settings(
    environment: Mapping[str, str] = os.environ, files: Sequence[Path] | None = None
) -> IndexSettings:
    """Return what is set up: by the environment, pip's before uv's, else by their files; else pip's own index.

    files: pip's, the later over the earlier, and uv's (.toml); by default those where both look.
    """
    paths = _files(environment) if files is None else files
    found: Settings = {}
    for path in paths:
        found |= _read_toml(path) if path.suffix == ".toml" else _read_ini(path)
    for names in (_UV, {name: variables[:1] for name, variables in _PIP.items()}):
        for name, variables in names.items():
            values = [environment[variable] for variable in variables if environment.get(variable)]
            found |= {name: " ".join(values)} if values else {}
    urls = []
    if found.get("no_index", "false").lower() in ("", "0", "false", "no"):
        default = found.get("index_url") or default_index() or ""
        urls = [*default.split()[:1], *found.get("extra_index_url", "").split()]
    folders = [Path(_local(link)) for link in found.get("find_links", "").replace(",", " ").split()]
    return IndexSettings(
        tuple(url.partition("=")[2] if _is_named(url) else url for url in urls),
        tuple(folder for folder in folders if folder.is_dir()),
        found.get("cert"),
        found.get("proxy"),
    )


def default_index() -> str | None:
    """Return the URL of the index that pip asks unless told otherwise; None where there is no pip to say it."""
    for wheel in (None, *_kept_wheels()):
        with contextlib.suppress(ImportError, AttributeError), _on_path(wheel), warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # pip has setuptools take the place of distutils, which it announces
            return str(importlib.import_module("pip._internal.models.index").PyPI.simple_url)
    return None


def parse_page(content: bytes, content_type: str, url: str) -> list[IndexFile]:
    """Return the files that an index's page of a package lists, read from `url`; ValueError if it is no such page."""
    if "json" in content_type:
        page = json.loads(content)
        try:
            listed = [(file["filename"], file["url"], file["hashes"].get("sha256")) for file in page["files"]]
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"no list of files: {error!r}") from error
        return [IndexFile(name, urljoin(url, link), sha256) for name, link, sha256 in listed]
    parser = _Links()
    parser.feed(content.decode("utf-8", "replace"))
    files = []
    for link in parser.links:
        address, fragment = urldefrag(urljoin(url, link))
        name = unquote(urlsplit(address).path.rpartition("/")[2])
        files.append(IndexFile(name, address, parse_qs(fragment).get("sha256", [None])[0]))
    return files


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if tag == "a" and name == "href" and value]


def _files(environment: Mapping[str, str]) -> list[Path]:
    """Return the files of settings of pip and uv, those that others override first."""
    home = Path(environment.get("HOME") or Path.home())
    config = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    shared = environment.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    given = environment.get("PIP_CONFIG_FILE")
    pip = [*(Path(folder) / "pip/pip.conf" for folder in shared.split(":")), Path("/etc/pip.conf")]
    if given != os.devnull:
        pip += [home / ".pip/pip.conf", config / "pip/pip.conf", Path(sys.prefix) / "pip.conf"]
        pip += [Path(given)] if given else []
    return [Path("/etc/uv/uv.toml"), config / "uv/uv.toml", *(pip if given != os.devnull else [])]


def _read_ini(path: Path) -> Settings:
    parser = configparser.RawConfigParser()
    with contextlib.suppress(OSError, UnicodeDecodeError, configparser.Error):
        parser.read(path, encoding="utf-8")
    return {
        name: " ".join(parser.get(section, key).split())
        for section in ("global", "download")
        for name, (_, key) in _PIP.items()
        if parser.has_option(section, key)
    }


def _read_toml(path: Path) -> Settings:
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}
    content = {**content.get("pip", {}), **content}
    named = [index for index in content.get("index", []) if isinstance(index, dict) and "url" in index]
    defaults = [content.get("index-url"), *(index["url"] for index in named if index.get("default"))]
    more = [*content.get("extra-index-url", []), *(i["url"] for i in named if not i.get("default"))]
    found = {"index_url": " ".join(filter(None, defaults)), "extra_index_url": " ".join(more)}
    return {name: value for name, value in found.items() if value}


def _is_named(url: str) -> bool:
    """Return whether a URL has a name before it, as in uv's UV_INDEX=mirror=https://..."""
    return "=" in url.partition("://")[0]


def _local(link: str) -> str:
    return unquote(urlsplit(link).path) if link.startswith("file:") else link


def _kept_wheels() -> Iterator[Path]:
    """Yield the wheels of pip that Python keeps to install in new environments."""
    folders = [Path(os.__file__).parent / "ensurepip/_bundled"]
    if kept := sysconfig.get_config_var("WHEEL_PKG_DIR"):
        folders.append(Path(kept))
    for folder in folders:
        yield from sorted(folder.glob("pip-*.whl"))


@contextlib.contextmanager
def _on_path(wheel: Path | None) -> Iterator[None]:
    if wheel is None:
        yield
        return
    sys.path.insert(0, str(wheel))
    try:
        yield
    finally:
        sys.path.remove(str(wheel))
