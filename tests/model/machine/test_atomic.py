"""A file or a folder appears whole or not at all."""

import os
from pathlib import Path
from typing import Any

import pytest

from model.machine.atomic import atomic_file, atomic_folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    with atomic_file(path) as partial:
        partial.write_text("after")
        assert path.read_text() == "before"
    assert (path.read_text(), names(tmp_path)) == ("after", ["file"])


def test_a_failed_write_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    with pytest.raises(KeyboardInterrupt), atomic_file(path) as partial:  # noqa: PT012
        partial.write_text("half")
        raise KeyboardInterrupt
    assert (path.read_text(), names(tmp_path)) == ("before", ["file"])


def test_a_folder_replaces_another_and_what_a_killed_process_left(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    (tmp_path / "folder.partial").mkdir()
    (tmp_path / "folder.partial" / "old").write_text("")
    with atomic_folder(path) as partial:
        (partial / "one").write_text("")
    with atomic_folder(path, overwrite=True) as partial:
        (partial / "two").write_text("")
    assert (names(path), names(tmp_path)) == (["two"], ["folder"])


def test_a_folder_that_another_process_writes_is_left_to_it(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    with atomic_folder(path) as partial:
        (partial / "file").write_text("whole")
        with pytest.raises(BlockingIOError, match="another process is writing it"), atomic_folder(path):
            raise AssertionError("two write at once")
        with pytest.raises(BlockingIOError), atomic_folder(path, overwrite=True):
            raise AssertionError("two write at once")
    assert (path / "file").read_text() == "whole"
    with atomic_folder(path, overwrite=True) as partial:
        assert list(partial.iterdir()) == []
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder"]


def test_a_folder_is_replaced_only_on_request(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileExistsError, match="is there already"), atomic_folder(tmp_path / "folder"):
        pass
    assert names(tmp_path) == ["folder"]


def test_two_that_write_one_file_at_once_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with atomic_file(path) as partial:
        partial.write_text("first")
        with pytest.raises(BlockingIOError, match="another process is writing it"), atomic_file(path):
            pass
    assert (path.read_text(), names(tmp_path)) == ("first", ["file"])
    with atomic_file(path) as partial:
        partial.write_text("second")
    assert path.read_text() == "second"


@pytest.mark.parametrize(("name", "kind"), [("", IsADirectoryError), ("none/file", FileNotFoundError)])
def test_what_cannot_be_written_is_named_as_it_was_given(tmp_path: Path, name: str, kind: type) -> None:
    with pytest.raises(kind) as raised, atomic_file(tmp_path / name):
        pass
    assert (raised.value.filename, names(tmp_path)) == (str(tmp_path / name), [])


def test_the_folder_one_is_in_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(IsADirectoryError), atomic_file(Path(".")):
        pass


@pytest.mark.parametrize("atomic", [atomic_file, atomic_folder])
def test_a_full_disk_is_told_with_the_name_that_was_to_be_written(tmp_path: Path, atomic: Any) -> None:
    with (
        pytest.raises(OSError, match=f"No space left on device: '{tmp_path}/new'"),
        atomic(tmp_path / "new"),
        open("/dev/full", "wb") as full,
    ):
        os.write(full.fileno(), b"text")
    assert names(tmp_path) == []
