"""Corpora are read in every form that the README allows, and refused with a place and a remedy otherwise."""

import gzip
import os
import re
import tempfile
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.tags.schemes import spans_from_tags
from training.corpus.lines import BLOCK_BYTES, MAX_LINE_BYTES
from training.corpus.reader import CorpusError, ReadReport, Sentence, Stray, read_sentences
from training.corpus.sentences import MAX_KNOWN_LINES, MAX_LABELS
from training.corpus.writer import write_sentences

XIAO_MING = "小\tB-PER\n明\tI-PER\n去\tO\n京\tB-LOC\n"


def read(path: Path, content: str | bytes, **options) -> list[tuple[str, str]]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [(sentence.text, " ".join(sentence.tags)) for sentence in read_sentences(path, **options)]


def test_sentences_come_with_tags_and_place(tmp_path: Path) -> None:
    path = tmp_path / "train.bio"
    path.write_text(f"{XIAO_MING}\n\n好\tO\n\n", encoding="utf-8")
    assert list(read_sentences(path)) == [
        Sentence("小明去京", ("B-PER", "I-PER", "O", "B-LOC"), str(path), 1),
        Sentence("好", ("O",), str(path), 7),
    ]


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("plain", XIAO_MING.encode()),
        ("no final newline", XIAO_MING.rstrip().encode()),
        ("spaces between the columns", XIAO_MING.replace("\t", " ").encode()),
        ("CRLF", XIAO_MING.replace("\n", "\r\n").encode()),
        ("byte order mark", b"\xef\xbb\xbf" + XIAO_MING.encode()),
        ("blank lines before and after", f"\n\r\n \t\n{XIAO_MING}\n\n\n".encode()),
    ],
)
def test_every_form_of_a_file_reads_alike(tmp_path: Path, form: str, content: bytes) -> None:
    assert read(tmp_path / "corpus", content) == [("小明去京", "B-PER I-PER O B-LOC")], form


@pytest.mark.parametrize("mark", [b"", b"\x84\x31\x95\x33"])
@pytest.mark.parametrize("name", ["gb18030", "GB18030", "gbk", "gb2312"])
def test_gb18030_is_read_when_named(tmp_path: Path, name: str, mark: bytes) -> None:
    content = mark + "㐀\tO\n朱\tB-PER\n镕\tI-PER\n𠮷\tO\n".encode("gb18030")
    assert read(tmp_path / "corpus", content, encoding=name) == [("㐀朱镕𠮷", "O B-PER I-PER O")]


def test_gzip_and_plain_files_make_one_corpus(tmp_path: Path) -> None:
    (tmp_path / "a.bio.gz").write_bytes(gzip.compress(XIAO_MING.encode()))
    (tmp_path / "b.bio").write_text("好\tO", encoding="utf-8")
    paths = [tmp_path / "a.bio.gz", str(tmp_path / "b.bio")]
    assert [(one.text, Path(one.path).name, one.line) for one in read_sentences(paths)] == [
        ("小明去京", "a.bio.gz", 1),
        ("好", "b.bio", 1),
    ]


@pytest.mark.parametrize(
    ("scheme", "written", "bio"),
    [
        ("BIO", "B-A I-A O B-A B-A", "B-A I-A O B-A B-A"),
        ("BIO", "O O", "O O"),
        ("BIO", "B-creative-work I-creative-work O", "B-creative-work I-creative-work O"),
        ("BIO", "I-A I-A O B-A", "B-A I-A O B-A"),  # one B- that IOB1 would not have: a stray I-
        ("IOB1", "I-A I-A O I-A B-A I-A I-B", "B-A I-A O B-A B-A I-A B-B"),
        ("IOB1", "I-A O I-B", "B-A O B-B"),
        ("BIOES", "B-A I-A E-A O S-A S-B", "B-A I-A I-A O B-A B-B"),
        ("BIOES", "S-A O", "B-A O"),
        ("BMES", "B-A M-A M-A E-A S-A O", "B-A I-A I-A I-A B-A O"),
        ("BMEWO", "B-A M-A E-A W-A O", "B-A I-A I-A B-A O"),
    ],
)
def test_schemes_are_recognised_and_become_bio(tmp_path: Path, scheme: str, written: str, bio: str) -> None:
    content = "".join(f"字\t{tag}\n" for tag in written.split())
    report = ReadReport()
    [(_, tags)] = read(tmp_path / "corpus", content, report=report)
    assert (report.scheme, tags) == (scheme, bio)
    [(_, tags)] = read(tmp_path / "corpus", content, scheme=scheme)
    assert tags == bio


@pytest.mark.parametrize(
    ("written", "bio", "stray", "unclosed", "places"),
    [
        ("O I-A I-A O B-A", "O B-A I-A O B-A", 1, 0, [2]),
        ("B-A I-B O", "B-A B-B O", 1, 0, [2]),
        ("S-A E-A O B-A", "B-A B-A O B-A", 1, 1, [2, 4]),
        ("B-A I-A O E-A", "B-A I-A O B-A", 1, 1, [2, 4]),
        ("B-A S-A O M-A", "B-A B-A O B-A", 1, 2, [1, 4, 4]),
        ("B-A E-A O S-A", "B-A I-A O B-A", 0, 0, []),
    ],
)
def test_broken_entities_are_repaired_and_counted(
    tmp_path: Path, written: str, bio: str, stray: int, unclosed: int, places: list[int]
) -> None:
    report, path = ReadReport(), tmp_path / "corpus"
    content = "".join(f"字\t{tag}\n" for tag in written.split())
    assert read(path, content, report=report) == [("字" * len(written.split()), bio)]
    assert (report.stray, report.unclosed) == (stray, unclosed)
    assert report.places == [f"{path}:{line}" for line in places]


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        (
            "小\tB-A\n\n明\tI-A\n字\tO",
            3,
            "expected a tag that continues the one before, got 'I-A' after 'O'; correct",
        ),
        (
            "小\tB-A\n明\tE-A\n字\tB-A\n好\tO\n",
            3,
            "expected the end of the entity, got 'O' after 'B-A'; correct",
        ),
        ("小\tO\n明\tE-A\n字\tM-A\n", 2, "expected a tag that continues the one before, got 'E-A' after 'O'"),
    ],
)
def test_broken_entities_are_refused_on_request(
    tmp_path: Path, content: str, place: int, message: str
) -> None:
    with pytest.raises(CorpusError, match=re.escape(f"corpus:{place}: {message}")):
        read(tmp_path / "corpus", content, stray="refuse")


def test_kept_stray_tag_stays_as_written_and_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "corpus"
    path.write_text("中\tO\n小\tI-PER\n明\tI-PER\n在\tB-LOC\n京\tI-PER\n")
    report = ReadReport()
    (sentence,) = read_sentences(path, stray="keep", report=report)
    assert sentence.tags == ("O", "I-PER", "I-PER", "B-LOC", "I-PER")
    assert report.stray == 2


@pytest.mark.parametrize("stray", ["keep", "repair"])
def test_a_stray_tag_of_a_word_does_not_reach_the_space_before_it(tmp_path: Path, stray: Stray) -> None:
    path = tmp_path / "corpus"
    path.write_text("see\tO\nNew\tI-LOC\nYork\tI-LOC\nin\tB-TIME\nMay\tI-PER\n", encoding="utf-8")
    (sentence,) = read_sentences(path, stray=stray, unit="word")
    spans = [(span.start, span.end, span.label) for span in spans_from_tags(sentence.tags)]
    assert spans == [(4, 12, "LOC"), (13, 15, "TIME"), (16, 19, "PER")]


def test_a_stray_tag_of_bio_continues_across_no_blank_line(tmp_path: Path) -> None:
    assert read(tmp_path / "corpus", "小\tB-PER\n\n明\tI-PER\n\n好\tO\n") == [
        ("小", "B-PER"),
        ("明", "B-PER"),
        ("好", "O"),
    ]


def test_report_counts_what_was_read(tmp_path: Path) -> None:
    report = ReadReport()
    read(tmp_path / "corpus", f"{XIAO_MING}\n{XIAO_MING}", report=report)
    assert (report.sentences, report.characters, report.entities) == (2, 8, {"LOC": 2, "PER": 2})


def test_a_corpus_of_words_becomes_text(tmp_path: Path) -> None:
    content = "New\tB-location\nYork\tI-location\n's\tO\nBronx\tB-location\n"
    [(text, tags)] = read(tmp_path / "corpus", content, unit="word")
    assert text == "New York 's Bronx"
    assert tags == "B-location" + " I-location" * 7 + " O" * 4 + " B-location" + " I-location" * 4


COLUMNS = "expected two columns, a token and a tag with one tab or space between, got"
SCHEME_TAGS = "expected a tag O, B-LABEL, I-LABEL, M-LABEL, E-LABEL, S-LABEL, W-LABEL, got"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("小", f"{COLUMNS} 1 in '小'; add the tag"),
        ("小\tnr\tB-PER", f"{COLUMNS} 3 in '小\\tnr\\tB-PER'; keep the token and its tag alone"),
        (
            "小\tO ",
            f"{COLUMNS} 3 in '小\\tO '; keep one tab or space between the two columns, and none after",
        ),
        ("小  O", f"{COLUMNS} 3 in '小  O'; keep one tab or space between the two columns, and none after"),
        ("小\t", "expected a tag in the second column, got '小\\t'; write O where there is no entity"),
        ("小\tX-PER", f"{SCHEME_TAGS} '小\\tX-PER'; correct the tag"),
        ("小\tPER", f"{SCHEME_TAGS} '小\\tPER'; correct"),
        ("小\tb-PER", f"{SCHEME_TAGS} '小\\tb-PER'; write B-PER"),
        ("小\tB_PER", f"{SCHEME_TAGS} '小\\tB_PER'; write B-PER"),
        ("小\tPER-I", f"{SCHEME_TAGS} '小\\tPER-I'; write I-PER"),
        ("小\tU-PER", f"{SCHEME_TAGS} '小\\tU-PER'; this is BILOU: write E- for its L-, and S- for its U-"),
        ("小\t0", f"{SCHEME_TAGS} '小\\t0'; write O, the letter"),
        ("小\tO-PER", f"{SCHEME_TAGS} '小\\tO-PER'; correct"),
        ("小\tBI-PER", f"{SCHEME_TAGS} '小\\tBI-PER'; correct"),
        ("小\tWS", f"{SCHEME_TAGS} '小\\tWS'; correct"),
        ("小\t-", f"{SCHEME_TAGS} '小\\t-'; correct"),
        ("小\tB", "expected a label after the prefix, got '小\\tB'; write B-PER or the like"),
        ("小\tB-", "expected a label after the prefix, got '小\\tB-'; write B-PER or the like"),
        ("小\tB-\u3000", "expected a tag without white space, got '小\\tB-\\u3000'; remove it"),
        (
            "小明\tI-PER",
            "expected one character, a tab and a tag, got '小明\\tI-PER'; put each character on its own line",
        ),
        ("\tO", "expected a character that can be seen, got white space in '\\tO'; drop the line"),
        ("  O", "expected a character that can be seen, got white space in '  O'; drop the line"),
        ("\u3000\tO", "expected a character that can be seen, got white space in '\\u3000\\tO'; drop"),
        ("\u2028\tO", "expected a character that can be seen, got white space in '\\u2028\\tO'; drop"),
        (
            "\u3000\tB-A",
            "expected a character that can be seen, got white space in '\\u3000\\tB-A'; drop the line, and b",
        ),
        (
            "\u3000\tE-A",
            "expected a character that can be seen, got white space in '\\u3000\\tE-A'; drop the line, and end",
        ),
        (
            " 小\tO",
            "expected a token at the start of the line, got ' 小\\tO'; remove the white space before it",
        ),
        ("小\u00a0明\tO", "expected a token without white space, got '小\\xa0明\\tO'; split the token there"),
        ("\0\tO", "expected text, got a NUL in '\\x00\\tO'; remove it, or check that this is a text file"),
        ("O", f"{COLUMNS} 1 in 'O'; add what is missing, the character or the tag"),
        ("I-PER", f"{COLUMNS} 1 in 'I-PER'; add the character"),
        ("小\tO\0", "expected text, got a NUL in '小\\tO\\x00'; remove it"),
        ("小" * 99, f"{COLUMNS} 1 in '{'小' * 80}'...; put each character on its own line, with"),
        (
            "小" * MAX_LINE_BYTES,
            "expected a line of at most 4,096 bytes, got 12,288 that begin with b'",
        ),
    ],
)
def test_a_malformed_line_is_named_with_its_remedy(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        read(tmp_path / "train.bio", f"好\tO\n\n{line}\n好\tO\n")
    assert str(caught.value).startswith(f"{tmp_path}/train.bio:3: {message}")


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", "好\tO\n\n".encode() * 100_000])
def test_invalid_utf8_is_named_with_its_byte_offset(tmp_path: Path, start: bytes) -> None:
    content = start + "好\tO\n小".encode() + b"\xff\tO\n"
    got = f"got byte 0xff at byte offset {len(content) - 4:,}"
    message = f":{content.count(10)}: expected text in utf-8, {got}; correct this character: the lines before"
    with pytest.raises(CorpusError, match=re.escape(message)):
        read(tmp_path / "corpus", content)


def test_gb18030_without_its_name_is_invalid_utf8(tmp_path: Path) -> None:
    with pytest.raises(
        CorpusError, match="corpus:2: expected text in utf-8, got byte 0xc3 at byte offset 9; convert"
    ):
        read(tmp_path / "corpus", XIAO_MING.encode("gb18030"))


def test_a_scheme_that_was_named_refuses_the_prefixes_of_others(tmp_path: Path) -> None:
    with pytest.raises(
        CorpusError, match=r"corpus:2: expected a tag O, B-LABEL, I-LABEL, got '明.tE-PER'; correct"
    ):
        read(tmp_path / "corpus", "小\tB-PER\n明\tE-PER\n", scheme="BIO")


def test_a_mixture_of_schemes_is_named_where_it_shows(tmp_path: Path) -> None:
    got = r"got 'M-A' in a corpus with B- at \S+a:1, I- at \S+a:2"
    expected = rf"b:2: expected the tags of one scheme, {got}; bring all"
    (tmp_path / "a").write_text("小\tB-A\n明\tI-A\n", encoding="utf-8")
    (tmp_path / "b").write_text("小\tB-A\n明\tM-A\n好\tO\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=expected):
        list(read_sentences([tmp_path / "a", tmp_path / "b"]))


def test_more_labels_than_any_tagger_has_are_refused(tmp_path: Path) -> None:
    content = "".join(f"字\tB-{label}\n" for label in range(MAX_LABELS + 1))
    with pytest.raises(CorpusError, match="corpus:1001: expected at most 1,000 labels, got one more in"):
        read(tmp_path / "corpus", content)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b" \r\n"])
def test_a_file_without_sentences_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "full").write_text(XIAO_MING, encoding="utf-8")
    (tmp_path / "empty").write_bytes(content)
    with pytest.raises(
        CorpusError, match="empty: expected at least one sentence, got an empty file; leave it out"
    ):
        list(read_sentences([tmp_path / "full", tmp_path / "empty"]))


def test_a_corpus_may_be_entities_alone(tmp_path: Path) -> None:
    assert read(tmp_path / "corpus", "小\tB-PER\n明\tI-PER\n") == [("小明", "B-PER I-PER")]


@pytest.mark.parametrize("stray", ["keep", "repair"])
def test_a_stray_tag_of_a_closed_scheme_opens_an_entity_of_its_own(tmp_path: Path, stray: Stray) -> None:
    content = "北\tS-LOC\n京\tI-LOC\n小\tB-PER\n明\tE-PER\n红\tI-PER\n好\tO\n"
    [(_, tags)] = read(tmp_path / "corpus", content, stray=stray)
    assert tags == "B-LOC B-LOC B-PER I-PER B-PER O"


def test_a_few_wrong_tags_do_not_change_the_scheme(tmp_path: Path) -> None:
    iob1 = "小\tI-PER\n明\tI-PER\n\n" * 20
    [*_, (_, last)] = read(tmp_path / "corpus", iob1 + "好\tO\n京\tB-LOC\n", stray="keep")
    assert last == "O B-LOC"
    assert {tags for _, tags in read(tmp_path / "corpus", iob1 + "好\tO\n京\tB-LOC\n", stray="keep")} == {
        "B-PER I-PER",
        "O B-LOC",
    }
    bio = "小\tB-PER\n明\tI-PER\n\n" * 20
    assert read(tmp_path / "corpus", bio + "好\tO\n京\tI-LOC\n", stray="keep")[-1][1] == "O I-LOC"


def test_what_is_not_a_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, message in [
        (tmp_path, "expected a regular file, got a directory; name the files themselves"),
        (tmp_path / "pipe", "expected a regular file, got a pipe or device; name the files"),
        (
            tmp_path / "none",
            "expected a readable corpus file, got 'No such file or directory'; check the path",
        ),
        (tmp_path / "none.gz", "expected a readable corpus file, got 'No such file or directory'; check"),
        (tmp_path / "a\0b", "expected a readable corpus file, got 'embedded null byte'; check the path"),
    ]:
        with pytest.raises(CorpusError, match=re.escape(f"{path}: {message}")):
            list(read_sentences(path))


def test_no_file_and_unknown_encodings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="corpus: expected at least one file, got none; name one"):
        list(read_sentences([]))
    with pytest.raises(
        CorpusError, match="x: expected the encoding utf-8 or gb18030, got 'utf-16'; convert the file"
    ):
        list(read_sentences("x", encoding="utf-16"))


@pytest.mark.parametrize("cut", [1, 5, 40, -20, -4])
def test_a_torn_gzip_file_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "corpus.gz"
    path.write_bytes(gzip.compress(XIAO_MING.encode() * 99)[:cut])
    with pytest.raises(
        CorpusError, match=r"corpus.gz: expected a whole compressed file, got .*; fetch the file again"
    ):
        list(read_sentences(path))


@pytest.mark.parametrize(
    "content", [XIAO_MING.encode(), gzip.compress(XIAO_MING.encode())[:11] + b"\xff" * 30]
)
def test_what_is_called_gz_but_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(
        CorpusError, match=r"corpus.gz: expected a whole compressed file, got .*; fetch the file again"
    ):
        read(tmp_path / "corpus.gz", content)


def test_ten_megabytes_on_one_line_are_refused_after_one_block(tmp_path: Path) -> None:
    path = tmp_path / "corpus"
    path.write_bytes(b"x" * 10_000_000)
    tracemalloc.start()
    with pytest.raises(
        CorpusError, match=r":1: expected a line of at most 4,096 bytes, got at least 262,144 that"
    ):
        list(read_sentences(path))
    assert tracemalloc.get_traced_memory()[1] < 8 * BLOCK_BYTES
    tracemalloc.stop()


def test_a_million_lines_without_a_blank_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        CorpusError, match=r"expected a blank line between sentences, got none in 1,0[\d,]+ lines; add them"
    ):
        read(tmp_path / "corpus", "字\tO\n" * 1_100_000)


def test_a_large_file_never_enters_memory_whole(tmp_path: Path) -> None:
    path = tmp_path / "corpus"
    path.write_text((XIAO_MING + (" " * 4000 + "\n") * 100) * 80, encoding="utf-8")  # blank lines are long
    tracemalloc.start()
    assert sum(1 for _ in read_sentences(path)) == 80
    assert tracemalloc.get_traced_memory()[1] < path.stat().st_size / 10
    tracemalloc.stop()


def test_more_different_lines_than_are_remembered_read_alike(tmp_path: Path) -> None:
    words = [f"w{number}" for number in range(MAX_KNOWN_LINES + 10)] * 2
    [(text, _)] = read(tmp_path / "corpus", "".join(f"{word}\tO\n" for word in words), unit="word")
    assert text.split() == words


PIECES = [
    "小",
    "a",
    "\t",
    " ",
    "\n",
    "\r\n",
    "\n\n",
    "O",
    "B-",
    "I-A",
    "E-A",
    "S-B",
    "小\tB-A\n",
    "明\tI-A\n",
    "\0",
    "\u3000",
]
corpora = st.one_of(
    st.binary(), st.lists(st.sampled_from(PIECES)).map(lambda pieces: "".join(pieces).encode())
)


@settings(max_examples=200, deadline=None)
@given(
    content=corpora,
    encoding=st.sampled_from(["utf-8", "gb18030"]),
    unit=st.sampled_from(["char", "word"]),
    scheme=st.sampled_from(["auto", "BIO", "IOB1", "BIOES", "BMES", "BMEWO"]),
    stray=st.sampled_from(["repair", "refuse", "keep"]),
    suffix=st.sampled_from(["", ".gz"]),
)
@example("小\tB-A\n\U000e0001\tO".encode(), "utf-8", "char", "auto", "repair", "")
@example("明\tI-A\n".encode(), "utf-8", "char", "BIO", "keep", "")
@example(b"\x81\x30\x81\x30\tO\n", "gb18030", "char", "auto", "repair", "")
def test_any_bytes_give_sentences_or_a_corpus_error(content, encoding, unit, scheme, stray, suffix) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"corpus{suffix}"
        path.write_bytes(content)
        try:
            sentences = list(read_sentences(path, encoding=encoding, unit=unit, scheme=scheme, stray=stray))
        except CorpusError:
            return
    assert sentences
    for sentence in sentences:
        assert len(sentence.text) == len(sentence.tags) > 0
        for before, tag in pairwise(("O", *sentence.tags)):
            continues = tag[:2] == "I-" and (before[1:] == tag[1:] or stray == "keep")
            assert tag == "O" or tag[:2] == "B-" or continues


characters = st.characters(exclude_categories=["Cs", "Cc", "Cf"]).filter(lambda char: not char.isspace())
labels = st.sampled_from(["A", "B", "creative-work", "公司", "PER.NAM"])
entities = st.lists(
    st.tuples(st.lists(characters, min_size=1, max_size=4), st.none() | labels), min_size=1, max_size=9
)


def tagged(pieces: list[tuple[list[str], str | None]], scheme: str) -> list[tuple[str, str]]:
    """Return characters and tags of one sentence: a second opinion on what the schemes mean."""
    lone, first, middle, last = {
        "BIO": "BBII", "IOB1": "IIII", "BIOES": "SBIE", "BMES": "SBME", "BMEWO": "WBME"
    }[scheme]  # fmt: skip
    pairs, previous = [], None
    for chars, label in pieces:
        prefixes = lone if len(chars) == 1 else first + middle * (len(chars) - 2) + last
        if scheme == "IOB1" and label == previous:
            prefixes = "B" + prefixes[1:]
        pairs += [
            (char, f"{prefix}-{label}" if label else "O")
            for char, prefix in zip(chars, prefixes, strict=True)
        ]
        previous = label
    return pairs


@settings(max_examples=150, deadline=None)
@given(
    drawn=st.lists(entities, min_size=1, max_size=5),
    scheme=st.sampled_from(["BIO", "IOB1", "BIOES", "BMES", "BMEWO"]),
    auto=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    codec=st.sampled_from(["utf-8", "gb18030"]),
)
@example([[(["\ufeff"], None)]], "BIO", True, "\n", "utf-8")
def test_whatever_is_written_in_a_scheme_is_read_as_its_bio(drawn, scheme, auto, end, codec) -> None:
    drawn = [*drawn, [(["好"], None)]]
    content = (end * 2).join(end.join(f"{c}\t{t}" for c, t in tagged(sentence, scheme)) for sentence in drawn)
    with tempfile.TemporaryDirectory() as folder:
        path, copy = Path(folder) / "corpus", Path(folder) / "copy"
        path.write_bytes(content.encode(codec))
        report = ReadReport()
        read = list(read_sentences(path, scheme="auto" if auto else scheme, encoding=codec, report=report))
        write_sentences(copy, read)
        again = list(read_sentences(copy, scheme="BIO"))
    expected = [tuple(zip(*tagged(sentence, "BIO"), strict=True)) for sentence in drawn]
    assert [(tuple(sentence.text), sentence.tags) for sentence in read] == expected
    assert [(tuple(sentence.text), sentence.tags) for sentence in again] == expected
    assert (report.stray, report.unclosed) == (0, 0)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    def sentences():
        yield Sentence("好", ("O",))
        raise KeyboardInterrupt

    path = tmp_path / "train.bio"
    path.write_text("before", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        write_sentences(path, sentences())
    assert path.read_text(encoding="utf-8") == "before"
    write_sentences(path, [Sentence("小明", ("B-PER", "I-PER")), Sentence("好", ("O",))])
    assert path.read_bytes() == "小\tB-PER\n明\tI-PER\n\n好\tO\n\n".encode()
    assert [file.name for file in tmp_path.iterdir()] == ["train.bio"]


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        (
            Sentence("", ()),
            "expected as many tags as characters, got 0 characters and 0 tags; write no empty",
        ),
        (
            Sentence("小明", ("O",)),
            "expected as many tags as characters, got 2 characters and 1 tags; write no",
        ),
        (Sentence("a b", ("O",) * 3), "expected characters that a corpus can hold, got ' '; replace it"),
        (Sentence("\0", ("O",)), "expected characters that a corpus can hold, got '\\x00'; replace it"),
        (Sentence("\ud83d", ("O",)), "expected characters that a corpus can hold, got '\\ud83d'; replace it"),
    ],
)
def test_what_could_not_be_read_back_is_not_written(tmp_path: Path, sentence: Sentence, message: str) -> None:
    with pytest.raises(CorpusError, match=re.escape(message)):
        write_sentences(tmp_path / "corpus", [sentence])
    assert not (tmp_path / "corpus").exists()


@pytest.mark.parametrize("label", ["P\u0007R", "P\u200bR", "x" * 65])
def test_a_label_that_cannot_be_shown_is_refused(tmp_path: Path, label: str) -> None:
    with pytest.raises(
        CorpusError, match="corpus:1: expected a label of at most 64 characters that can be seen"
    ):
        read(tmp_path / "corpus", f"小\tB-{label}\n好\tO\n")
