"""Numbers and nesting that no tool writes: each is read rightly or told with its place, in every format."""

import json
import sys
import types
import zlib
from bisect import bisect_left
from pathlib import Path
from typing import Any

import pytest

from training.corpus.reader import CorpusError
from training.formats.reading import read_sentences

TEXT = "小明去北京大学"
NINES = "9" * 4300  # the longest number that Python reads
SHOWN = "9" * 80 + "..."
WITHIN = "a start and an end within the 7 characters of its text"
WHOLE = "two whole numbers, start and end"
AFTER, LAST = (f"count code points from 0, {end}" for end in ("the end excluded", "the last one included"))
NUMBERS = [
    (NINES, WITHIN, f"0 to {SHOWN} (PER) in '{TEXT}'"),
    ("-2", WITHIN, f"0 to -2 (PER) in '{TEXT}'"),
    ("8", WITHIN, f"0 to 8 (PER) in '{TEXT}'"),
    ("true", WHOLE, "0 and True"),
    ("2.0", WHOLE, "0 and 2.0"),
    ("1e999", WHOLE, "0 and inf"),
    ("NaN", WHOLE, "0 and nan"),
    ('"2"', WHOLE, "0 and '2'"),
    ("null", WHOLE, "0 and None"),
    ("[" * 90 + "]" * 90, WHOLE, f"0 and {'[' * 80}..."),
]
RECORDS = {
    "doccano": f'{{"text": "{TEXT}", "label": [[0, END, "PER"]]}}',
    "doccano entities": f'{{"text": "{TEXT}", "entities": [{{"start_offset": 0, "end_offset": END, "label": "PER"}}]}}',
    "zitag": f'{{"text": "{TEXT}", "entities": [{{"start": 0, "end": END, "label": "PER"}}]}}',
    "cluener": f'{{"text": "{TEXT}", "label": {{"PER": {{"小明": [[0, END]]}}}}}}',
    "label-studio": f'{{"data": {{"text": "{TEXT}"}}, "annotations": [{{"result": [{{"type": "labels", "value": '
    '{"start": 0, "end": END, "labels": ["PER"]}}]}]}',
    "label-studio-min": f'{{"text": "{TEXT}", "label": [{{"start": 0, "end": END, "labels": ["PER"]}}]}}',
}  # fmt: skip


def told(path: Path, content: str, **options: Any) -> str:
    """Return what is said of a file that cannot be read."""
    path.write_text(content, "utf-8")
    with pytest.raises(CorpusError) as caught:
        list(read_sentences(path, **options))
    return str(caught.value).removeprefix(str(path))


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize(("end", "expected", "got"), NUMBERS, ids=[end[:5] for end, *_ in NUMBERS])
def test_an_offset_that_is_none_is_told(tmp_path: Path, name: str, end: str, expected: str, got: str) -> None:
    content = "\n" + RECORDS[name].replace("END", end) + "\n"
    remedy = LAST if name == "cluener" else AFTER
    assert told(tmp_path / "a.jsonl", content) == f":2: expected {expected}, got {got}; {remedy}"


def test_the_last_character_of_cluener_is_within_its_text(tmp_path: Path) -> None:
    content = RECORDS["cluener"].replace("END", "2")
    assert told(tmp_path / "a.jsonl", content) == (
        ":1: expected '小明' (PER) where its offsets say, got '小明去' at 0 to 2; "
        "give the end as the last character of the entity: here it is the first one after it"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"text": NaN, "label": []}', ":1: expected a text in 'text', got 'nan'; give each record its text"),
        ('{"text": -1e999, "label": []}', ":1: expected a text in 'text', got '-inf'; give each"),
        ('{"text": false, "label": []}', ":1: expected a text in 'text', got 'False'; give each"),
        ('{"tokens": [NaN], "ner_tags": ["O"]}', ":1: expected a text in 'tokens', got 'nan'; give each"),
        (f'{{"tokens": ["小"], "ner_tags": [{NINES}]}}', f":1: expected the names of tags, got the number {SHOWN}; "),
        ('{"tokens": ["小"], "ner_tags": [true]}', ":1: expected a tag for each token, got True; write names"),
        ('{"tokens": ["小"], "ner_tags": [NaN]}', ":1: expected a tag for each token, got nan; write names"),
        (f'{{"text": "小", "label": [[0, 1, {NINES}]]}}', f":1: expected the name of a label, got {SHOWN}; export"),
        (f'{{"text": "小", "label": [[0, {NINES}9, "PER"]]}}', "(nested too deeply, or a number too long)"),
    ],
)  # fmt: skip
def test_a_number_in_place_of_a_text_or_a_name_is_told(tmp_path: Path, content: str, message: str) -> None:
    assert message in told(tmp_path / "a.jsonl", content)


@pytest.mark.parametrize(
    ("data", "got"), [("", "None"), ('"data": null, ', "None"), ('"data": [1], ', "[1]")]
)
def test_a_task_without_data_is_told(tmp_path: Path, data: str, got: str) -> None:
    content = f'{{{data}"annotations": [{{"result": []}}]}}'
    said = told(tmp_path / "a.jsonl", content, file_format="label-studio")
    assert said == f":1: expected an object in 'data', got '{got}'; export the project as JSON"


@pytest.mark.parametrize(("tag", "got"), [("-1", "-1"), ("2", "2"), (NINES, SHOWN)])
def test_a_number_without_a_name_is_told(tmp_path: Path, tag: str, got: str) -> None:
    content = f'{{"tokens": ["小"], "ner_tags": [{tag}]}}'
    message = f":1: expected numbers below 2, the number of names, got {got}; give their names"
    assert told(tmp_path / "a.jsonl", content, names=("O", "B-PER")).startswith(message)


def test_a_number_in_place_of_a_text_is_its_text(tmp_path: Path) -> None:
    rows = "\n".join(f'{{"text": {text}, "label": []}}' for text in ("13", "1.5", "9" * 400))
    (tmp_path / "a.jsonl").write_text(rows, "utf-8")
    assert [one.text for one in read_sentences(tmp_path / "a.jsonl")] == ["13", "1.5", "9" * 400]


NOTE = "expected T1<TAB>LABEL START END<TAB>TEXT for each entity"


@pytest.mark.parametrize(
    ("note", "got"),
    [
        (f"T1\tPER 0 {NINES}\t小", f"{NOTE}, got 'T1\\tPER 0 {'9' * 71}'..."),
        ("T1\tPER -1 2\t小明", f"{NOTE}, got 'T1\\tPER -1 2\\t小明'; "),
        ("T1\tPER 0 NaN\t小", f"{NOTE}, got 'T1\\tPER 0 NaN\\t小'; "),
        ("T1\tPER 0 999999999999999999\t小", f"expected {WITHIN}, got 0 to 999999999999999999 (PER)"),
        ("T1\tPER 0 5;0 5\t小明去北京 小明去北京",
         "expected parts within the 7 characters of its text, none of which overlap, got '0 5;0 5'; count code points"),
    ],
)  # fmt: skip
def test_offsets_of_brat_that_are_none_are_told(tmp_path: Path, note: str, got: str) -> None:
    (tmp_path / "a.txt").write_text(TEXT, "utf-8")
    assert told(tmp_path / "a.ann", f"T1\tLOC 3 5\t北京\n{note}\n").startswith(f":2: {got}")


@pytest.mark.parametrize(
    "record",
    [
        '{"text": DEEP, "label": []}',
        '{"text": "小", "label": [DEEP]}',
        '{"text": "小", "label": [[0, DEEP, "PER"]]}',
        '{"text": "小", "label": [[0, 1, DEEP]]}',
        '{"text": "小", "label": {"PER": DEEP}}',
        '{"text": "小", "label": {"PER": {"小": [DEEP]}}}',
        '{"data": {"text": "小"}, "annotations": [DEEP]}',
        '{"tokens": [DEEP], "ner_tags": ["O"]}',
        '{"tokens": ["小"], "ner_tags": [DEEP]}',
        "[DEEP]",
    ],
)
def test_nesting_of_any_depth_is_told(tmp_path: Path, record: str) -> None:
    def said(depth: int) -> str:
        return told(tmp_path / "a.json", record.replace("DEEP", "[" * depth + "]" * depth))

    limit = bisect_left(range(2000), True, key=lambda depth: "nested too deeply, or" in said(depth))
    assert 500 < limit < 2000
    # Near Python's own limit, a record that can be read is too deep to be shown.
    for depth in (*range(limit - 6, limit), 100_000):
        assert ": expected " in said(depth)


def test_a_damaged_docbin_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class DocBin:
        def from_disk(self, path: Path) -> Any:
            return zlib.decompress(path.read_bytes())

    monkeypatch.setitem(sys.modules, "spacy", types.ModuleType("spacy"))
    monkeypatch.setitem(sys.modules, "spacy.tokens", types.SimpleNamespace(DocBin=DocBin))  # type: ignore[misc]
    said = told(tmp_path / "a.spacy", "xyz and no more")
    assert said.startswith(": expected a DocBin of spaCy, got Error -3 while decompressing")


def test_offsets_in_utf_16_are_those_of_whole_characters(tmp_path: Path) -> None:
    text = "😀小😀明"
    rows = [[2, 3, "小"], [0, 2, "😀"], [3, 6, "😀明"]]
    entities = [{"start": s, "end": e, "text": surface, "label": "PER"} for s, e, surface in rows]
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": text, "entities": entities}), "utf-8")
    [sentence] = read_sentences(tmp_path / "a.jsonl")
    assert sentence.tags == ("B-PER", "B-PER", "B-PER", "I-PER")
    half = {"start": 1, "end": 3, "text": "😀小", "label": "PER"}
    content = json.dumps({"text": text, "entities": [half]})
    assert "got '小😀' at 1 to 3; it stands at 0" in told(tmp_path / "a.jsonl", content)
