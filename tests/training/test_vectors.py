"""The command that trains general vectors: what it leaves, what it prints, what it refuses."""

from pathlib import Path

import pytest

from training.embeddings.general import open_general
from training.vectors import main

LINES = "北京在中国。\n中国的北京很大。\n" * 20


@pytest.fixture
def flags(tmp_path: Path) -> list[str]:
    """What every call here is given: raw text and small vectors."""
    (tmp_path / "raw.txt").write_text(LINES, encoding="utf-8")
    (tmp_path / "words.txt").write_text("北京\tns\t5\n中国\tns\t7\n", encoding="utf-8")
    given = {"raw": "raw.txt", "dictionary": "words.txt", "cache": "cache"}
    files = [part for name, file in given.items() for part in (f"--{name}", str(tmp_path / file))]
    return [*files, "--word-vectors", "none", "--char-dim", "6", "--bigram-dim", "4", "--dictionary-dim", "3"]


def test_it_trains_each_channel_once_and_says_where_they_are(
    tmp_path: Path, flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(flags) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[:3] == [
        f"{channel} vectors of raw.txt: training ({number} of 3)"
        for number, channel in enumerate(("char", "bigram", "segment"), 1)
    ]
    assert out[3].startswith("char: 9 vectors of 6, ")
    assert out[-2].startswith("general vectors of raw.txt, ")
    assert out[-1] == str(tmp_path / "cache" / "vectors" / "general")
    assert main(flags) == 0
    assert capsys.readouterr().out.splitlines() == out[3:]


def test_a_copy_of_them_stands_at_the_output(
    tmp_path: Path, flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    assert main([*flags, "--output", str(copy)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(copy)
    assert sorted(open_general(copy).folders) == ["bigram", "char", "segment"]
    assert main([*flags, "--output", str(copy)]) == 2
    assert capsys.readouterr().err == f"error: --output: {copy}: exists; choose another name\n"


def test_the_settings_file_of_a_fit_is_understood(
    tmp_path: Path, flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fit.toml").write_text('train = ["none.bio"]\nunits = 30\noutput = "bundles/x"\n')
    assert main([*flags, "--config", str(tmp_path / "fit.toml")]) == 0


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--raw", "none"], "--raw: expected text to learn vectors from, got none; name a file"),
        (["--raw", "none.txt"], "--raw: none.txt: expected a text file, none, or one of people-daily"),
        (
            ["--char-min-count", "100000"],
            "vectors of characters: no token occurs 100000 times in a text of 280 tokens",
        ),
        (["--char-dim", "0"], "char_dim: Input should be greater than or equal to 1, got '0'"),
    ],
)
def test_what_the_user_can_mend_is_said(
    flags: list[str], capsys: pytest.CaptureFixture[str], extra: list[str], message: str
) -> None:
    assert main([*flags, *extra]) == 2
    assert message in capsys.readouterr().err
