"""Progress: a bar on a terminal, a line a minute elsewhere, never on standard output."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.__main__ import main
from model.machine import progress
from model.machine.progress import BYTES, Progress, be_quiet, tracked


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def loud() -> Iterator[None]:
    yield
    be_quiet(False)


def ticking(step_s: float) -> "Iterator[float]":
    """Yield the times of a clock that is looked at every `step_s` seconds."""
    now = 0.0
    while True:
        yield now
        now += step_s


def run(stream: io.StringIO, step_s: float, total: int | None, unit: str = "batches", count: int = 1) -> str:
    clock = ticking(step_s)
    with Progress("epoch 1/8", total, unit, stream=stream, clock=lambda: next(clock)) as shown:
        for _ in range((total or 4) // count or 4):
            shown.advance(count, "loss 1.5")
    return stream.getvalue()


def test_short_work_leaves_nothing_in_a_log() -> None:
    assert run(io.StringIO(), 1.0, 50) == ""


def test_long_work_has_a_line_a_minute() -> None:
    lines = run(io.StringIO(), 20.0, 8).splitlines()
    assert lines == [
        "epoch 1/8  38 %  3 of 8 batches  1:40 left  loss 1.5",
        "epoch 1/8  75 %  6 of 8 batches  0:40 left  loss 1.5",
    ]


def test_of_work_without_an_end_the_count_is_shown() -> None:
    assert run(io.StringIO(), 30.0, None).splitlines()[0] == "epoch 1/8  2 batches  loss 1.5"


def test_bytes_are_shown_in_megabytes() -> None:
    assert "  38 %  3.0 of 8.0 MB  " in run(io.StringIO(), 20.0, 8_000_000, BYTES, 1_000_000).splitlines()[0]


def test_a_terminal_has_a_bar_that_is_gone_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    shown = run(Terminal(), 1.0, 2)
    assert "\n" not in shown
    first, _, rest = shown.removeprefix("\r\x1b[K").partition("\r\x1b[K")
    assert first == "epoch 1/8  ━━━━━━━━━━──────────  50 %  1 of 2 batches  0:01 left"[:59]
    assert rest.endswith("\r\x1b[K")


def test_quiet_shows_nothing(loud: None) -> None:
    be_quiet()
    assert run(io.StringIO(), 100.0, 8) == ""
    assert run(Terminal(), 100.0, 8) == ""


@pytest.mark.parametrize(("flags", "said"), [((), "tagging  2 texts\n"), (("--quiet",), "")])
def test_tagging_says_how_many_texts_it_has_done(
    tiny_bundle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    loud: None,
    flags: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    (tmp_path / "texts.txt").write_text("小明\n北京\n", encoding="utf-8")
    assert main([str(tiny_bundle), str(tmp_path / "texts.txt"), *flags]) == 0
    out, err = capsys.readouterr()
    assert (len(out.splitlines()), err) == (2, said)


def test_tracked_counts_what_is_taken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    assert list(tracked("小明", "cutting", 2, "texts")) == ["小", "明"]
    out, said = capsys.readouterr()
    assert out == ""
    assert [line[:24] for line in said.splitlines()] == [
        "cutting  50 %  1 of 2 te",
        "cutting  100 %  2 of 2 t",
    ]
