"""Which index is asked: what pip and uv were told, in their order, and what an index's pages say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from training.datasets import index
from training.datasets.index import IndexFile, parse_page, read_settings
from training.datasets.pypi import Package

SHA256 = "ab" * 32
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("environment", "urls"),
    [
        ({"PIP_INDEX_URL": "https://a/simple"}, ("https://a/simple",)),
        ({"UV_INDEX_URL": "https://b/simple"}, ("https://b/simple",)),
        ({"UV_DEFAULT_INDEX": "https://c", "UV_INDEX_URL": "https://b"}, ("https://c",)),
        ({"UV_DEFAULT_INDEX": "mirror=https://c"}, ("https://c",)),
        ({"PIP_INDEX_URL": "https://a", "UV_DEFAULT_INDEX": "https://c"}, ("https://a",)),
        ({"PIP_INDEX_URL": "https://a", "PIP_EXTRA_INDEX_URL": "https://d https://e"},
         ("https://a", "https://d", "https://e")),
        ({"PIP_INDEX_URL": "https://a", "UV_INDEX": "own=https://d"}, ("https://a", "https://d")),
        ({"PIP_INDEX_URL": "https://a", "PIP_NO_INDEX": "1"}, ()),
        ({"PIP_INDEX_URL": "https://a", "PIP_NO_INDEX": "false"}, ("https://a",)),
        ({}, ("https://default",)),
    ],
)  # fmt: skip
def test_environment_says_which_index_is_asked(
    environment: dict[str, str], urls: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "default_index", lambda: "https://default")
    assert read_settings(environment, files=[]).urls == urls


def test_files_say_what_the_environment_does_not(tmp_path: Path) -> None:
    uv, shared, own = (tmp_path / name for name in ("uv.toml", "shared.conf", "own.conf"))
    uv.write_text('index-url = "https://u"\nextra-index-url = ["https://v"]\n')
    shared.write_text("[global]\nindex-url = https://s\nproxy = http://proxy:3128\n")
    own.write_text("[download]\nindex-url = https://o\n[global]\ncert = /ca.pem\n")
    assert read_settings({}, [uv]).urls == ("https://u", "https://v")
    settings = read_settings({}, [uv, shared, own])
    assert settings.urls == ("https://o", "https://v")
    assert (settings.cert, settings.proxy) == ("/ca.pem", "http://proxy:3128")
    assert read_settings({"UV_INDEX_URL": "https://e"}, [uv, shared, own]).urls[0] == "https://e"


def test_indexes_of_uv_have_tables_too(tmp_path: Path) -> None:
    (tmp_path / "uv.toml").write_text(
        '[[index]]\nname = "own"\nurl = "https://own"\n[[index]]\nurl = "https://first"\ndefault = true\n'
    )
    assert read_settings({}, [tmp_path / "uv.toml"]).urls == ("https://first", "https://own")


@pytest.mark.parametrize("content", ["[global", "index-url = 1 = 2", "\0"])
def test_a_file_that_is_none_is_as_if_it_were_not_there(tmp_path: Path, content: str) -> None:
    for name in ("uv.toml", "pip.conf", "missing.conf"):
        if name != "missing.conf":
            (tmp_path / name).write_text(content)
        assert read_settings({"PIP_INDEX_URL": "https://a"}, [tmp_path / name]).urls == ("https://a",)


def test_folders_come_from_find_links(tmp_path: Path) -> None:
    links = f"{tmp_path} https://pages.example/ {(tmp_path / 'none')}"
    assert read_settings({"PIP_FIND_LINKS": links, "PIP_NO_INDEX": "1"}, []).folders == (tmp_path,)
    assert read_settings({"PIP_FIND_LINKS": tmp_path.as_uri()}, []).folders == (tmp_path,)


def test_files_of_pip_are_where_pip_looks(tmp_path: Path) -> None:
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip/pip.conf").write_text("[global]\nindex-url = https://home\n")
    environment = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    assert read_settings(environment).urls[0] == "https://home"
    assert read_settings({**environment, "PIP_CONFIG_FILE": os.devnull}).urls[0] != "https://home"


def test_the_index_of_pip_is_known_without_pip() -> None:
    hidden = (
        "import sys; from training.datasets.index import default_index; with_pip = default_index(); "
        "[sys.modules.pop(name) for name in list(sys.modules) if name.partition('.')[0] == 'pip']; "
        "sys.path = [path for path in sys.path if 'site-packages' not in path]; "
        "print(with_pip == default_index() != None, any('.whl' in path for path in sys.path))"
    )
    done = subprocess.run(
        [sys.executable, "-c", hidden], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "True False\n"


def test_pages_are_read_in_both_forms() -> None:
    wanted = IndexFile("tiny-0.1.tar.gz", "https://files.example/a/tiny-0.1.tar.gz", SHA256)
    page = (
        '{"files": [{"filename": "tiny-0.1.tar.gz", "url": "https://files.example/a/tiny-0.1.tar.gz", '
        f'"hashes": {{"sha256": "{SHA256}"}}}}]}}'
    )
    kind = "application/vnd.pypi.simple.v1+json"
    assert parse_page(page.encode(), kind, "https://a/simple/tiny/") == [wanted]
    link = (
        f'<a href="../../a/tiny-0.1.tar.gz#sha256={SHA256}" data-requires-python="&gt;=3">tiny</a><a>none</a>'
    )
    assert parse_page(link.encode(), "text/html", "https://files.example/simple/tiny/") == [wanted]
    bare = parse_page(b'<a href="tiny%2B1-0.1.tar.gz">', "text/html", "https://a/tiny/")
    assert bare == [IndexFile("tiny+1-0.1.tar.gz", "https://a/tiny/tiny%2B1-0.1.tar.gz", None)]


@pytest.mark.parametrize("page", [b"{", b"[]", b'{"files": 1}', b'{"files": [{}]}', b"\xff"])
def test_what_is_no_page_is_a_value_error(page: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_page(page, "application/json", "https://a/")


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("tiny_corpus-1.0-py3-none-any.whl", True),
        ("Tiny.Corpus-1.0-cp311-cp311-linux_x86_64.whl", True),
        ("tiny_corpus-1.0.1-py3-none-any.whl", False),
        ("tiny_corpus_more-1.0-py3-none-any.whl", False),
        ("tiny_corpus-1.0.tar.gz", False),
    ],
)
def test_a_package_knows_its_archive_by_name(file: str, named: bool) -> None:
    assert Package("tiny-corpus", "1.0", SHA256, 1).is_named(file) is named


def test_an_archive_of_sources_has_another_name() -> None:
    package = Package("tiny-corpus", "1.0", SHA256, 1, source=True)
    assert [
        package.is_named(name) for name in ("tiny_corpus-1.0.tar.gz", "tiny-corpus-1.0-py3-none-any.whl")
    ] == [
        True,
        False,
    ]
