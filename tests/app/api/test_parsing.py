"""From the bytes of a request to its texts and options."""

import contextlib
import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.inputs import Parameters
from app.api.json_cost import SMALL_BYTES
from app.api.parsing import read_json, read_off_loop, read_request
from app.api.query import read_query
from app.api.schemas import Options, TagRequest
from app.problems import Problem

pytestmark = pytest.mark.anyio

JSON = "application/json"


@pytest.mark.parametrize(
    ("content_type", "query", "body", "expected"),
    [
        (JSON, b"", '{"text": "小明"}', TagRequest(text="小明")),
        ("Application/JSON; charset=utf-8", b"", '{"text": ""}', TagRequest(text="")),
        (JSON, b"", '{"texts": []}', TagRequest(texts=())),
        (JSON, b"", '{"text": null, "texts": ["a", ""]}', TagRequest(texts=("a", ""))),
        (JSON, b"", r'{"text": "\u5c0f\ud83d\ude00\u0000"}', TagRequest(text="小😀\x00")),
        (JSON, b"", r'{"text": "\ud83d"}', TagRequest(text="\ud83d")),
        (JSON, b"", r'{"texts": ["a\udc00b", "\u5c0f"]}', TagRequest(texts=("a\udc00b", "小"))),
        (JSON, b"", '\ufeff{"text": "a"}', TagRequest(text="a")),
        (JSON, b"", '{"text": "a", "text": "b"}', TagRequest(text="b")),
        (JSON, b"", '{"text": "a", "min_score": 1}', TagRequest(text="a", min_score=1.0)),
        (JSON, b"min_score=0.5", '{"text": "a", "min_score": 0}', TagRequest(text="a", min_score=0)),
        (JSON, b"min_score=0.5", '{"text": "a"}', TagRequest(text="a", min_score=0.5)),
        (JSON, b"", '{"text": "a", "min_score": {"PER": 1}}', TagRequest(text="a", min_score={"PER": 1.0})),
        (
            JSON,
            b"min_score=PER:0.5,LOC:1",
            '{"text": "a"}',
            TagRequest(text="a", min_score={"PER": 0.5, "LOC": 1}),
        ),
        (JSON, b"", '{"inputs": "a"}', TagRequest(text="a", format="hf")),
        (JSON, b"", '{"inputs": ["a", ""], "format": "bio"}', TagRequest(texts=("a", ""), format="bio")),
        (JSON, b"format=native", '{"inputs": "a"}', TagRequest(text="a", format="native")),
        (
            JSON,
            b"",
            r'{"inputs": "\ud83d", "parameters": {"ignore_labels": ["O"], "stride": null}}',
            TagRequest(text="\ud83d", format="hf", parameters=Parameters(ignore_labels=("O",))),
        ),
        ("text/plain", b"", "小明\r\n", TagRequest(text="小明\r\n")),
        ("text/plain", b"", "", TagRequest(text="")),
        ("text/plain", b"", "\ufeff小", TagRequest(text="\ufeff小")),  # offsets count what was sent
        ('text/plain; format=flowed; charset="UTF-8"', b"", "小", TagRequest(text="小")),
        (
            "text/plain",
            b"labels=PER,LOC&labels=ORG&include=tags&offset_unit=utf16",
            "a",
            TagRequest(text="a", labels=("PER", "LOC", "ORG"), include=("tags",), offset_unit="utf16"),
        ),
        ("text/plain", b"labels=%E4%BA%BA", "a", TagRequest(text="a", labels=("人",))),
    ],
)
def test_what_is_read(content_type: str, query: bytes, body: str, expected: TagRequest) -> None:
    assert read_request(content_type, query, body.encode()) == expected


@pytest.mark.parametrize("charset", ["utf-8", '"UTF-8"', "utf8", "us-ascii"])
def test_json_that_is_said_to_be_in_utf_8(charset: str) -> None:
    assert read_request(f"{JSON}; charset={charset}", b"", b'{"text": "a"}').text == "a"


def test_json_sent_as_plain_text_is_the_text() -> None:
    """As docs/service.md says: what a text is, its sender knows; no guess is made from how it looks."""
    assert read_request("text/plain;charset=UTF-8", b"", b'{"text": "a"}').text == '{"text": "a"}'


@pytest.mark.parametrize("charset", ["gb18030", "GBK", "gb2312"])
def test_plain_text_in_other_charsets(charset: str) -> None:
    assert read_request(f"text/plain; charset={charset}", b"", "小明".encode("gb18030")).text == "小明"


@pytest.mark.parametrize(
    ("content_type", "query", "body", "code", "detail"),
    [
        (
            "",
            b"",
            b"{}",
            "unsupported_media_type",
            "expected content-type application/json or text/plain, got none",
        ),
        (
            "application/x-www-form-urlencoded",
            b"",
            b"{}",
            "unsupported_media_type",
            "got 'application/x-www-form",
        ),
        ("multipart/form-data; boundary=x", b"", b"", "unsupported_media_type", "got 'multipart/form-data'"),
        ("text/plain; charset=utf-7", b"", b"a", "unsupported_media_type", "got 'utf-7'; send UTF-8"),
        ("text/plain", b"", b"ab\xff", "invalid_text", "byte 2 of the body is not utf-8"),
        ("text/plain", b"", "\ud83d".encode("utf-8", "surrogatepass"), "invalid_text", "byte 0"),
        ("text/plain; charset=gbk", b"", b"\xff\xff", "invalid_text", "byte 0 of the body is not gbk"),
        (JSON, b"", b"", "invalid_request", "Invalid JSON: EOF"),
        (JSON, b"", b'{"text": "a"', "invalid_request", "Invalid JSON: EOF"),
        (JSON, b"", b'{"text": "\xff"}', "invalid_request", "byte 10 of the body is not UTF-8; send UTF-8"),
        (JSON, b"", '{"text": "小明"}'.encode("gbk"), "invalid_request", "is not UTF-8; send UTF-8"),
        (JSON, b"", '{"text": "誠"}'.encode("gbk"), "invalid_request", "is not UTF-8; send UTF-8"),
        (JSON, b"", '{"text": "a"}'.encode("utf-16"), "invalid_request", "is not UTF-8; send UTF-8"),
        (
            f"{JSON}; charset=gbk",
            b"",
            b'{"text": "a"}',
            "unsupported_media_type",
            "got charset 'gbk'; send UTF-8",
        ),
        (f"{JSON}; charset=utf-16", b"", b'{"text": "a"}', "unsupported_media_type", "in UTF-8, got charset"),
        (JSON, b"", b'{"text": "\\ud83d", ', "invalid_request", "Invalid JSON"),
        (JSON, b"", b"[" * 10_000, "invalid_request", "recursion limit"),
        (JSON, b"", b'{"text": "\\ud83d", "x": ' + b"[" * 10_000, "invalid_request", "Invalid JSON"),
        (JSON, b"", b'{"text": "\\ud83d", "min_score": NaN}', "invalid_request", "Invalid JSON"),
        (
            JSON,
            b"",
            b'{"text": "\\ud83d", "min_score": 1' + b"0" * 9000 + b"}",
            "invalid_request",
            "Invalid JSON",
        ),
        (JSON, b"", b"null", "invalid_request", "Input should be an object"),
        (JSON, b"", b'"a"', "invalid_request", "Input should be an object"),
        (JSON, b"", b"[]", "invalid_request", "Input should be an object"),
        (JSON, b"", b"{}", "invalid_request", "expected exactly one of `text` and `texts`"),
        (JSON, b"", b'{"text": "a", "texts": []}', "invalid_request", "expected exactly one"),
        (JSON, b"", b'{"text": 1}', "invalid_request", "`text`: Input should be a valid string"),
        (JSON, b"", b'{"text": ["a"]}', "invalid_request", "`text`"),
        (JSON, b"", b'{"texts": "a"}', "invalid_request", "`texts`"),
        (JSON, b"", b'{"texts": ["a", null]}', "invalid_request", "`texts.1`"),
        (JSON, b"", b'{"text": "\\ud83d", "texts": 1}', "invalid_request", "`texts`"),
        (JSON, b"", b'{"text": "a", "txt": 1}', "invalid_request", "`txt`: Extra inputs are not permitted"),
        (JSON, b"", b'{"text": "a", "min_score": "0.5"}', "invalid_request", "`min_score`"),
        (JSON, b"", b'{"text": "a", "min_score": 1.5}', "invalid_request", "`min_score`"),
        (JSON, b"", b'{"text": "a", "min_score": 1e999}', "invalid_request", "`min_score`"),
        (JSON, b"", b'{"text": "a", "min_score": null}', "invalid_request", "`min_score`: Input should be"),
        (JSON, b"", b'{"text": "a", "min_score": {"PER": 2}}', "invalid_request", "`min_score.PER`: Input"),
        (JSON, b"", b'{"text": "a", "min_score": {"PER": "1"}}', "invalid_request", "`min_score.PER`: Input"),
        (JSON, b"", b'{"text": "a", "min_score": {"": 1}}', "invalid_request", "`min_score."),
        (JSON, b"min_score=PER", b'{"text": "a"}', "invalid_request", "LABEL:NUMBER with commas between"),
        (JSON, b"min_score=PER:2", b'{"text": "a"}', "invalid_request", "expected a number from 0 to 1"),
        (JSON, b"min_score=PER:0.5,1", b'{"text": "a"}', "invalid_request", "query `min_score`: expected"),
        (JSON, b"", b'{"text": "a", "inputs": "a"}', "invalid_request", "expected exactly one"),
        (JSON, b"", b'{"inputs": 1}', "invalid_request", "`inputs`: Input should be a valid string"),
        (JSON, b"", b'{"inputs": ["a", 1]}', "invalid_request", "`inputs.1`: Input should be a valid string"),
        (
            JSON,
            b"",
            b'{"inputs": "a", "parameters": {"aggregation_strategy": "none"}}',
            "invalid_request",
            "`parameters.aggregation_strategy`: Input should be 'simple', 'first', 'average' or 'max'",
        ),
        (JSON, b"", b'{"inputs": "a", "parameters": {"top_k": 1}}', "invalid_request", "`parameters.top_k`"),
        (JSON, b"", b'{"text": "a", "include": ["marginals"]}', "invalid_request", "`include.0`"),
        (JSON, b"", b'{"text": "a", "labels": [""]}', "invalid_request", "`labels.0`"),
        (JSON, b"", b'{"text": "a", "offset_unit": "char"}', "invalid_request", "`offset_unit`"),
        (JSON, b"x=1", b'{"text": "a"}', "invalid_request", "query `x`: Extra inputs"),
        (JSON, b"min_score=nan", b'{"text": "a"}', "invalid_request", "query `min_score`"),
        (JSON, b"min_score=0&min_score=1", b'{"text": "a"}', "invalid_request", "`min_score` is given twice"),
        (JSON, b"labels=%ff", b'{"text": "a"}', "invalid_request", "the query string cannot be decoded"),
        (JSON, b"\xff=1", b'{"text": "a"}', "invalid_request", "the query string cannot be decoded"),
        (JSON, b"&".join([b"a=1"] * 101), b'{"text": "a"}', "invalid_request", "the query string cannot be"),
    ],
)
def test_what_is_refused(content_type: str, query: bytes, body: bytes, code: str, detail: str) -> None:
    with pytest.raises(Problem) as problem:
        read_request(content_type, query, body)
    assert problem.value.code == code
    assert detail in problem.value.detail


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ('{"texts": [1, 2, 3]}', ["texts.0"]),
        ('{"texts": ["a", [], {}]}', ["texts.1"]),
        ('{"texts": ["a"], "labels": ["PER", 1, 2], "include": [1, 2]}', ["labels.1", "include.0"]),
        ('{"texts": ["a\\ud83d", 1, 2]}', ["texts.1"]),
    ],
)
def test_of_each_list_the_first_wrong_item_is_told(body: str, where: list[str]) -> None:
    with pytest.raises(Problem) as problem:
        read_json(body)
    assert [error["field"] for error in problem.value.extras["errors"]] == where


def test_thousands_of_wrong_fields_are_not_listed() -> None:
    body = "{" + ",".join(f'"x{number}":1' for number in range(2000)) + ',"text":"a"}'
    with pytest.raises(Problem) as problem:
        read_json(body)
    assert problem.value.detail == "2000 fields are wrong"
    assert len(str(problem.value.document())) < 1000


def test_a_refusal_does_not_repeat_the_text() -> None:
    with pytest.raises(Problem) as problem:
        read_json('{"texts": "机密", "text": ["机密"], "labels": "机密"}')
    assert "机密" not in str(problem.value.document())


@pytest.mark.parametrize(("size", "in_a_thread"), [(SMALL_BYTES, False), (SMALL_BYTES + 1, True)])
async def test_a_long_body_is_read_off_the_event_loop(size: int, in_a_thread: bool) -> None:
    thread = await read_off_loop(lambda _: threading.get_ident(), b"a" * size)
    assert (thread != threading.get_ident()) is in_a_thread


@given(st.binary(max_size=60))
def test_any_bytes_give_a_request_or_a_problem(body: bytes) -> None:
    for content_type in (JSON, "text/plain", "text/plain; charset=gb18030"):
        with contextlib.suppress(Problem):
            request = read_request(content_type, b"", body)
            assert (request.text is None) != (request.texts is None)


@given(st.binary(max_size=40))
def test_any_query_gives_options_or_a_problem(query: bytes) -> None:
    with contextlib.suppress(Problem):
        assert isinstance(read_query(query), Options)


@given(st.text(st.characters(), max_size=30), st.booleans())
def test_every_string_of_json_comes_in_whole(text: str, ascii_only: bool) -> None:
    body = json.dumps({"text": text}, ensure_ascii=ascii_only)
    try:
        raw = body.encode()
    except UnicodeEncodeError:
        raw = json.dumps({"text": text}).encode()
    assert read_json(raw).text == text
