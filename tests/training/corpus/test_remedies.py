"""What is advised about a line mends it: no sentence is joined, no character lost, no file garbled.

Where the advice is a change of the line, the table holds the change too, and the corpus reads once it is made.
"""

import bz2
import gzip
import io
import json
import lzma
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from training.corpus.reader import CorpusError, read_sentences

SENTENCE = "傅\tB-PER\n伟\tI-PER\n"


def read(path: Path, content: str | bytes, **options: str) -> list[tuple[str, str]]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [(one.text, " ".join(one.tags)) for one in read_sentences(path, **options)]


def error_of(path: Path, content: str | bytes, **options: str) -> str:
    with pytest.raises(CorpusError) as caught:
        read(path, content, **options)
    return str(caught.value).removeprefix(str(path))


@pytest.mark.parametrize(
    ("line", "message", "mended"),
    [
        ("\u3000", "an empty line between sentences, got white space alone in '\\u3000'; empty the line where", "\n"),
        ("\u00a0", "an empty line between sentences, got white space alone in '\\xa0'; empty the line where", "\n"),
        ("\u2003\u3000", "got white space alone in '\\u2003\\u3000'; empty the line where a sentence ends", "\n"),
        ("\u200b", "got invisible characters alone in '\\u200b'; empty the line where a sentence ends", "\n"),
        ("\ufeff", "got invisible characters alone in '\\ufeff'; empty the line where a sentence ends", "\n"),
        ("\ufeff小\tO", "(U+FEFF) at the start of a file alone, got '\\ufeff小\\tO'; remove it", "小\tO"),
        ("小\u200b\tO", "got one and U+200B, which is invisible, in '小\\u200b\\tO'; remove U+200B", "小\tO"),
        ("\u200e小\tO", "got one and U+200E, which is invisible, in '\\u200e小\\tO'; remove U+200E", "小\tO"),
        (
            "👍🏻\tO",
            "got 2 that are drawn as one (U+1F44D U+1F3FB) in '👍🏻\\tO'; put each code point on its own line: "
            "U+1F44D O, U+1F3FB O",
            "👍\tO\n🏻\tO",
        ),
        ("🇨🇳\tB-LOC", "own line: U+1F1E8 B-LOC, U+1F1F3 I-LOC", "🇨\tB-LOC\n🇳\tI-LOC"),
        ("❤\ufe0f\tI-A", "own line: U+2764 I-A, U+FE0F I-A", "❤\tI-A\n\ufe0f\tI-A"),
        ("👩\u200d🚀\tO", "own line: U+1F469 O, U+200D O, U+1F680 O", "👩\tO\n\u200d\tO\n🚀\tO"),
        ("1\ufe0f\u20e3\tO", "own line: U+0031 O, U+FE0F O, U+20E3 O", "1\tO\n\ufe0f\tO\n\u20e3\tO"),
        ("x\u0304\tS-A", "own line: U+0078 U+0304, tagged as 2 characters are", "x\tB-A\n\u0304\tE-A"),
        ("e\u0301\tO", "got 2 that make one in 'e\u0301\\tO'; write it composed (NFC), as 'é'", "\u00e9\tO"),
        ("か\u3099\tO", "got 2 that make one in 'か\u3099\\tO'; write it composed (NFC), as 'が'", "が\tO"),
        ("\u3000 O", "white space in '\\u3000 O'; drop the line, or empty it where a sentence ends", "\n"),
        ("O\t小", "expected a token, then its tag, got 'O\\t小'; swap the columns", "小\tO"),
        ("B-PER\t小", "expected a token, then its tag, got 'B-PER\\t小'; swap the columns", "小\tB-PER"),
        ("小 nr B-NP B-PER", "in '小 nr B-NP B-PER'; keep the token and its tag alone: columns 1 and 4", "小 B-PER"),
        ("小 O nr", "got 3 in '小 O nr'; keep the token and its tag alone: columns 1 and 2", "小 O"),
        ("小\u3000O", "got 1 in '小\\u3000O'; put a tab in place of '\\u3000'", "小\tO"),
        ("小,B-PER", "got 1 in '小,B-PER'; put a tab in place of ','", "小\tB-PER"),
        ("小/O 明/O", "got 2 tokens in '小/O 明/O'; put each token on its own line, with a tab", "小\tO\n明\tO"),
        ("小/O 明/O 去/O", "got 3 tokens in '小/O 明/O 去/O'; put each token", "小\tO\n明\tO\n去\tO"),
        ("小\tB–PER", "got '小\\tB–PER'; write B-PER in plain letters, without U+2013", "小\tB-PER"),
        ("小\tＢ－PER", "; write B-PER in plain letters, without U+FF22, U+FF0D", "小\tB-PER"),
        ("小\tО", "; write O in plain letters, without U+041E", "小\tO"),
        ("小\t人名", "got '小\\t人名'; correct the tag", "小\tB-人名"),
        ("# 第二句", "got '# 第二句'; drop the line if it is a comment; correct the tag otherwise", ""),
        ("char\tner", "got 'char\\tner'; drop the line if it names the columns or is no text; put each", ""),
        ("----", "got 1 in '----'; empty the line if a sentence ends there", "\n"),
        ("小\tO\r", "got a carriage return in '小\\tO\\r'; convert the line ends", "小\tO"),
        ("小\tO\r明\tO", "got a carriage return in '小\\tO\\r明\\tO'; convert the line ends", "小\tO\n明\tO"),
    ],
)  # fmt: skip
def test_a_line_has_its_place_and_a_remedy_that_mends(
    tmp_path: Path, line: str, message: str, mended: str
) -> None:
    path = tmp_path / "train.bio"
    is_closed = "S-A" in line
    before = "好\tS-A\n" if is_closed else SENTENCE
    error = error_of(path, f"{before}{line}\r\n{before}")
    assert error.startswith(f":{before.count(chr(10)) + 1}: expected ")
    assert message in error
    read_back = read(path, f"{before}{mended}\n{before}" if mended else before * 2)
    assert len(read_back) == (2 if mended == "\n" else 1)


@pytest.mark.parametrize("line", ["小明去北京，很高兴\tB-PER", "今天天气很好！\tO", "，北京\tO"])
def test_whole_sentences_as_tokens_are_not_advised_to_be_read_as_words(tmp_path: Path, line: str) -> None:
    error = error_of(tmp_path / "train.conll", f"-DOCSTART- -X- O\n{line}\n")
    assert error.startswith(":2: expected one character, a tab and a tag, got ")
    assert error.endswith("where their entities are is lost: export them as JSON instead")


@pytest.mark.parametrize(
    ("line", "place"),
    [("2023\tO", 1), ("iPhone\tO", 1), ("北京\tB-LOC", 1)],
)
def test_words_are_advised_to_be_read_as_words_where_all_lines_hold_them(
    tmp_path: Path, line: str, place: int
) -> None:
    error = error_of(tmp_path / "train.bio", f"{line}\n年\tO\n")
    assert error == (
        f":{place}: expected one character, a tab and a tag, got {line!r}; put each character on its own line, or "
        "read the corpus with --unit word if its lines hold whole words or numbers: Chinese ones are then joined "
        "without spaces"
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("\ufeff小明\tO", "; remove it; if files were joined here, keep an empty line between them"),
        ("\u3000", "; empty the line where a sentence ends"),
        ("O\t小明", "; swap the columns"),
        ("# sent_id = 1", ": expected a token and a tag, got a comment, '# sent_id = 1'; drop the line"),
    ],
)
def test_words_have_their_remedies_too(tmp_path: Path, line: str, message: str) -> None:
    assert message in error_of(tmp_path / "train.bio", f"好\tO\n{line}\n好\tO\n", unit="word")


PAIR = "😀".encode("utf-16-be")
CESU_8 = b"".join(chr(PAIR[i] << 8 | PAIR[i + 1]).encode("utf-8", "surrogatepass") for i in (0, 2))


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (CESU_8 + b"\tO\n", {}, ":1: expected text in utf-8, got byte 0xed at byte offset 0; write 😀 as f0 9f 98 80"),
        (CESU_8[:3] + b"\tO\n", {}, "byte offset 0; remove it: half of a pair of surrogates is no character"),
        (b"\xc0\x80\tO\n", {}, "byte offset 0; remove it: it is a NUL, as Java writes one"),
        ("傅\tO\n伟\tO\n".encode("gbk"), {}, "convert the file to UTF-8, or name its encoding (--encoding gb18030)"),
        ("傅\tO\n".encode() + "好\tO\n".encode("gbk"), {}, ":2: expected text in utf-8, got byte 0xba at byte offset "
         "6; correct this character: the lines before it are in that encoding"),
        ("傅\tO\n".encode() + "伟".encode()[:2] + b"\tO\n", {}, ":2: expected text in utf-8, got byte 0xe4 at byte "
         "offset 6; correct this character: the lines before"),
        ("é\tO\n".encode("latin-1"), {}, "; convert the file to UTF-8"),
        (b"a\tO\n\xe5\x82\x85\tO\n", {"encoding": "gb18030"}, ":2: expected text in gb18030, got byte 0x85 at byte "
         "offset 6; read the file as UTF-8 (--encoding utf-8)"),
        ("今天\tO\n".encode(), {"encoding": "gb18030"}, "'浠婂ぉ\\tO'; read the file as UTF-8 (--encoding utf-8)"),
        ("今天\tO\n".encode("gbk"), {"encoding": "gb18030"}, "'今天\\tO'; put each character on"),
        (b"\xe5\xb0\xff\tO\n", {"encoding": "gb18030"}, "; convert the file to UTF-8"),
    ],
)  # fmt: skip
def test_bytes_that_are_no_text_are_not_garbled_by_the_remedy(
    tmp_path: Path, content: bytes, options: dict[str, str], message: str
) -> None:
    error = error_of(tmp_path / "train.bio", content, **options)
    assert message in error


def test_a_second_file_in_another_encoding_is_not_mended_character_by_character(tmp_path: Path) -> None:
    first, second = tmp_path / "train.bio", tmp_path / "more.bio"
    first.write_text(SENTENCE, "utf-8")
    second.write_text("好\tO\n早\tO\n", "gbk")
    with pytest.raises(CorpusError, match=r"more.bio:1: .*; convert the file to UTF-8, or name its encoding"):
        list(read_sentences([first, second]))


def zipped(name: str) -> bytes:
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(name, SENTENCE)
        return file.getvalue()


@pytest.mark.parametrize("name", ["train.bio", "train.txt.gz", "train"])
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_what_is_packed_is_unpacked_whatever_it_is_called(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    assert read(tmp_path / name, pack(SENTENCE.encode())) == [("傅伟", "B-PER I-PER")]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_what_is_packed_and_damaged_is_to_be_fetched_again(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(SENTENCE.encode() * 99)
    for damaged in (packed[:-9], packed[:12] + bytes(40)):
        error = error_of(tmp_path / "train.bio", damaged)
        assert error.startswith(": expected a whole compressed file, got ")
        assert "; fetch the file again" in error


DOCCANO = {"text": "傅伟在京", "label": [[0, 2, "PER"]]}
LABEL_STUDIO = [{"id": 1, "annotations": [], "data": {"text": "傅伟在京"}}]
CLUENER = {"text": "傅伟在京", "label": {"name": {"傅伟": [[0, 1]]}}}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (zipped("train.bio"), "a zip archive; unpack it and name the file inside"),
        (zipped("xl/workbook.xml"), "an Excel workbook (.xlsx); save its sheet as text with tabs, in UTF-8"),
        (zipped("word/document.xml"), "a Word document (.docx); save it as plain text in UTF-8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "an old Word or Excel file (.doc, .xls); save it"),
        (b"\x28\xb5\x2f\xfd" + bytes(99), "a file packed by zstd; unpack it"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF; use the text that it was made from"),
        (SENTENCE.encode("utf-16"), "text in UTF-16; save it as plain text in UTF-8"),
        (SENTENCE.encode("utf-16-le"), "text in UTF-16; save it"),
        (SENTENCE.encode("utf-16-be"), "text in UTF-16; save it"),
        (SENTENCE.encode("utf-32"), "text in UTF-32; save it"),
        (json.dumps(DOCCANO).encode() + b"\n", "JSON that begins with "),
        (json.dumps(LABEL_STUDIO).encode(), "JSON that begins with "),
        (json.dumps(LABEL_STUDIO, indent=2).encode(), "JSON that begins with "),
        (json.dumps(CLUENER, ensure_ascii=False).encode() * 2, "JSON that begins with "),
        (b"\xef\xbb\xbf" + json.dumps(CLUENER, indent=1).encode(), "JSON that begins with "),
        (b'[["\\u5085", "B-PER"]]\n', "JSON that begins with "),
        (json.dumps(LABEL_STUDIO * 20000).encode(), "JSON; convert it to lines of text"),
        (b"<!DOCTYPE html>\n<html></html>\n", "a web page (HTML) that begins with "),
        (b'<?xml version="1.0"?>\n<doc/>\n', "XML that begins with "),
    ],
)  # fmt: skip
def test_what_is_no_text_of_lines_is_recognised_by_its_content(
    tmp_path: Path, content: bytes, kind: str
) -> None:
    error = error_of(tmp_path / "train.bio", content)
    assert re.match(r"(:1)?: expected (lines of text|a token and its tag on each line), got ", error)
    assert f"got {kind}" in error
    assert "add the tag" not in error


@pytest.mark.parametrize("first", ["{", "[", '"', "<", "P", "%"])
def test_a_corpus_may_begin_like_another_format(tmp_path: Path, first: str) -> None:
    assert read(tmp_path / "train.bio", f"{first}\tO\n好\tO\n") == [(f"{first}好", "O O")]
