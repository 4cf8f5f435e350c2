"""A run goes on where it stopped, refuses to be another run, stops at too many bad rows, leaves nothing behind."""

import json
import os
from collections.abc import Callable, Generator, Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from bulk import all_names, bulk, files_of, rows_of, run_here

from model.bulk import tagging
from model.bulk.driver import check_apart, check_not_found
from model.bulk.job import BulkError, Input, Job, Options, Outcome, Split
from model.bulk.rows.reading import Batch, Found
from model.bulk.stores.choice import full_path
from model.bulk.tagging import answer_split, load_tagger
from model.tagger import Tagger
from model.words.file import Word, WordsError

SPLIT_MB = 60 / (1 << 20)
LINES = [f"第{number}号小明在北京" for number in range(20)]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text("\n".join(LINES), encoding="utf-8")
    return folder


class Stopped(Exception):
    """Stands for a kill."""


def stops_after(count: int) -> Callable[[Job, Iterable[Split]], Generator[Outcome | None, None, None]]:
    def run(job: Job, splits: Iterable[Split]) -> Generator[Outcome | None, None, None]:
        for number, outcome in enumerate(run_here(job, splits)):
            if number == count:
                raise Stopped
            yield outcome

    return run


def test_a_run_goes_on_where_it_stopped(tiny_bundle: Path, source: Path, tmp_path: Path) -> None:
    whole = bulk(tiny_bundle, source, tmp_path / "whole", split_mb=SPLIT_MB)
    target = tmp_path / "out"
    with pytest.raises(Stopped):
        bulk(tiny_bundle, source, target, stops_after(5), split_mb=SPLIT_MB)
    assert not (target / "_SUCCESS").exists()
    done: list[int] = []

    def count(job: Job, splits: Iterable[Split]) -> Generator[Outcome | None, None, None]:
        for outcome in run_here(job, splits):
            done.append(outcome.index if outcome else -1)
            yield outcome

    summary = bulk(tiny_bundle, source, target, count, split_mb=SPLIT_MB)
    assert done == list(range(6, whole["splits"]))  # the sixth was done, though nobody heard of it
    assert files_of(target) == files_of(tmp_path / "whole")
    assert [row["text"] for row in rows_of(target)] == LINES * 2
    same = ("rows", "chars", "entities", "errors", "splits", "bundle")
    assert {name: summary[name] for name in same} == {name: whole[name] for name in same}


def test_a_second_run_on_the_same_target_is_refused_and_harms_nothing(
    tiny_bundle: Path, source: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out"

    def disturbed(job: Job, splits: Iterable[Split]) -> Generator[Outcome | None, None, None]:
        for outcome in run_here(job, splits):
            with pytest.raises(BulkError, match="expected a TARGET that no other run writes to"):
                bulk(tiny_bundle, source, target, split_mb=SPLIT_MB)
            yield outcome

    bulk(tiny_bundle, source, target, disturbed, split_mb=SPLIT_MB)
    assert [row["text"] for row in rows_of(target)] == LINES * 2
    assert bulk(tiny_bundle, source, target, split_mb=SPLIT_MB)["rows"] == len(LINES) * 2


def test_nothing_but_output_is_left(tiny_bundle: Path, source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    bulk(tiny_bundle, source, target)
    assert all_names(target) == {"_manifest.json", "_SUCCESS", "a.txt.jsonl", "b.txt.jsonl"}
    (target / "_temporary").mkdir()
    (target / "_temporary" / "left-by-a-kill").write_text("x")
    (target / "_splits").mkdir()

    def never(job: Job, splits: Iterable[Split]) -> Generator[Outcome | None, None, None]:
        raise AssertionError

    assert bulk(tiny_bundle, source, target, never) == json.loads((target / "_SUCCESS").read_text("utf-8"))
    assert all_names(target) == {"_manifest.json", "_SUCCESS", "a.txt.jsonl", "b.txt.jsonl"}


def grow(source: Path) -> None:
    (source / "a.txt").write_text("x")


def touch(source: Path) -> None:
    os.utime(source / "a.txt", ns=(0, 0))


def add(source: Path) -> None:
    (source / "c.txt").write_text("x")


def take(source: Path) -> None:
    (source / "b.txt").unlink()


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (grow, {}, r"a.txt: \d+ bytes of \d+ -> 1 bytes of \d+"),
        (touch, {}, r"a.txt: (\d+) bytes of \d+ -> \1 bytes of 0"),
        (add, {}, r"c.txt: none -> 1 bytes of \d+"),
        (take, {}, r"b.txt: \d+ bytes of \d+ -> none"),
        (None, {"to": "bio"}, r"--to: None -> 'bio'"),
        (None, {"max_chars": 5}, r"--max-chars: 1000000 -> 5"),
        (None, {"split_mb": 1}, r"--split-mb: .* -> 1"),
    ],
)
def test_another_run_is_refused_with_what_differs(
    tiny_bundle: Path,
    source: Path,
    tmp_path: Path,
    change: Callable[[Path], None] | None,
    options: dict[str, object],
    said: str,
) -> None:
    with pytest.raises(Stopped):
        bulk(tiny_bundle, source, tmp_path / "out", stops_after(1), split_mb=SPLIT_MB)
    if change:
        change(source)
    with pytest.raises(BulkError, match=f"expected the run that TARGET holds, got another:\n  {said}"):
        bulk(tiny_bundle, source, tmp_path / "out", **{"split_mb": SPLIT_MB, **options})


WORDS = "第0号小明在北京\tPER\n# a name\n第1号小明在北京\tORG\n"


@pytest.fixture
def words(tmp_path: Path) -> Path:
    (tmp_path / "words.txt").write_text(WORDS, encoding="utf-8")
    return tmp_path / "words.txt"


def test_words_of_ones_own_are_evidence(tiny_bundle: Path, source: Path, tmp_path: Path, words: Path) -> None:
    bulk(tiny_bundle, source, tmp_path / "plain")
    bulk(tiny_bundle, source, tmp_path / "out", words=words)
    tagger = Tagger.load(tiny_bundle, "onnx", threads=1)
    given = [Word("第0号小明在北京", "PER"), Word("第1号小明在北京", "ORG")]
    expected = tagger.with_words(given, 50.0).tag(LINES)
    found = [[(one["text"], one["label"]) for one in row["entities"]] for row in rows_of(tmp_path / "out")]
    assert found == [[(one.text, one.label) for one in entities] for entities in expected] * 2
    assert found[:2] == [[("第0号小明在北京", "PER")], [("第1号小明在北京", "ORG")]]
    assert files_of(tmp_path / "out") != files_of(tmp_path / "plain")


@pytest.mark.parametrize(
    ("before", "now", "options", "said"),
    [
        (WORDS, None, {}, r"--words: '[0-9a-f]{64}' -> None\n  --words-strength: 50.0 -> None"),
        (None, WORDS, {}, r"--words: None -> '[0-9a-f]{64}'\n  --words-strength: None -> 50.0"),
        (WORDS, WORDS + "李鹏\tPER\n", {}, r"--words: '[0-9a-f]{64}' -> '[0-9a-f]{64}'\n"),
        (WORDS, WORDS, {"words_strength": 3.0}, r"--words-strength: 50.0 -> 3.0\n"),
    ],
)
def test_a_run_with_other_words_is_refused_with_what_differs(
    tiny_bundle: Path, source: Path, tmp_path: Path,
    before: str | None, now: str | None, options: dict[str, Any], said: str,
) -> None:  # fmt: skip
    path, target = tmp_path / "words.txt", tmp_path / "out"

    def run(content: str | None, *stops: Any, **others: Any) -> None:
        path.write_text(content or "", encoding="utf-8")
        bulk(tiny_bundle, source, target, *stops, words=path if content else None, split_mb=1, **others)

    with pytest.raises(Stopped):
        run(before, stops_after(1))
    with pytest.raises(BulkError, match=f"expected the run that TARGET holds, got another:\n  {said}"):
        run(now, **options)
    run(before)
    assert [row["text"] for row in rows_of(target)] == LINES * 2


def test_a_run_without_words_goes_on_from_before_there_were_any(
    tiny_bundle: Path, source: Path, tmp_path: Path
) -> None:
    with pytest.raises(Stopped):
        bulk(tiny_bundle, source, tmp_path / "out", stops_after(1))
    manifest = json.loads((tmp_path / "out" / "_manifest.json").read_text("utf-8"))
    assert [manifest["options"].pop(name) for name in ("words", "words_strength")] == [None, None]
    (tmp_path / "out" / "_manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert bulk(tiny_bundle, source, tmp_path / "out")["rows"] == len(LINES) * 2


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (
            WORDS + "李鹏\tPER\n",
            BulkError,
            "words.txt: expected the words that this run began with, got others",
        ),
        ("李鹏\n", WordsError, "words.txt:1: expected a word, a tab and a label, got '李鹏'"),
    ],
)
def test_words_that_change_meanwhile_are_told(
    tiny_bundle: Path, source: Path, tmp_path: Path, words: Path,
    content: str, error: type[Exception], said: str,
) -> None:  # fmt: skip
    def change(job: Job, splits: Iterable[Split]) -> Generator[Outcome | None, None, None]:
        words.write_text(content, encoding="utf-8")
        load_tagger.cache_clear()
        for split in splits:
            answer = answer_split(job, split)  # what a worker of any engine sends back
            if isinstance(answer, Exception):
                raise answer
            yield answer

    with pytest.raises(error, match=said):
        bulk(tiny_bundle, source, tmp_path / "out", change, words=words)


@pytest.mark.parametrize(
    ("source", "target", "is_refused"),
    [
        ("in/**/*.txt", "in/out", False),  # its outputs end otherwise
        ("in/**/*.txt*", "in/out", True),
        ("in/**", "in/out", True),
        ("in/*", "in/out", False),
        ("in/**", "in/_out", False),
        ("in/**", "out", False),
        ("in", "in/out", False),  # which check_apart refuses
    ],
)
def test_a_pattern_that_would_find_its_own_output_is_refused(
    source: str, target: str, is_refused: bool
) -> None:
    """A run that was killed could never go on: its input would have changed."""
    split = Split(0, Input("in/a.txt", "a.txt", 1, 0, "text"), 0, 1, "a.txt.jsonl")
    expected = pytest.raises(
        BulkError, match=r"in/out: expected a folder apart from SOURCE, got one in which 'in/"
    )
    with expected if is_refused else nullcontext():
        check_not_found(source, target, [split])


def test_an_input_that_changes_meanwhile_is_told(tiny_bundle: Path, source: Path, tmp_path: Path) -> None:
    def change(job: Job, splits: Iterable[Split]) -> Generator[Outcome | None, None, None]:
        grow(source)
        return run_here(job, splits)

    with pytest.raises(
        BulkError, match=r"a.txt: expected the file as this run found it, got one that has changed"
    ):
        bulk(tiny_bundle, source, tmp_path / "out", change)


@pytest.mark.parametrize("change", [Path.unlink, lambda path: os.truncate(path, 40)])
def test_an_input_that_changes_while_it_is_read_is_told(
    tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    """Rows may be missing then: the run may not end as if all were well."""
    source = tmp_path / "a.txt"
    source.write_text("\n".join(LINES * 1_000), encoding="utf-8")
    batches = iter(range(100))

    def tag_and_change(tagger: Tagger, batch: Batch) -> Found:
        if next(batches) == 1:
            change(source)
        return [[] for _ in batch.texts]

    monkeypatch.setattr(tagging, "tag_batch", tag_and_change)
    with pytest.raises(BulkError, match=r"a.txt: expected the file as this run found it, got"):
        bulk(tiny_bundle, source, tmp_path / "out")
    assert not (tmp_path / "out/_SUCCESS").exists()


def test_another_bundle_behind_the_same_name_is_told(tiny_bundle: Path, source: Path, tmp_path: Path) -> None:
    def change(job: Job, splits: Iterable[Split]) -> Generator[Outcome | None, None, None]:
        return run_here(Job(job.bundle, "0" * 64, job.target, job.options), splits)

    with pytest.raises(BulkError, match="expected the bundle that this run began with, got another"):
        bulk(tiny_bundle, source, tmp_path / "out", change)


@pytest.mark.parametrize("name", ["notes.txt", "sub/notes.txt"])
def test_a_folder_with_something_else_is_refused(
    tiny_bundle: Path, source: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "out" / name).parent.mkdir(parents=True)
    (tmp_path / "out" / name).write_text("mine")
    with pytest.raises(BulkError, match=f"expected a new or empty folder, got .*{name}"):
        bulk(tiny_bundle, source, tmp_path / "out")


def test_a_target_that_is_a_file_is_refused(tiny_bundle: Path, source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(BulkError, match="expected a new or empty folder, got a file"):
        bulk(tiny_bundle, source, tmp_path / "out")


@pytest.mark.parametrize(("target", "apart"), [("in", False), ("in/x", False), ("", False), ("in2", True)])
def test_source_and_target_lie_apart(target: str, apart: bool) -> None:
    if apart:
        check_apart("/data/in", f"/data/{target}")
    else:
        with pytest.raises(BulkError, match="expected a folder apart from SOURCE"):
            check_apart("/data/in", f"/data/{target}")


def test_a_link_does_not_hide_that_target_lies_in_source(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "link").symlink_to("in")
    with pytest.raises(BulkError, match="expected a folder apart from SOURCE"):
        check_apart(str(tmp_path / "link"), str(tmp_path / "in" / "out"))


def test_an_empty_path_is_not_the_folder_one_is_in() -> None:
    with pytest.raises(BulkError, match="expected a path or URL, got ''"):
        full_path("")


@pytest.mark.parametrize("names", [{"entities_field": "text"}, {"entities_field": "e", "error_field": "e"}])
def test_two_fields_of_one_name_are_refused(names: dict[str, str]) -> None:
    with pytest.raises(BulkError, match="expected three names that differ, got --field 'text', "):
        Options(**names)


def test_too_many_bad_rows_stop_with_the_first_places(tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n' + "bad\n" * 6)
    with pytest.raises(
        BulkError, match=r"at most 3 bad rows \(--max-bad\), got \d so far:\n  a.jsonl: line 2: exp"
    ):
        bulk(tiny_bundle, tmp_path / "a.jsonl", tmp_path / "out", max_bad=3)
    summary = bulk(tiny_bundle, tmp_path / "a.jsonl", tmp_path / "out", max_bad=6)
    assert summary["errors"] == 6


def test_bad_rows_of_all_splits_count(tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("bad\n" * 30)
    with pytest.raises(BulkError, match=r"got 4 so far:\n  a.jsonl: line 1: .*\n  a.jsonl: line 2"):
        bulk(tiny_bundle, tmp_path / "a.jsonl", tmp_path / "out", max_bad=3, split_mb=8 / (1 << 20))


def test_a_line_after_a_border_is_named_by_it(tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": ""}\n' * 4 + "bad\n")
    summary = bulk(tiny_bundle, tmp_path / "a.jsonl", tmp_path / "out", split_mb=28 / (1 << 20))
    (said,) = summary["first_errors"]
    assert said.startswith("a.jsonl: line 2 after byte 28: expected a JSON object, got 'bad'")
