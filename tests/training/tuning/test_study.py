"""A study of an objective that is a formula: it goes on, gives up, tries again, and is shared."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import optuna
import pytest

from training.loop.errors import DivergedError, FitInterrupted
from training.settings.config import ConfigError
from training.tuning import storage
from training.tuning.space import Range, Values
from training.tuning.study import Study, Trial

ROOT = Path(__file__).parents[3]
RANGES = (Range("units", 1, 100, whole=True), Range("learning_rate", 1e-4, 1e-1, log=True))


def score(values: Values) -> float:
    """Return a score that is best for 60 units, whatever the learning rate."""
    return 1 - abs(values["units"] - 60) / 100


def objective(trial: Trial) -> float:
    for epoch in (1, 2, 3):
        trial.report(epoch, score(trial.values) * epoch / 3)
    return score(trial.values)


def open_study(
    tmp_path: Path, facts: dict[str, object] | None = None, name: str = "tune-x", kept: str = "journal"
) -> Study:
    """Open a study in a journal, which is faster than a database."""
    storage = str(tmp_path / kept)
    return Study(
        f"sqlite:///{storage}" if kept.endswith(".db") else storage, name, RANGES, facts or {"seed": 1}
    )


def run(study: Study, trials: int, tried=objective) -> list[str]:
    lines: list[str] = []
    study.run(tried, trials, None, lines.append)
    return lines


@pytest.fixture
def same_draws(monkeypatch) -> None:
    """Draw the same values in every run, so that a test of a search does not depend on luck."""
    sampler = optuna.samplers.TPESampler
    monkeypatch.setattr(optuna.samplers, "TPESampler", lambda **options: sampler(**options, seed=1))


@pytest.mark.slow
def test_the_best_comes_first_and_matters(tmp_path: Path, same_draws: None) -> None:
    study = open_study(tmp_path)
    lines = run(study, 24, lambda trial: score(trial.values))  # nothing is reported, so nothing is given up
    best, *others = study.outcomes()
    assert len(others) == 23
    assert best.score == max(one.score or 0 for one in [best, *others])
    assert abs(best.values["units"] - 60) < 20
    assert study.importances()["units"] > 0.5
    assert f"the best is {best.score:.4f}, of trial {best.number}" in lines[-1]


@pytest.mark.slow
def test_what_matters_is_told_though_most_trials_were_given_up(tmp_path: Path, same_draws: None) -> None:
    def mostly_given_up(trial: Trial) -> float:
        trial.report(1, score(trial.values))
        if trial.number >= storage.STARTUP_TRIALS:
            raise optuna.TrialPruned
        return score(trial.values)

    study = open_study(tmp_path)
    run(study, 24, mostly_given_up)
    assert [one.state for one in study.outcomes()].count("done") == storage.STARTUP_TRIALS
    assert study.importances()["units"] > 0.5


@pytest.mark.parametrize("kept", ["journal", "study.db"])
def test_a_study_goes_on_where_it_was(tmp_path: Path, kept: str) -> None:
    run(open_study(tmp_path, kept=kept), 2)
    before = open_study(tmp_path, kept=kept).outcomes()
    assert sorted(one.number for one in before) == [0, 1]
    assert run(open_study(tmp_path, kept=kept), 2) == []  # all that were wanted are there
    run(open_study(tmp_path, kept=kept), 3)
    after = {one.number: one for one in open_study(tmp_path, kept=kept).outcomes()}
    assert len(after) == 3
    assert all(after[one.number] == one for one in before)


def test_usual_values_are_tried_first_and_once(tmp_path: Path) -> None:
    usual: Values = {"units": 7, "learning_rate": 0.01}
    for trials in (1, 2):
        study = open_study(tmp_path)
        study.suggest(usual)
        run(study, trials)
    assert [one.values == usual for one in sorted(study.outcomes(), key=lambda one: one.number)] == [
        True,
        False,
    ]


def test_a_trial_worse_than_the_median_is_given_up(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    run(study, storage.STARTUP_TRIALS)
    seen: list[int] = []

    def bad(trial: Trial) -> float:
        for epoch in range(1, 9):
            seen.append(epoch)
            trial.report(epoch, 0.0)
        return 0.0

    lines = run(study, storage.STARTUP_TRIALS + 1, bad)
    assert seen == list(range(1, storage.WARMUP_STEPS + 1))
    assert lines[-1] == f"trial {storage.STARTUP_TRIALS}: given up after {len(seen)} epochs"
    assert [one.state for one in study.outcomes()].count("given up") == 1


def test_a_trial_that_diverged_is_given_up(tmp_path: Path) -> None:
    def diverging(trial: Trial) -> float:
        raise DivergedError("the loss is no longer a number")

    study = open_study(tmp_path)
    run(study, 1, diverging)
    assert [one.state for one in study.outcomes()] == ["given up"]


@pytest.mark.parametrize("error", [FitInterrupted("stopped"), KeyboardInterrupt()])
def test_a_trial_that_was_stopped_is_tried_again(tmp_path: Path, error: BaseException) -> None:
    def stopped(trial: Trial) -> float:
        raise error

    with pytest.raises(type(error)):
        run(open_study(tmp_path), 3, stopped)
    (before,) = open_study(tmp_path).outcomes()
    assert before.state == "stopped"
    run(open_study(tmp_path), 1)
    again = open_study(tmp_path).outcomes()[0]
    assert (again.number, again.values) == (1, before.values)


KILLED = """
import os, signal, sys
from training.tuning.study import Study
from training.tuning.space import Range
def objective(trial):
    print("begun", flush=True)
    signal.pause()
ranges = (Range("units", 1, 100, whole=True), Range("learning_rate", 1e-4, 1e-1, log=True))
Study(sys.argv[1], "tune-x", ranges, {"seed": 1}).run(objective, 3, None, print)
"""


@pytest.mark.slow
def test_a_trial_whose_process_was_killed_is_tried_again(tmp_path: Path, monkeypatch) -> None:
    url = f"sqlite:///{tmp_path / 'study.db'}"
    open_study(tmp_path, kept="study.db")
    command = [sys.executable, "-c", KILLED, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        while process.stdout.readline() != "begun\n":
            assert process.poll() is None
        os.kill(process.pid, signal.SIGKILL)
    monkeypatch.setattr(storage, "HEARTBEAT_S", 1)
    monkeypatch.setattr(storage, "GRACE_S", 1)
    (before,) = open_study(tmp_path, kept="study.db").outcomes()
    assert before.state == "running"
    time.sleep(2.1)  # the database counts whole seconds
    run(open_study(tmp_path, kept="study.db"), 1)
    states = {one.number: (one.state, one.values) for one in open_study(tmp_path, kept="study.db").outcomes()}
    assert states == {0: ("stopped", before.values), 1: ("done", before.values)}


def test_other_facts_are_another_study(tmp_path: Path) -> None:
    open_study(tmp_path, {"seed": 1, "epochs": 5})
    with pytest.raises(
        ConfigError, match=r"the study 'tune-x' was begun with other values of epochs, seed: give"
    ):
        open_study(tmp_path, {"seed": 2, "epochs": 6})
    open_study(tmp_path, {"seed": 2}, name="tune-y")


def test_two_processes_share_a_journal(tmp_path: Path) -> None:
    first, second = (Study(str(tmp_path / "journal"), "tune-x", RANGES, {}) for _ in range(2))
    run(first, 2)
    run(second, 4)
    assert len(first.outcomes()) == len(second.outcomes()) == 4


def test_a_database_that_is_not_there_is_said_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match="expected a database's URL or the path of a journal file, got"
    ) as error:
        Study(f"sqlite:////{tmp_path}/none/study.db", "tune-x", RANGES, {})
    assert "--storage: sqlite:///" in str(error.value)
    with pytest.raises(ConfigError) as error:
        Study("nothing://me:secret@host/db", "tune-x", RANGES, {})
    assert "secret" not in str(error.value)
    assert str(error.value).startswith("--storage: nothing://host/db: ")


@pytest.mark.parametrize(
    "content", ["小\tB-PER\n", '{"a": 1}\n', "[1]\n", '{"op_code": 99, "worker_id": "x"}\n']
)
def test_a_file_that_is_no_journal_is_said_and_kept(content: str, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_text(content)
    with pytest.raises(ConfigError, match=f"--storage: {path}: .* got one that holds something else"):
        Study(str(path), "tune-x", RANGES, {})
    assert path.read_text() == content


def test_few_trials_do_not_say_what_matters(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    run(study, 3)
    assert study.importances() == {}
