"""What a JSON body would take in memory is known before it is read."""

import json

import pytest

from app.api.json_cost import SMALL_BYTES, check_cost
from app.problems import Problem

MEGABYTE = 2**20


def repeated(item: str, size: int = MEGABYTE) -> bytes:
    return ('{"texts":[' + ",".join([item] * (size // (len(item.encode()) + 1))) + "]}").encode()


@pytest.mark.parametrize(
    "item",
    ["1", "1.5", "null", '""', '"ab"', '"小"', "[]", "{}", "[[]]", '{"a":1}', '"\\""', r'"\\"', '{"\\"":1}'],
)
def test_a_body_of_many_small_values_is_refused(item: str) -> None:
    with pytest.raises(Problem) as problem:
        check_cost(repeated(item), max_texts=1024)
    assert problem.value.code == "too_many_texts"
    assert problem.value.extras["limit"] == 1024


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"text": "a, b, [c], {d}, " * 60_000}).encode(),
        json.dumps({"text": json.dumps(list(range(100_000)))}).encode(),
        json.dumps({"text": '"\\[,' * 100_000}).encode(),
        json.dumps({"texts": ["a,b,c"] * 1024 + ["a," * SMALL_BYTES]}).encode(),
        json.dumps({"texts": ["小明去北京。" * 5] * 20_000}, ensure_ascii=False).encode(),
        b'{"text": "' + b"a," * MEGABYTE,  # cut off: the parser says so
        b'{"text": "' + b'\\",' * MEGABYTE,
    ],
)
def test_commas_and_brackets_in_texts_are_no_values(body: bytes) -> None:
    check_cost(body, max_texts=1024)


@pytest.mark.parametrize("item", ["1", "[]", '""'])
def test_a_short_body_is_read_whatever_it_holds(item: str) -> None:
    check_cost(repeated(item, SMALL_BYTES - 20), max_texts=1)


def test_as_many_texts_as_a_setting_allows_pass_however_short() -> None:
    body = repeated('""')
    check_cost(body, max_texts=body.count(b",") + 1)
