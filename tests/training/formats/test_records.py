"""JSON of annotation tools is read as it is exported: each shape, and what is wrong with each that cannot be read."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from training.corpus.reader import CorpusError, ReadReport
from training.formats.reading import read_sentences

TEXT = "小明去北京大学"
REGION = {"start": 0, "end": 2, "text": "小明", "labels": ["PER"]}
TASK = {"id": 1, "data": {"text": TEXT}, "annotations": [{"result": [{"type": "labels", "value": REGION}]}]}
TAGGED = [("小明去北京大学", "B-PER I-PER O O O O O")]


def read(path: Path, content: str | bytes, **options: Any) -> list[tuple[str, str]]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [(one.text, " ".join(one.tags)) for one in read_sentences(path, **options)]


def dump(*records: Any) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("doccano", {"id": 1, "text": TEXT, "label": [[0, 2, "PER"]]}),
        ("doccano", {"id": 1, "text": TEXT, "labels": [[0, 2, "PER"]], "Comments": []}),
        ("doccano", {"id": 1, "data": TEXT, "label": [[0, 2, "PER"]]}),
        ("doccano", {"id": 1, "text": TEXT, "relations": [],
                     "entities": [{"id": 5, "label": "PER", "start_offset": 0, "end_offset": 2}]}),
        ("zitag", {"text": TEXT, "entities": [{"start": 0, "end": 2, "text": "小明", "label": "PER", "score": 0.9}]}),
        ("zitag", {"text": TEXT, "entities": [{"start": 0, "end": 2, "label": "PER"}]}),
        ("cluener", {"text": TEXT, "label": {"PER": {"小明": [[0, 1]]}}}),
        ("label-studio", TASK),
        ("label-studio", {"data": {"note": "北", "body": TEXT}, "annotations": TASK["annotations"]}),
        ("label-studio", {"data": {"text": TEXT}, "completions": TASK["annotations"]}),
        ("label-studio-min", {"text": TEXT, "id": 1, "label": [REGION], "annotator": 1, "annotation_id": 1}),
        ("label-studio-min", {"body": TEXT, "ner": [REGION], "updated_at": "2026-11-01T10:00:00Z"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("shape", ["a line", "lines", "array", "indented", "packed", "with a mark"])
def test_each_shape_is_recognised_by_its_content(
    tmp_path: Path, name: str, record: dict[str, Any], shape: str
) -> None:
    content = {
        "a line": dump(record).encode(),
        "lines": dump(record, record).encode(),
        "array": json.dumps([record, record]).encode(),
        "indented": json.dumps([record, record], indent=2, ensure_ascii=False).encode(),
        "packed": gzip.compress(dump(record).encode()),
        "with a mark": b"\xef\xbb\xbf" + dump(record).encode(),
    }[shape]
    report = ReadReport()
    times = 2 if shape in ("lines", "array", "indented") else 1
    assert read(tmp_path / "export", content, report=report) == TAGGED * times
    assert report.written_in == name
    assert report.tally.notes() == []


def test_other_objects_one_after_another_are_read_too(tmp_path: Path) -> None:
    record = {"text": TEXT, "label": {"PER": {"小明": [[0, 1]]}}}
    assert read(tmp_path / "train.json", json.dumps(record, indent=1) * 2) == TAGGED * 2


def test_a_sentence_stands_at_its_line_or_record(tmp_path: Path) -> None:
    record = {"text": TEXT, "label": [[0, 2, "PER"]]}
    for content, line in ((dump(record) + "\n" + dump(record), 3), (json.dumps([record, record]), 2)):
        (tmp_path / "train.json").write_text(content, "utf-8")
        assert [one.line for one in read_sentences(tmp_path / "train.json")] == [1, line]


def doccano(*rows: Any, text: Any = TEXT) -> str:
    return dump({"text": text, "label": list(rows)})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (doccano([0, 9, "PER"]), ":1: expected a start and an end within the 7 characters of its text, got 0 to 9 (PER)"
         " in '小明去北京大学'; count code points from 0, the end excluded"),
        (doccano([-1, 2, "PER"]), "got -1 to 2 (PER)"),
        (doccano([2, 0, "PER"]), "got 2 to 0 (PER)"),
        (doccano([0.0, 2, "PER"]), ":1: expected two whole numbers, start and end, got 0.0 and 2; count"),
        (doccano([0, 2, 3]), ":1: expected the name of a label, got 3; export labels by their names"),
        (doccano([0, 2, None]), "expected the name of a label, got None"),
        (doccano([0, 2, ""]), "expected a label of at most 64 characters that can be seen, got ''; give the label"),
        (doccano([0, 2]), ":1: expected [start, end, label] for each entity, got '[0, 2]'; export a project"),
        (doccano("positive"), "for each entity, got 'positive'; export a project of sequence labelling"),
        (doccano([0, 2, "PER"], text=None), ":1: expected a text in 'text', got 'None'; give each record its text"),
        (doccano([0, 1, "PER"], text="\0好"), "expected text, got a NUL"),
        ('{"text": "\\ud83d", "label": []}', "got half of a pair of surrogates, U+D83D"),
        (doccano([0, 2, "PER"]) + "{}", ":2: expected a field 'text', got the fields of an empty object; give"),
        (doccano([0, 2, "PER"]) + '{"text": "好"',
         ":2: expected a JSON object on each line, got '{\"text\": \"好\"' (Expecting"),
        (doccano([0, 2, "PER"]) + "[1]", ":2: expected a JSON object for each record, got '[1]'; see docs/formats.md"),
        ('[{"text": "好", "label": []},\n {"text": "好" "label": []}]', ":2: expected record 2 to be JSON, got "),
        ('{"text": ' + "[" * 100_000, "nested too deeply"),
        (dump({"text": TEXT, "entities": [{"start": 0, "end": 1, "label": "PER", "text": "小明"}]}),
         ":1: expected '小明' (PER) where its offsets say, got '小' at 0 to 1; "
         "give the end as the first character after the entity"),
        (dump({"text": TEXT, "entities": [{"start": 1, "end": 3, "label": "PER", "text": "小明"}]}),
         "got '明去' at 1 to 3; it stands at 0; count code points from 0, the end excluded"),
        (dump({"text": TEXT, "label": {"PER": {"小明": [[0, 2]]}}}),
         ":1: expected '小明' (PER) where its offsets say, got '小明去'"),
        (dump({"text": TEXT, "label": {"PER": ["小明"]}}), ":1: expected an object of labels, and of texts in each"),
        (json.dumps([TASK, {"data": {"a": "好", "b": "好"}, "annotations": [{"result": []}]}]),
         ": record 2: expected one field that holds the text, got the fields 'a', 'b'; "
         "name it 'text', or take the other fields out"),
        (dump({"id": 1, "text": TEXT}),
         ": expected records of label-studio, label-studio-min, cluener, doccano, zitag or huggingface, got"
         " records with the fields 'id', 'text'; export it in one of these, or say which it is (--format)"),
        ("[]", ": expected at least one record, got none; leave the file out"),
        ('[["小", "B-PER"]]', ": record 1: expected a JSON object for each record, got '[\"小\", \"B-PER\"]'; see"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_its_place(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        read(tmp_path / "train.json", content)
    assert message in str(caught.value).removeprefix(str(tmp_path / "train.json"))


@pytest.mark.parametrize(
    ("record", "tagged", "note"),
    [
        ({"text": TEXT, "label": [[3, 5, "LOC"], [3, 7, "ORG"]]}, "O O O B-ORG I-ORG I-ORG I-ORG",
         "1 entity overlaps another, at {}: the longest is kept"),
        ({"text": TEXT, "label": [[0, 2, "PER"], [0, 2, "PER"]]}, "B-PER I-PER O O O O O",
         "1 entity stands there twice, at {}: read once"),
        ({"text": TEXT, "label": [[0, 2, "人 名"]]}, "B-人_名 I-人_名 O O O O O",
         "1 label has white space, at {}: written with _ instead"),
        ({"text": " 小明\u200b去", "label": [[0, 4, "PER"]]}, "O B-PER I-PER O O",
         "1 entity begins or ends with white space or an invisible character, at {}: read without it"),
        ({"text": "小 明", "label": [[1, 2, "PER"]]}, "O O O", "1 entity holds nothing to be seen, at {}: left out"),
        ({"text": "😀小明", "entities": [{"start": 2, "end": 4, "label": "PER", "text": "小明"}]}, "O B-PER I-PER",
         "1 entity has its offsets in UTF-16 units, at {}: turned into code points, as the text beside them says"),
        ({"data": {"text": "小明"}, "annotations": [
            {"was_cancelled": True, "result": [{"type": "labels", "value": {"start": 0, "end": 1, "labels": ["X"]}}]},
            {"result": [{"type": "labels", "value": {"start": 0, "end": 2, "labels": ["PER"]}},
                        {"type": "choices", "value": {"choices": ["news"]}}]},
         ]}, "B-PER I-PER", "1 annotation is no span of text, at {}: left out"),
        ({"data": {"text": "小明"}, "annotations": [
            {"result": []},
            {"ground_truth": True, "result": [{"type": "labels", "value": {"start": 0, "end": 2, "labels": ["PER"]}}]},
         ]}, "B-PER I-PER", "1 task has several annotations, at {}: the first is read, a ground truth before others"),
    ],
)  # fmt: skip
def test_what_is_read_otherwise_than_it_stands_is_counted(
    tmp_path: Path, record: dict[str, Any], tagged: str, note: str
) -> None:
    report = ReadReport()
    assert [tags for _, tags in read(tmp_path / "a.jsonl", dump(record), report=report)] == [tagged]
    assert report.tally.notes() == [note.format(f"{tmp_path / 'a.jsonl'}:1")]


def test_tasks_that_nobody_has_tagged_are_left_out(tmp_path: Path) -> None:
    untagged = {"id": 2, "data": {"text": "好"}, "annotations": [], "predictions": TASK["annotations"]}
    report = ReadReport()
    assert read(tmp_path / "a.json", json.dumps([untagged, TASK, untagged]), report=report) == TAGGED
    assert report.tally.notes() == [
        f"2 tasks have no annotation, first at {tmp_path / 'a.json'}: record 1: left out"
    ]
    with pytest.raises(CorpusError, match="expected at least one tagged text, got 1 task has no annotation"):
        read(tmp_path / "a.json", json.dumps([untagged]))


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"--format: expected one of auto, columns, .*, got 'conll'"):
        read(tmp_path / "a.json", "", file_format="conll")


def test_formats_may_be_mixed(tmp_path: Path) -> None:
    (tmp_path / "a.bio").write_text("小\tB-PER\n明\tI-PER\n", "utf-8")
    (tmp_path / "b.jsonl").write_text(dump({"text": TEXT, "label": [[0, 2, "PER"]]}), "utf-8")
    (tmp_path / "c.bio").write_text("好\tW-LOC\n", "utf-8")
    (tmp_path / "d.bio").write_text("好\tS-LOC\n", "utf-8")
    report = ReadReport()
    sentences = read_sentences([tmp_path / "b.jsonl", tmp_path / "c.bio"], report=report)
    assert [one.tags[0] for one in sentences] == ["B-PER", "B-LOC"]
    assert (report.sentences, report.scheme, report.written_in) == (2, "BMEWO", "doccano")
    mixed = [tmp_path / name for name in ("c.bio", "b.jsonl", "d.bio")]
    with pytest.raises(CorpusError, match=r"d.bio:1: expected the tags of one scheme"):
        list(read_sentences(mixed))


ROW = '{"text": "小明去北京大学", "label": [[0, 2, "PER"]]}'


@pytest.mark.parametrize("content", [f"[{ROW}]\n[{ROW}]", f"[{ROW}]\n{ROW}", f"{ROW[:-1]}\n}}\n[{ROW},]"])
def test_arrays_one_after_another_are_all_read(tmp_path: Path, content: str) -> None:
    assert read(tmp_path / "export.json", content) == TAGGED * 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (f"[{ROW},\n{ROW},\n", "export.json: expected the ] that ends its array, got the end of the file after 2 rec"),
        (f"[{ROW}]\nand so on", "export.json:2: expected record 2 to be JSON, got 'and so on'"),
        (f"[{ROW}]]", "export.json:1: expected record 2 to be JSON, got ']'"),
        (f"[[{ROW}]]", "export.json: record 1: expected a JSON object for each record, got "),
    ],
)  # fmt: skip
def test_what_stands_behind_the_records_is_not_passed_over(
    tmp_path: Path, content: str, message: str
) -> None:
    with pytest.raises(CorpusError) as raised:
        read(tmp_path / "export.json", content, file_format="doccano")
    assert message in str(raised.value)
