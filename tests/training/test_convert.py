"""`zitag convert`: the target's format by its name, what is said, and that no file is written over or half written."""

import json
from pathlib import Path

import pytest

from training.convert import main

RECORDS = [
    {"text": "小明去北京大学", "label": [[0, 2, "PER"], [3, 5, "LOC"], [3, 7, "ORG"]]},
    {"text": "今天\n晴 好", "label": []},
]
ORG = "小\tB-PER\n明\tI-PER\n去\tO\n北\tB-ORG\n京\tI-ORG\n大\tI-ORG\n学\tI-ORG\n\n今\tO\n天\tO\n\n晴\tO\n好\tO\n\n"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in RECORDS), "utf-8")
    return path


def test_what_is_resolved_and_written_is_said(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = export.with_name("train.bio")
    assert main([str(export), str(target)]) == 0
    said = capsys.readouterr()
    assert target.read_text("utf-8") == ORG
    assert said.out == f"{target}: 3 texts, 2 entities (ORG 1, PER 1) as columns\n"
    assert said.err.splitlines() == [
        f"note: 1 entity overlaps another, at {export}:1: the longest is kept",
        f"note: 1 text has line breaks, at {export}:2: each of its lines is a sentence",
        f"note: 1 text has white space, which columns cannot hold, at {export}:2: written without it",
    ]


def test_formats_of_spans_keep_all_of_it(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = export.with_name("tasks.json")
    assert main([str(export), str(target)]) == 0
    assert main([str(target), str(export.with_name("back.jsonl"))]) == 0
    assert capsys.readouterr().err == ""
    back = [json.loads(line) for line in export.with_name("back.jsonl").read_text("utf-8").splitlines()]
    assert [{"text": one["text"], "label": one["label"]} for one in back] == RECORDS


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{export}", "{folder}/x.bio", "--nested", "error"], "export.jsonl:1: expected entities that one tag per "
         "character can hold, got '北京' LOC: an entity overlaps another; mend it, or have it resolved (--nested"),
        (["{export}", "{export}"], "export.jsonl: expected a name that is not taken, got a file or folder; give"),
        (["{export}", "{folder}/x.xml"], "x.xml: expected a name that ends in .bio (columns), .jsonl (doccano), "),
        (["{folder}/none.bio", "{folder}/x.json"], "none.bio: expected a readable corpus file, got"),
        (["{export}", "{folder}/x.bio", "--from", "cluener"], "export.jsonl:1: expected an object of labels"),
        (["{other}", "{folder}/x.bio"], "got records with the fields 'id', 'text'; export it in one of these, "
         "or say which it is (--from)"),
        (["{export}", "{folder}/x.bio", "--encoding", "latin-1"], "--encoding: expected utf-8 or gb18030, got"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_nothing_is_written(
    export: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = export.read_bytes()
    other = export.with_name("other.jsonl")
    other.write_text('{"id": 1, "text": "小明"}\n', "utf-8")
    given = [part.format(export=export, other=other, folder=export.parent) for part in arguments]
    assert main(given) == 2
    said = capsys.readouterr()
    assert said.err.startswith("error: ")
    assert message in said.err
    assert sorted(path.name for path in export.parent.iterdir()) == ["export.jsonl", "other.jsonl"]
    assert export.read_bytes() == before


def test_texts_that_inline_would_read_otherwise_are_refused(
    export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export.write_text('{"text": "见[附件 A]", "label": []}\n', "utf-8")
    assert main([str(export), str(export.with_name("x.txt"))]) == 2
    assert (
        "expected a text without brackets that look like an entity's, got '见[附件 A]'"
        in capsys.readouterr().err
    )
    assert not export.with_name("x.txt").exists()


def test_overwrite_replaces_a_file_and_a_folder(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("x.bio", "x.brat"):
        target = str(export.with_name(name))
        assert main([str(export), target]) == 0
        assert main([str(export), target]) == 2
        assert main([str(export), target, "--overwrite"]) == 0
    assert "--overwrite" in capsys.readouterr().err


def test_words_become_characters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "words.conll").write_text(
        "成都 NR B-LOC\n用 P O\niPhone NN O\n\nNew NNP I-LOC\nYork NNP I-LOC\n", "utf-8"
    )
    arguments = [str(tmp_path / "words.conll"), str(tmp_path / "a.zitag.jsonl"), "--unit", "word"]
    assert main(arguments) == 0
    first, second = map(json.loads, (tmp_path / "a.zitag.jsonl").read_text("utf-8").splitlines())
    assert (first["text"], first["entities"]) == (
        "成都用iPhone",
        [{"start": 0, "end": 2, "text": "成都", "label": "LOC"}],
    )
    assert [one["text"] for one in second["entities"]] == ["New York"]
    assert capsys.readouterr().err.startswith("note: 1 tags continue nothing and begin an entity")


def test_numbers_of_tags_are_named_by_the_flag(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"tokens": ["小", "明"], "ner_tags": [1, 2]}', "utf-8")
    assert main(["--names", "O,B-PER,I-PER", str(tmp_path / "a.jsonl"), str(tmp_path / "a.bio")]) == 0
    assert (tmp_path / "a.bio").read_text("utf-8") == "小\tB-PER\n明\tI-PER\n\n"
