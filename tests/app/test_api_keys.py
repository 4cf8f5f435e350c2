"""A key file gives its keys, whoever edited it on whatever system."""

from pathlib import Path

import pytest

from app.api_keys import read_keys


@pytest.mark.parametrize(
    ("content", "keys"),
    [
        ("first\nsecond", ["first", "second"]),
        ("\ufefffirst\r\nsecond\r\n", ["first", "second"]),
        ("\ufeff# who\nfirst", ["first"]),
        ("  # indented comment\n\t# another\nfirst\n", ["first"]),
        ("  first  \n\n \t \nsecond", ["first", "second"]),
        ("first # no comment", ["first # no comment"]),
        ("first#1", ["first#1"]),
    ],
)
def test_keys_of_a_file(content: str, keys: list[str], tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(content.encode())
    assert read_keys(path) == keys


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no key"),
        (b"\xef\xbb\xbf", "holds no key"),
        (b" # nothing\n", "holds no key"),
        (b"secret\n\xff", "expected UTF-8, byte 7 is not"),
        ("secret".encode("utf-16"), "expected UTF-8, byte 0 is not"),
    ],
)
def test_a_file_without_keys_is_an_error_that_shows_none(
    content: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "keys"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as error:
        read_keys(path)
    assert "secret" not in str(error.value)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot read"):
        read_keys(tmp_path / "keys")
