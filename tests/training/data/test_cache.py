import errno
import multiprocessing
import shutil
from pathlib import Path

import pytest

from training.data.cache import ROOT, CacheError, cached_folder, code_sha256, is_sound


def write_hello(folder: Path) -> None:
    (folder / "text").write_text("hello")


def must_not_write(folder: Path) -> None:
    raise AssertionError("written again")


def test_whole_folder_is_not_written_again(tmp_path):
    folder = cached_folder(tmp_path / "cache", "key", write_hello)
    assert cached_folder(tmp_path / "cache", "key", must_not_write) == folder
    assert (folder / "text").read_text() == "hello"
    assert not list((tmp_path / "cache").glob("*.partial"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "text").write_text("hell"),
        lambda folder: (folder / "text").write_text("hellO"),
        lambda folder: (folder / "text").unlink(),
        lambda folder: (folder / "more").write_text(""),
        lambda folder: (folder / "meta.json").unlink(),
        lambda folder: (folder / "meta.json").write_text("{"),
        lambda folder: (folder / "meta.json").write_text("[1]"),
        lambda folder: (folder / "meta.json").write_bytes(b"\xff"),
    ],
    ids=["short", "changed", "missing", "foreign file", "no meta", "torn meta", "other meta", "binary meta"],
)
def test_spoilt_folder_is_built_anew(tmp_path, spoil):
    folder = cached_folder(tmp_path, "key", write_hello)
    spoil(folder)
    assert not is_sound(folder, "key")
    cached_folder(tmp_path, "key", write_hello)
    assert is_sound(folder, "key")


def test_folder_of_another_key_is_stale(tmp_path):
    cached_folder(tmp_path, "old", write_hello).rename(tmp_path / "new")
    assert not is_sound(tmp_path / "new", "new")


def test_half_written_folder_is_built_anew(tmp_path):
    (tmp_path / "key.partial").mkdir()
    (tmp_path / "key.partial" / "left").write_text("by a killed process")
    folder = cached_folder(tmp_path, "key", write_hello)
    assert {path.name for path in folder.iterdir()} == {"meta.json", "text"}


def test_failed_write_leaves_no_folder(tmp_path):
    with pytest.raises(AssertionError, match="written again"):
        cached_folder(tmp_path, "key", must_not_write)
    assert [path.name for path in tmp_path.iterdir()] == ["key.lock"]


def test_full_disk_is_said(tmp_path):
    def write(folder: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(CacheError, match="key: the disk is full; make room or choose another cache folder"):
        cached_folder(tmp_path, "key", write)


def test_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheError, match=r"cannot write the cache: .*; choose another cache folder"):
        cached_folder(tmp_path / "file", "key", write_hello)


def test_code_counts_with_all_that_it_imports(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    (tmp_path / "one" / "a.py").write_text("from two.b import x\nimport numpy")
    (tmp_path / "two" / "b.py").write_text("import one.a\nfrom two import c")
    (tmp_path / "two" / "c.py").write_text("")
    (tmp_path / "two" / "d.py").write_text("")
    before = code_sha256(tmp_path / "one" / "a.py", tmp_path)
    (tmp_path / "two" / "d.py").write_text("changed = True")
    assert code_sha256(tmp_path / "one" / "a.py", tmp_path) == before
    (tmp_path / "two" / "c.py").write_text("changed = True")
    assert code_sha256(tmp_path / "one" / "a.py", tmp_path) != before


@pytest.mark.parametrize("changed", [
        "training/data/arrays.py",
        "training/data/encode.py",
        "training/corpus/reader.py",
        "model/features/lexicon.py",
        "model/tags/schemes.py",
        "model/text.py",
    ])
def test_changed_source_changes_the_key_of_the_arrays(tmp_path, changed):
    for package in ("model", "training"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    arrays = tmp_path / "training" / "data" / "arrays.py"
    before = code_sha256(arrays, tmp_path)
    assert before == code_sha256(ROOT / "training" / "data" / "arrays.py")
    with (tmp_path / changed).open("a") as file:
        file.write("# changed\n")
    assert code_sha256(arrays, tmp_path) != before


def build_and_count(directory: Path) -> None:
    def write(folder: Path) -> None:
        with (directory / "builds").open("a") as file:
            file.write("x")
        (folder / "text").write_text("hello")

    cached_folder(directory / "cache", "key", write)


def test_processes_that_start_together_build_once(tmp_path):
    processes = [multiprocessing.Process(target=build_and_count, args=(tmp_path,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert (tmp_path / "builds").read_text() == "x"
