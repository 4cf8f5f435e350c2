"""Parquet in and out: all columns stay, row groups are split, what is no text is told."""

import datetime
import decimal
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bulk import bulk, files_of, rows_of
from bulk_cases import MAX_CHARS, ROW_CASES

from model.bulk.job import BulkError
from model.tagger import Tagger

TEXTS = ["小明在北京。", "", None, "张三到过上海市复旦大学。😀", "年" * 60, "李鹏"]
ERRORS = [
    None,
    None,
    "body: expected a text, got null",
    None,
    "expected a text of at most 50 characters",
    None,
]


def table(kind: pa.DataType) -> pa.Table:
    texts = pa.array(TEXTS, pa.string())
    body = texts.dictionary_encode() if pa.types.is_dictionary(kind) else texts.cast(kind)
    day = datetime.date(2026, 1, 2)
    return pa.table(
        {"id": pa.array(range(6), pa.int16()), "body": body, "day": [day] * 6, "tags": [["a"], None] * 3}
    )


def read(target: Path) -> pa.Table:
    return pa.concat_tables(pq.ParquetFile(path).read() for path in sorted(target.glob("*.parquet")))


@pytest.mark.parametrize(
    "kind",
    [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string()), pa.binary()],
    ids=["string", "large", "view", "dictionary", "binary"],
)
@pytest.mark.parametrize("split_mb", [None, 0.0001])
def test_rows_keep_their_columns(
    tiny_bundle: Path, tagger: Tagger, tmp_path: Path, kind: pa.DataType, split_mb: float | None
) -> None:
    given = table(kind)
    pq.write_table(given, tmp_path / "a.parquet", row_group_size=2)
    summary = bulk(
        tiny_bundle,
        tmp_path / "a.parquet",
        tmp_path / "out",
        field="body",
        max_chars=MAX_CHARS,
        split_mb=split_mb,
    )
    assert (summary["rows"], summary["errors"], summary["splits"]) == (6, 2, 3 if split_mb else 1)
    assert summary["first_errors"][0] == "a.parquet: row 3: body: expected a text, got null"
    assert summary["first_errors"][1].startswith("a.parquet: row 5: ")
    tagged = read(tmp_path / "out")
    assert tagged.drop_columns(["entities", "error"]).equals(given)
    for text, error, row in zip(TEXTS, ERRORS, tagged.to_pylist(), strict=True):
        if error:
            assert (row["entities"], row["error"].startswith(error)) == (None, True)
        else:
            (found,) = tagger.tag([text or ""])
            assert (row["entities"], row["error"]) == ([entity._asdict() for entity in found], None)


def test_bytes_that_are_no_utf8_are_a_bad_row(tiny_bundle: Path, tmp_path: Path) -> None:
    wrong = pa.array([b"a", b"\xff", b"b"]).view(pa.string())
    pq.write_table(pa.table({"text": wrong, "id": [1, 2, 3]}), tmp_path / "a.parquet")
    for to in (None, "jsonl"):
        summary = bulk(tiny_bundle, tmp_path / "a.parquet", tmp_path / f"out-{to}", to=to)
        assert summary["first_errors"] == ["a.parquet: row 2: text: expected utf-8, got byte b'\\xff' at 0"]
    assert read(tmp_path / "out-None").column("id").to_pylist() == [1, 2, 3]
    assert [row.get("id") for row in rows_of(tmp_path / "out-jsonl")] == [1, None, 3]


def test_json_lines_of_parquet(tiny_bundle: Path, tmp_path: Path) -> None:
    price = decimal.Decimal("1.50")
    given = pa.table({"text": ["北京"], "day": [datetime.date(2026, 1, 2)], "price": [price], "n": [None]})
    pq.write_table(given, tmp_path / "a.parquet")
    bulk(tiny_bundle, tmp_path / "a.parquet", tmp_path / "out", to="jsonl", compress="none")
    (row,) = rows_of(tmp_path / "out")
    assert list(row) == ["text", "day", "price", "n", "entities"]
    assert (row["text"], row["day"], row["price"], row["n"]) == ("北京", "2026-01-02", "1.50", None)


BEYOND = pa.array([253402300800], pa.timestamp("s"))  # the first second of the year 10000


@pytest.mark.parametrize(
    ("column", "written"),
    [
        (pa.array(["北京".encode()]), "北京"),
        (pa.array([b"\xff!"]), "\\xff!"),
        (pa.array([float("nan")]), None),
        (pa.array([[1.5, float("-inf")]]), [1.5, None]),
        (pa.array([{"a": float("nan"), "b": 1}]), {"a": None, "b": 1}),
        (pa.array([1], pa.timestamp("ns")), "1970-01-01 00:00:00.000000001"),
        (pa.array([[{"at": 1}]], pa.list_(pa.struct({"at": pa.timestamp("ns")}))),
         [{"at": "1970-01-01 00:00:00.000000001"}]),
        (pa.array([7], pa.duration("ns")), "7"),
        (pa.array([7], pa.time64("ns")), "00:00:00.000000007"),
        (BEYOND, "10000-01-01 00:00:00.000"),
    ],
)  # fmt: skip
def test_values_that_json_has_not_are_spelt_out(
    tiny_bundle: Path, tmp_path: Path, column: pa.Array, written: Any
) -> None:
    pq.write_table(pa.table({"text": ["北京"], "value": column}), tmp_path / "a.parquet")
    bulk(tiny_bundle, tmp_path / "a.parquet", tmp_path / "out", to="jsonl")
    (content,) = files_of(tmp_path / "out").values()
    row = json.loads(content, parse_constant=pytest.fail)  # NaN is no JSON
    assert (row["text"], row["value"]) == ("北京", written)


def test_texts_in_bytes_are_texts_in_json_lines(tiny_bundle: Path, tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["小明在北京。".encode()]}), tmp_path / "a.parquet")
    bulk(tiny_bundle, tmp_path / "a.parquet", tmp_path / "out", to="jsonl")
    (row,) = rows_of(tmp_path / "out")
    assert row["text"] == "小明在北京。"


def test_a_damaged_page_ends_the_run_with_words(tiny_bundle: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["北京"] * 100}), path, use_dictionary=False, compression="none")
    content = bytearray(path.read_bytes())
    content[60:90] = b"\xff" * 30
    path.write_bytes(content)
    said = "a.parquet: expected Parquet whose row groups 0 to 0 can be read, got .*; write the file anew"
    with pytest.raises(BulkError, match=said):
        bulk(tiny_bundle, path, tmp_path / "out")


def test_two_columns_of_one_name_are_told(tiny_bundle: Path, tmp_path: Path) -> None:
    columns = [pa.array(["a"]), pa.array(["b"])]
    pq.write_table(pa.Table.from_arrays(columns, names=["text", "text"]), tmp_path / "a.parquet")
    with pytest.raises(BulkError, match=r"a\.parquet: expected one column 'text', got 2; rename the others"):
        bulk(tiny_bundle, tmp_path / "a.parquet", tmp_path / "out")


def test_offsets_in_parquet_are_those_of_its_text(tiny_bundle: Path, tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "\\ud800小明在北京。"}')
    bulk(tiny_bundle, tmp_path / "a.jsonl", tmp_path / "out", to="parquet")
    (row,) = read(tmp_path / "out").to_pylist()
    assert row["text"] == "\ufffd小明在北京。"
    assert len(row["entities"]) == len(tagger.tag(["\ud800小明在北京。"])[0])
    assert all(row["text"][e["start"] : e["end"]] == e["text"] for e in row["entities"])


def test_parquet_of_json_lines(tiny_bundle: Path, tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(case.line for case in ROW_CASES))
    bulk(tiny_bundle, tmp_path / "a.jsonl", tmp_path / "out", to="parquet", max_chars=MAX_CHARS)
    rows = read(tmp_path / "out").to_pylist()
    for case, row in zip(ROW_CASES, rows, strict=True):
        assert row["text"] == case.text
        assert (row["entities"] is None, (row["error"] or "").startswith(case.error)) == (
            case.text is None,
            True,
        )
        if case.text is not None:
            assert row["row"].encode() == case.line.strip()


def test_parquet_of_text(tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("北京\n".encode() + b"\xff\n")
    bulk(tiny_bundle, tmp_path / "a.txt", tmp_path / "out", to="parquet")
    assert list(files_of(tmp_path / "out")) == ["a.txt.parquet"]
    assert read(tmp_path / "out").column("text").to_pylist() == ["北京", None]


def test_a_file_without_rows_is_one(tiny_bundle: Path, tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / "a.parquet")
    assert bulk(tiny_bundle, tmp_path / "a.parquet", tmp_path / "out")["rows"] == 0
    assert read(tmp_path / "out").column_names == ["text", "entities", "error"]


def test_row_groups_of_the_output_are_not_those_of_batches(tiny_bundle: Path, tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["北京"] * 5000}), tmp_path / "a.parquet")
    bulk(tiny_bundle, tmp_path / "a.parquet", tmp_path / "out")
    assert pq.ParquetFile(tmp_path / "out" / "a.parquet").metadata.num_row_groups == 1


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"title": ["x"]}, "a.parquet: expected the column 'text', got title; name one by --column"),
        ({"text": [1]}, "a.parquet: text: expected texts, got int64"),
        (
            {"text": ["x"], "entities": [1]},
            "expected no column 'entities', which is ours; take --entities-field",
        ),
        ({"text": ["x"], "error": [1]}, "expected no column 'error', which is ours; take --error-field"),
        (None, "a.parquet: expected a Parquet file, got "),
    ],
)
def test_columns_that_cannot_be_are_told(
    tiny_bundle: Path, tmp_path: Path, columns: dict[str, Any] | None, said: str
) -> None:
    if columns is None:
        (tmp_path / "a.parquet").write_text("text")
    else:
        pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(BulkError) as error:
        bulk(tiny_bundle, tmp_path / "a.parquet", tmp_path / "out")
    assert said in str(error.value)
