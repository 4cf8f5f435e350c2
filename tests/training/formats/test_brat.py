"""brat's pairs of files: parts, line breaks, other annotations, and what does not fit its text."""

from pathlib import Path

import pytest

from training.corpus.reader import CorpusError, ReadReport
from training.formats.reading import read_sentences

TEXT = "小明在北京\n和上海大学读书。\n"


def write(folder: Path, notes: str, text: str | None = TEXT) -> Path:
    folder.mkdir(exist_ok=True)
    if text is not None:
        (folder / "a.txt").write_text(text, "utf-8", newline="")
    (folder / "a.ann").write_text(notes, "utf-8", newline="")
    return folder


def read(path: Path, **options: str) -> tuple[list[tuple[str, str, int]], list[str]]:
    report = ReadReport()
    found = [
        (one.text, " ".join(one.tags), one.line) for one in read_sentences(path, report=report, **options)
    ]
    return found, report.tally.notes()


NOTES = "T1\tPER 0 2\t小明\nT2\tLOC 3 5\t北京\r\nR1\tIn Arg1:T1 Arg2:T2\n#1\tAnnotatorNotes T1\t好\n\n"


@pytest.mark.parametrize("name", ["", "a.ann", "a.txt"])
def test_a_folder_or_either_file_of_a_pair_is_read(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path / "brat", NOTES)
    found, notes = read(folder / name if name else folder)
    assert found == [
        ("小明在北京", "B-PER I-PER O B-LOC I-LOC", 1),
        ("和上海大学读书。", "O O O O O O O O", 2),
    ]
    where = folder / "a.ann"
    assert notes == [
        f"2 annotations of brat are no entities, first at {where}:3: left out (relations, events, notes)"
    ]


def test_both_files_of_a_pair_are_one_text(tmp_path: Path) -> None:
    folder = write(tmp_path / "brat", NOTES)
    assert len(list(read_sentences([folder / "a.txt", folder / "a.ann"]))) == 2


@pytest.mark.parametrize(
    ("note", "tags", "said"),
    [
        ("T1\tORG 3 5;9 11\t北京 大学", "O O O B-ORG I-ORG", "1 entity is in several parts"),
        ("T1\tORG 3 5;6 7\t北京 和", "O O O B-ORG I-ORG", "1 entity runs across a line break"),
        ("T1\tORG 3 7\t北京 和", "O O O B-ORG I-ORG", "1 entity runs across a line break"),
        ("T1\tPER 0 1;1 2\t小 明", "B-PER I-PER O O O", ""),
    ],
)
def test_entities_in_parts_keep_their_longest(tmp_path: Path, note: str, tags: str, said: str) -> None:
    folder = write(tmp_path / "brat", note + "\n")
    found, notes = read(folder)
    assert found[0][1] == tags
    assert [said] == [one[: len(said)] for one in notes] if said else notes == []
    if said:
        with pytest.raises(CorpusError, match=f"expected entities that one tag .*{said.removeprefix('1 ')}"):
            read(folder, nested="error")


@pytest.mark.parametrize(
    ("note", "text", "message"),
    [
        ("T1\tPER 0 2\t小明\nT2\tPER 0\t小", TEXT, "a.ann:2: expected T1<TAB>LABEL START END<TAB>TEXT for each"),
        ("T1\tPER 1 3\t小明", TEXT, "a.ann:1: expected '小明' (PER) where its offsets say, got '明在' at 1 to 3; it"),
        ("T1\tPER 0 1;9 10\t小明", TEXT, "a.ann:1: expected '小明' (PER) where its offsets say, got '小 大'; count"),
        ("T1\tPER 0 99\t小明", TEXT, "a.ann:1: expected a start and an end within the 15 characters of its text"),
        ("T1\tPER 0 2\t小明", None, "a.ann: expected the text that its offsets count in, got no a.txt beside it"),
        ("小\tB-PER", TEXT, "a.ann:1: expected T1<TAB>LABEL"),
        ("T1\tPER 0 " + "9" * 5000 + "\t小", TEXT, "a.ann:1: expected T1<TAB>LABEL"),
    ],
)  # fmt: skip
def test_annotations_that_do_not_fit_are_told(
    tmp_path: Path, note: str, text: str | None, message: str
) -> None:
    folder = write(tmp_path / "brat", note, text)
    with pytest.raises(CorpusError) as caught:
        read(folder)
    assert message in str(caught.value)


def test_an_empty_file_of_annotations_is_a_text_without_entities(tmp_path: Path) -> None:
    assert read(write(tmp_path / "brat", "", "小明"))[0] == [("小明", "O O", 1)]
