"""What an interrupted fit and an interrupted study say for themselves."""

import signal
from pathlib import Path

import pytest

from training import fit, tune


@pytest.mark.parametrize(
    ("interruption", "said"),
    [
        (KeyboardInterrupt(), "interrupted: nothing was saved\n"),
        (KeyboardInterrupt("stopped by SIGTERM"), "interrupted: stopped by SIGTERM\n"),
    ],
)
def test_an_interrupted_fit_says_what_is_left(
    interruption: KeyboardInterrupt,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(fit, "fit", lambda *_, **__: (_ for _ in ()).throw(interruption))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert fit.main(["--train", "a.bio"]) == 130
    assert capsys.readouterr().err == said


def test_an_interrupted_study_says_how_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tune, "tune", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert tune.main(["--train", "a.bio"]) == 130
    assert capsys.readouterr().err == "interrupted: by the user; the same command goes on\n"


@pytest.mark.parametrize("hours", ["nan", "-1", "0", "inf", "x"])
def test_hours_are_a_number_above_0(hours: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        tune.main(["--train", "a.bio", "--hours", hours])
    assert f"--hours: expected a number above 0, got '{hours}'" in capsys.readouterr().err
