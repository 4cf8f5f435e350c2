"""Mended copies are read as the files themselves were, and every change is named."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.check import main
from training.corpus.reader import ReadReport, read_sentences
from training.mending.copies import LIST, MendError, format_mends, write_mended
from training.mending.mend import Mend


def lines(*columns: str) -> bytes:
    """Return a column file: "小 B-PER" a line, "" a blank one."""
    return "".join(column.replace(" ", "\t") + "\n" for column in columns).encode()


@pytest.mark.parametrize(
    ("given", "mended", "mends"),
    [
        (lines("小 B-PER", "明 I-PER", "好 O"), None, []),
        (
            lines("小 I-PER", "明 I-PER"),
            lines("小 B-PER", "明 I-PER"),
            [(":1", "illegal tag", "I-PER", "B-PER")],
        ),
        (
            lines("小 B-PER", "京 I-LOC", "O O"),
            lines("小 B-PER", "京 B-LOC", "O O"),
            [(":2", "illegal tag", "I-LOC", "B-LOC")],
        ),
        (
            lines("小 B-PER", "明 O", "北 S-LOC", "大 B-ORG", "学 E-ORG"),
            lines("小 S-PER", "明 O", "北 S-LOC", "大 B-ORG", "学 E-ORG"),
            [(":1", "illegal tag", "B-PER", "S-PER")],
        ),
        (
            lines("小 B-PER", "明 M-PER", "好 E-LOC", "人 S-LOC"),
            lines("小 B-PER", "明 E-PER", "好 S-LOC", "人 S-LOC"),
            [(":2", "illegal tag", "M-PER", "E-PER"), (":3", "illegal tag", "E-LOC", "S-LOC")],
        ),
        (
            lines("他 O", "\u200b B-PER", "明 I-PER"),
            lines("他 O", "\u200b O", "明 B-PER"),
            [(":2", "entity edge", "'\\u200b明'", "'明'")],
        ),
        (lines("\u200b B-PER"), lines("\u200b O"), [(":1", "entity edge", "'\\u200b'", "none")]),
        (
            b"\xef\xbb\xbf" + lines("小 B-PER", "明 I-PER").replace(b"\n", b"\r\n"),
            lines("小 B-PER", "明 I-PER"),
            [("", "byte order mark", "at the start", "none"), ("", "line ends", "2 of CR and LF", "LF")],
        ),
        # Rules of IOB1 are not those of BIO: nothing is broken.
        (lines("小 I-PER", "明 I-PER", "他 B-PER"), None, []),
    ],
)
def test_a_copy_has_what_is_mended_and_nothing_else(
    tmp_path: Path, given: bytes, mended: bytes | None, mends: list[tuple[str, ...]]
) -> None:
    path = tmp_path / "train.bio"
    if mends and "byte" not in mends[0][1] and "I-PER" in mends[0]:
        given = lines("王 B-PER", "五 I-PER", "") * 2 + given  # so that BIO is recognised, not IOB1
        mended = lines("王 B-PER", "五 I-PER", "") * 2 + (mended or b"")
        mends = [(f":{int(place[1:]) + 6}", *rest) for place, *rest in mends]
    path.write_bytes(given)
    found = write_mended({"train": [path]}, tmp_path / "new")
    assert found == [(f"{path}{place}", *rest) for place, *rest in mends]
    assert (tmp_path / "new" / "train.bio").read_bytes() == (mended or given) + b"\n"
    assert path.read_bytes() == given


tokens = st.sampled_from("小明\u200bA")


@given(
    sentences=st.lists(st.lists(st.tuples(tokens, st.integers(0, 4)), min_size=1, max_size=6), min_size=1),
    names=st.sampled_from([("O", "B-A", "I-A", "B-B", "I-B"), ("O", "B-A", "M-A", "E-A", "S-A")]),
)
def test_a_copy_is_read_as_the_file_was_and_breaks_no_rule(tmp_path_factory, sentences, names) -> None:
    folder = tmp_path_factory.mktemp("corpus")
    path = folder / "train.bio"
    path.write_bytes(b"\n".join(lines(*(f"{token} {names[tag]}" for token, tag in one)) for one in sentences))
    write_mended({"train": [path]}, folder / "new")
    report = ReadReport()
    copy = list(read_sentences(folder / "new" / "train.bio", report=report))
    assert [(one.text, one.tags) for one in copy] == [(one.text, one.tags) for one in read_sentences(path)]
    assert (report.stray, report.unclosed, report.trimmed) == (0, 0, 0)


def test_duplicates_are_left_out_of_train_alone_and_only_when_asked(tmp_path: Path) -> None:
    content = lines("小 B-PER", "", "小 B-PER", "", "小 O", "")
    splits = {}
    for name in ("train", "test"):
        splits[name] = [tmp_path / name]
        (tmp_path / name).write_bytes(content)
    write_mended(splits, tmp_path / "all")
    assert (tmp_path / "all" / "train").read_bytes() == content
    mends = write_mended(splits, tmp_path / "fewer", drop_duplicates=True)
    assert mends == [(f"{tmp_path}/train:3", "duplicate", "小", "left out")]
    assert (tmp_path / "fewer" / "train").read_bytes() == lines("小 B-PER", "", "小 O", "")
    assert (tmp_path / "fewer" / "test").read_bytes() == content
    assert (tmp_path / "fewer" / LIST).read_text() == f"{tmp_path}/train:3\tduplicate\t小\tleft out\n"


def test_words_and_other_encodings_are_copied_as_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "train.bio"
    path.write_bytes("New\tI-LOC\nYork\tI-LOC\n纽约\tB-LOC\n\n王\tB-PER\n".encode("gb18030"))
    mends = write_mended({"train": [path]}, tmp_path / "new", encoding="gbk", unit="word")
    assert [mend.what for mend in mends] == ["encoding", "illegal tag"]
    expected = "New\tB-LOC\nYork\tI-LOC\n纽约\tB-LOC\n\n王\tB-PER\n\n"
    assert (tmp_path / "new" / "train.bio").read_text("utf-8") == expected


def test_no_file_is_ever_written_over(tmp_path: Path) -> None:
    path = tmp_path / "train.bio"
    path.write_bytes(lines("小 B-PER"))
    other = tmp_path / "other" / "train.bio"
    other.parent.mkdir()
    other.write_bytes(lines("小 B-PER"))
    with pytest.raises(MendError, match=r"expected a folder without train.bio, got one with it"):
        write_mended({"train": [path]}, tmp_path)
    with pytest.raises(MendError, match=r"would both be .*/new/train.bio"):
        write_mended({"train": [path], "test": [other]}, tmp_path / "new")
    path.rename(tmp_path / LIST)
    with pytest.raises(MendError, match=r"mends.tsv would take the place of the list of mends; rename it"):
        write_mended({"train": [tmp_path / LIST]}, tmp_path / "new")
    path = tmp_path / LIST
    assert path.read_bytes() == lines("小 B-PER")


def test_the_command_says_what_was_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "train.bio"
    path.write_bytes(lines("王 B-PER", "", "小 O", "明 I-PER"))
    folder = tmp_path / "new"
    assert main(["--train", str(path), "--fix", str(folder)]) == 1
    said = f"mended copies in {folder}: illegal tag 1\n  {path}:4 illegal tag: I-PER -> B-PER\n"
    assert capsys.readouterr().out.endswith(said)
    assert main(["--train", str(folder / "train.bio"), "--fix", str(tmp_path / "again")]) == 0
    assert capsys.readouterr().out.endswith("nothing to mend\n")
    assert main(["--train", str(path), "--fix", str(folder)]) == 2
    assert "name another folder" in capsys.readouterr().err


def test_files_that_are_no_columns_are_for_convert(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "export.jsonl"
    path.write_text('{"text": "小明", "label": [[0, 2, "PER"]]}\n', "utf-8")
    assert main(["--train", str(path), "--fix", str(tmp_path / "new")]) == 2
    said = f"--fix: expected files of two columns, a token and its tag, got doccano in {path}; turn it into such first"
    assert said in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_long_list_is_shown_by_its_first() -> None:
    text = format_mends([Mend(f"a:{number}", "x", "b", "c") for number in range(12)], Path("new"))
    assert (len(text.splitlines()), text.splitlines()[-1]) == (12, "  all 12 in new/mends.tsv")


def test_copies_that_could_not_all_be_written_leave_none_so_that_the_same_command_can_follow(
    tmp_path: Path,
) -> None:
    train, dev, folder = tmp_path / "train.bio", tmp_path / "dev.bio", tmp_path / "mended"
    train.write_bytes(lines("小 I-PER", "", "好 O"))
    dev.write_bytes(lines("小 B-PER") * 2)
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    (folder / "mends.tsv.partial").mkdir()  # no file can be written there, as on a disk that is full by then
    with pytest.raises(OSError, match="directory"):
        write_mended({"train": [train], "dev": [dev]}, folder)
    (folder / "mends.tsv.partial").rmdir()
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    write_mended({"train": [train], "dev": [dev]}, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["dev.bio", "mends.tsv", "mine.txt", "train.bio"]
