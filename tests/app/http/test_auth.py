"""API keys."""

import base64

import pytest

from app.http.auth import ApiKeys

BASIC = b"Basic " + base64.b64encode("user:钥匙".encode())


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({b"authorization": b"Bearer first"}, True),
        ({b"authorization": b"bearer   second "}, True),
        ({b"x-api-key": b"first"}, True),
        ({b"authorization": BASIC}, True),
        ({b"authorization": "Bearer 钥匙".encode()}, True),
        ({}, False),
        ({b"authorization": b""}, False),
        ({b"authorization": b"Bearer"}, False),
        ({b"authorization": b"Bearer firs"}, False),
        ({b"authorization": b"Bearer first second"}, False),
        ({b"authorization": b"first"}, False),
        ({b"authorization": b"Digest first"}, False),
        ({b"authorization": b"Basic !!!"}, False),
        ({b"authorization": b"Basic " + base64.b64encode(b"no colon")}, False),
        ({b"authorization": b"Basic \xff"}, False),
        ({b"x-api-key": b""}, False),
    ],
)
def test_keys_in_headers(headers: dict[bytes, bytes], allowed: bool) -> None:
    assert ApiKeys(["first", "second", "钥匙"]).allow(headers) is allowed


def test_no_keys_are_false_and_allow_nobody() -> None:
    assert not ApiKeys([])
    assert not ApiKeys([]).allow({b"x-api-key": b""})


def test_keys_themselves_are_not_kept() -> None:
    assert "secret" not in repr(vars(ApiKeys(["secret"])))
