"""Rows that people have, good and bad, as lines of JSON with what must come of each: the same for every engine."""

from typing import NamedTuple


class RowCase(NamedTuple):
    """A line; the text in it, or None and what its error says."""

    line: bytes
    text: str | None
    error: str = ""


MAX_CHARS = 50

ROW_CASES = [
    RowCase('{"id": 1.50, "text": "小明在北京。"}'.encode(), "小明在北京。"),
    RowCase(b'{"text": ""}', ""),
    RowCase(b"no JSON", None, "expected a JSON object, got 'no JSON' (Expecting value"),
    RowCase(b"", None, "expected a JSON object, got ''"),
    RowCase(b"null", None, "expected a JSON object, got 'null'"),
    RowCase(b'["text"]', None, "expected a JSON object, got "),
    RowCase(b"[" * 2000, None, "expected a JSON object, got '[[["),
    RowCase(b'{"text": null, "id": 2}', None, "text: expected a text, got 'null'"),
    RowCase(b'{"text": 7}', None, "text: expected a text, got '7'"),
    RowCase(b'{"title": "x", "id": 3}', None, "expected the field 'text', got 'title, id'"),
    RowCase(
        b'{"text": "' + "年".encode() * 51 + b'"}', None, "expected a text of at most 50 characters, got 51"
    ),
    RowCase(b'{"text": "\xe5\x8c"}', None, "expected utf-8, got byte b'\\xe5' at byte 10 of the line"),
    RowCase(b'{"entities": [], "text": "x"}', None, "expected no field 'entities', which is ours"),
    RowCase(b'  {"text": "\\ud83d \xf0\x9f\x98\x80", "text": "\xe6\x9d\x8e\xe9\xb9\x8f"} \r', "李鹏"),
]
