"""Every row comes out once, in its place, with what it had; a bad one says why."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest
from bulk import bulk, files_of, rows_of
from bulk_cases import MAX_CHARS, ROW_CASES

from model.formats import FORMS
from model.tagger import Tagger

TEXTS = ["小明在北京。", "", "张三到过上海市复旦大学。😀", "a\u2028b\x85c"]


# How it is packed, by another library where there is one.
PACK = {"": bytes, ".gz": gzip.compress, ".zst": lambda content: pa.compress(content, "zstd", asbytes=True)}


def unpack(content: bytes, ending: str) -> bytes:
    if ending == ".zst":
        return pa.CompressedInputStream(pa.BufferReader(content), "zstd").read()
    return gzip.decompress(content) if ending else content


@pytest.mark.parametrize("ending", PACK)
@pytest.mark.parametrize("split_mb", [None, 200 / (1 << 20)])
def test_json_rows(
    tiny_bundle: Path, tagger: Tagger, tmp_path: Path, ending: str, split_mb: float | None
) -> None:
    content = b"\n".join(case.line for case in ROW_CASES)
    name = f"rows.jsonl{ending}"
    (tmp_path / name).write_bytes(PACK[ending](content))
    target = tmp_path / "out"
    summary = bulk(tiny_bundle, tmp_path / name, target, max_chars=MAX_CHARS, split_mb=split_mb)

    bad = [case for case in ROW_CASES if case.text is None]
    assert (summary["rows"], summary["errors"]) == (len(ROW_CASES), len(bad))
    assert len(summary["first_errors"]) == 5
    written = b"".join(unpack(file, ending) for file in files_of(target).values())
    for case, line in zip(ROW_CASES, written.split(b"\n")[:-1], strict=True):
        row = json.loads(line)
        if case.text is None:
            assert row["error"].startswith(case.error)
            assert row["entities"] is None
        else:
            (found,) = tagger.tag([case.text])
            assert "error" not in row
            assert row["entities"] == [entity._asdict() for entity in found]
        own = case.line.strip()
        if own.startswith(b"{") and "utf-8" not in case.error:
            assert own.removesuffix(b"}") in line  # as it was written, number for number


@pytest.mark.parametrize(
    "value", ["7" * 5000, "-" + "7" * 5000, "NaN", "-0", "1E400", "1.50", '"\\ud83d"', "[" * 200 + "]" * 200]
)
def test_other_fields_come_back_as_they_were_written(tiny_bundle: Path, tmp_path: Path, value: str) -> None:
    line = f'{{"n": {value}, "n": {value}, "text": "小明"'
    (tmp_path / "a.jsonl").write_text(line + "}", encoding="utf-8")
    assert bulk(tiny_bundle, tmp_path / "a.jsonl", tmp_path / "out")["errors"] == 0
    assert (tmp_path / "out/a.jsonl").read_text("utf-8").startswith(f'{line}, "entities": [')


@pytest.mark.parametrize("form", FORMS)
def test_text_comes_out_as_the_command_tag_writes_it(
    tiny_bundle: Path, tagger: Tagger, tmp_path: Path, form: str
) -> None:
    (tmp_path / "a.txt").write_bytes("\ufeff".encode() + "\r\n".join(TEXTS).encode())
    bulk(tiny_bundle, tmp_path / "a.txt", tmp_path / "out", to=form)
    tagged = zip(TEXTS, tagger.tag(TEXTS), strict=True)
    assert b"".join(files_of(tmp_path / "out").values()).decode() == "".join(
        FORMS[form](*row) for row in tagged
    )


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a", ["a"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n", ["a", "\ufeffb"]),
        (b"a\n\xff\nb", ["a", None, "b"]),
        (b"a\rb\x0bc", ["a\rb\x0bc"]),
    ],
)
def test_lines_of_text(tiny_bundle: Path, tmp_path: Path, content: bytes, texts: list[str | None]) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    summary = bulk(tiny_bundle, tmp_path / "a.txt", tmp_path / "out")
    rows = rows_of(tmp_path / "out")
    assert [row["text"] for row in rows] == texts
    assert [row.get("error") is None for row in rows] == [text is not None for text in texts]
    assert (summary["rows"], summary["chars"]) == (len(texts), sum(len(text or "") for text in texts))
    assert list(files_of(tmp_path / "out")) == ["a.txt.jsonl"]


def test_forms_without_fields_have_an_empty_row_for_a_bad_one(tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"t": 1}\n{"text": "x\\ny \\ud800"}\n')
    bulk(tiny_bundle, tmp_path / "a.jsonl", tmp_path / "out", to="inline")
    (content,) = files_of(tmp_path / "out").values()
    first, second, last = content.split(b"\n")  # a line break in a text is none in the output
    assert (first, last) == (b"", b"")
    assert b"\\ud800" in second


def test_other_names_for_what_is_added(tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"entities": 1, "body": "x"}\n{"error": 2}\n')
    names = {"field": "body", "entities_field": "found", "error_field": "why"}
    bulk(tiny_bundle, tmp_path / "a.jsonl", tmp_path / "out", **names)
    first, second = rows_of(tmp_path / "out")
    assert list(first) == ["entities", "body", "found"]
    assert list(second) == ["error", "found", "why"]


def test_gb18030(tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("北京\n㐀𠀀".encode("gb18030"))
    bulk(tiny_bundle, tmp_path / "a.txt", tmp_path / "out", encoding="gb18030")
    assert [row["text"] for row in rows_of(tmp_path / "out")] == ["北京", "㐀𠀀"]


def test_packed_output_is_the_same_bytes_at_any_time(tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("北京")
    for name in ("one", "two"):
        bulk(tiny_bundle, tmp_path / "a.txt", tmp_path / name, compress="gz")
    (one,), (two,) = (files_of(tmp_path / name).values() for name in ("one", "two"))
    assert one == two
    assert json.loads(gzip.decompress(one))["text"] == "北京"
