"""The curves for TensorBoard: a folder that takes none ends a fit in words, as any other of a run's does."""

from pathlib import Path

import pytest

from training.loop.checkpoint import TENSORBOARD, EpochRecord, Progress, Run, RunError
from training.loop.epochs import _summary_writer, _write_summary
from training.settings.config import FitConfig

RECORD = EpochRecord(1, 1.5, 0.5, 0.25, 0.4, 1e-3, 2.0, 1000.0)


@pytest.mark.parametrize(
    ("history", "remedy"),
    [([], "make room, or choose another --runs"), ([RECORD], "its whole epochs are kept: .* with --resume")],
)
def test_curves_that_cannot_be_written_are_told(
    history: list[EpochRecord], remedy: str, tmp_path: Path
) -> None:
    run = Run(tmp_path / "run")
    run.start(FitConfig())
    if history:
        run.save(Progress("corpus", history))
    (run.path / TENSORBOARD).write_text("in the way")
    with pytest.raises(RunError, match=rf"run: cannot be written: tensorboard: [^\n]*; {remedy}"):
        _summary_writer(run)


def test_curves_are_written(tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    _write_summary(run, _summary_writer(run), RECORD)
    assert b"dev/f1" in next((run.path / TENSORBOARD).glob("events.*")).read_bytes()
