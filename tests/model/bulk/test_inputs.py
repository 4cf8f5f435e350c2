"""Which files SOURCE means, what they are, and what their output is called."""

import errno
import os
from pathlib import Path

import pytest

from model.bulk.inputs import find_inputs
from model.bulk.job import BulkError, Input, Options
from model.bulk.splits import cut_splits

FILES = (
    "a.txt",
    "b.jsonl",
    "c.jsonl.gz",
    "d.csv",
    "n/e.txt",
    "n/m/f.txt",
    "_x/g.txt",
    ".h.txt",
    "n/_SUCCESS",
)


def no_row_groups(given: Input, options: Options) -> list[int]:
    raise AssertionError(given)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("", ["a.txt", "b.jsonl", "c.jsonl.gz", "d.csv", "n/e.txt", "n/m/f.txt"]),
        ("/", ["a.txt", "b.jsonl", "c.jsonl.gz", "d.csv", "n/e.txt", "n/m/f.txt"]),
        ("/a.txt", ["a.txt"]),
        ("/_x/g.txt", ["g.txt"]),
        ("/*.txt", ["a.txt"]),
        ("/**/*.txt", ["a.txt", "n/e.txt", "n/m/f.txt"]),
        ("/n/*", ["e.txt"]),
        ("/n/**", ["e.txt", "m/f.txt"]),
        ("/[ab].*", ["a.txt", "b.jsonl"]),
        ("/[!a]*.*l", ["b.jsonl"]),
        ("/[[&|~^ab].*", ["a.txt", "b.jsonl"]),
        ("/[]a].txt", ["a.txt"]),
        ("/[!]b].txt", ["a.txt"]),
        ("/?/e.txt", ["n/e.txt"]),
    ],
)
def test_source_means(folder: Path, source: str, names: list[str]) -> None:
    assert [given.name for given in find_inputs(f"{folder}{source}")] == names


@pytest.mark.parametrize("source", ["/none", "/*.xml", "/none/*", "/x.txt"])
def test_no_file_is_an_error(folder: Path, source: str) -> None:
    with pytest.raises(BulkError, match="expected a file, a folder of files or a pattern, got none"):
        find_inputs(f"{folder}{source}")


@pytest.mark.parametrize("source", ["/[z-a].txt", "/n/[b-a]*"])
def test_a_pattern_that_is_none_is_refused(folder: Path, source: str) -> None:
    with pytest.raises(
        BulkError, match=r"\].*: expected a pattern of names, got bad character range .-a; correct it"
    ):
        find_inputs(f"{folder}{source}")


@pytest.mark.parametrize("pattern", ["a[!].txt", "a[].txt", "a[.txt"])
def test_brackets_that_hold_nothing_are_themselves(tmp_path: Path, pattern: str) -> None:
    (tmp_path / pattern.replace("a", "aa")).write_text("x")
    assert [given.name for given in find_inputs(f"{tmp_path}/?{pattern}")] == [pattern.replace("a", "aa")]


@pytest.mark.parametrize(("name", "is_told"), [("n", True), ("n/m", True), ("_x", False)])
def test_a_folder_that_cannot_be_read_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_told: bool
) -> None:
    """Not by its mode: root reads all."""
    scandir = os.scandir

    def refuse(path: str) -> object:
        if path == str(folder / name):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    if is_told:
        with pytest.raises(BulkError, match=f"/{name}: expected a folder that can be read, got 'Permission"):
            find_inputs(str(folder))
    else:
        assert find_inputs(str(folder))


def test_a_pipe_is_refused_as_source_and_passed_over_in_a_folder(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(
        BulkError, match=r"pipe: expected a file or a folder, got a pipe or a device; write it to"
    ):
        find_inputs(str(folder / "pipe"))
    assert "pipe" not in [given.name for given in find_inputs(str(folder))]


def test_a_name_with_brackets_is_a_name_where_there_is_such_a_file(tmp_path: Path) -> None:
    (tmp_path / "a[1].txt").write_text("x")
    assert [given.name for given in find_inputs(f"{tmp_path}/a[1].txt")] == ["a[1].txt"]


@pytest.mark.parametrize(
    ("name", "kind", "packed"),
    [("a.txt", "text", ""), ("b.jsonl", "jsonl", ""), ("c.jsonl.gz", "jsonl", "gz"), ("d.csv", "text", "")],
)
def test_the_ending_says_what_a_file_is(folder: Path, name: str, kind: str, packed: str) -> None:
    (given,) = find_inputs(str(folder / name))
    assert (given.kind, given.packed) == (kind, packed)
    assert find_inputs(str(folder / name), "jsonl")[0].kind == "jsonl"


@pytest.mark.parametrize(
    ("name", "options", "outputs"),
    [
        ("a.txt", Options(), ["a.txt.jsonl"]),
        ("a.txt", Options(to="inline"), ["a.txt"]),
        ("n/a.jsonl.gz", Options(), ["n/a.jsonl.gz"]),
        ("n/a.jsonl.gz", Options(compress="none"), ["n/a.jsonl"]),
        ("a.txt", Options(compress="gz", to="bio"), ["a.txt.bio.gz"]),
        ("a.jsonl", Options(split_mb=600 / (1 << 20)), ["a-00000-of-00002.jsonl", "a-00001-of-00002.jsonl"]),
        ("a.jsonl.gz", Options(split_mb=600 / (1 << 20)), ["a.jsonl.gz"]),
    ],
)
def test_output_mirrors_the_input(name: str, options: Options, outputs: list[str]) -> None:
    given = Input(name, name, 1000, 0, "text", "gz" if name.endswith("gz") else "")
    assert [split.output for split in cut_splits([given], options, no_row_groups)] == outputs


def test_splits_cover_a_file_once() -> None:
    splits = cut_splits(
        [Input("a", "a", 1001, 0, "text"), Input("b", "b", 0, 0, "text")],
        Options(split_mb=1e-4),
        no_row_groups,
    )
    assert [(split.input.name, split.start, split.end) for split in splits[:2]] == [
        ("a", 0, 100),
        ("a", 100, 200),
    ]
    assert [(split.start, split.end) for split in splits[-2:]] == [(900, 1001), (0, 0)]
    assert [split.index for split in splits] == list(range(len(splits)))


def test_two_inputs_of_one_output_are_refused() -> None:
    both = [
        Input(name, name, 1, 0, "jsonl", packed) for name, packed in (("a.jsonl", ""), ("a.jsonl.gz", "gz"))
    ]
    with pytest.raises(
        BulkError, match=r"a.jsonl.gz: expected an output of its own, got 'a.jsonl', which a.jsonl"
    ):
        cut_splits(both, Options(compress="none"), no_row_groups)
