"""A run begins anew, or goes on with what it learnt from before and with nothing else."""

from pathlib import Path

import pytest

from training.loop.checkpoint import EpochRecord, Progress, Run, RunError
from training.loop.resume import start_run
from training.settings.config import FitConfig


def kept_run(tmp_path: Path, config: FitConfig) -> Run:
    run = Run(tmp_path / "run")
    run.start(config)
    run.save(Progress("these texts", [EpochRecord(1, 1.0, 0.5, 0.5, 0.5, 0.1, 1.0, 1.0)]))
    return run


def test_a_run_goes_on_with_the_same_texts(tmp_path: Path) -> None:
    config = FitConfig(resume=True)
    assert len(start_run(kept_run(tmp_path, config), config, "these texts").history) == 1


def test_a_run_does_not_go_on_with_other_texts(tmp_path: Path) -> None:
    config = FitConfig(resume=True)
    with pytest.raises(RunError, match=r"have changed since its first start .*; start without --resume"):
        start_run(kept_run(tmp_path, config), config, "other texts")


def test_without_resume_it_begins_anew(tmp_path: Path) -> None:
    config = FitConfig()
    run = kept_run(tmp_path, config)
    assert start_run(run, config, "other texts") == Progress("other texts")
    assert not run.has_checkpoint
