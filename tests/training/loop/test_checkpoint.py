"""The run's folder: what is saved is what is loaded, whole or not at all."""

import contextlib
import csv
import json
import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from training.loop.checkpoint import CHECKPOINT, CONFIG, LOG, EpochRecord, Progress, Run, RunError
from training.settings.config import FitConfig

CONFIG_RUN = FitConfig(units=3)


def record(epoch: int, f1: float) -> EpochRecord:
    return EpochRecord(epoch, 1.5, 0.5, 0.25, f1, 1e-3, 2.0, 1000.0)


def progress(*f1: float) -> Progress:
    return Progress(
        identity="corpus",
        history=[record(epoch, value) for epoch, value in enumerate(f1, 1)],
        best={"emission.kernel": np.arange(6, dtype=np.float32).reshape(2, 3)},
        state={"step": np.array(7), "weight.x": np.array([1.5], np.float32)},
    )


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path / "run")
    run.start(CONFIG_RUN)
    return run


def test_progress_comes_back_as_it_was(run: Run) -> None:
    run.save(progress(0.5, 0.7))
    loaded = run.load(CONFIG_RUN)
    assert (loaded.identity, loaded.history) == ("corpus", progress(0.5, 0.7).history)
    for name in ("best", "state"):
        saved = getattr(progress(), name)
        assert getattr(loaded, name).keys() == saved.keys()
        for key, array in saved.items():
            assert getattr(loaded, name)[key].tobytes() == array.tobytes()
            assert getattr(loaded, name)[key].shape == array.shape


def test_a_setting_that_is_newer_than_the_run_had_its_default(run: Run) -> None:
    settings = json.loads(CONFIG_RUN.model_dump_json())
    del settings["gold_share"]
    run._settings = json.dumps(settings)
    run.save(progress(0.5))
    assert run.load(CONFIG_RUN).identity == "corpus"
    with pytest.raises(RunError, match=r"gold_share was 0\.5, now 0\.1"):
        run.load(CONFIG_RUN.model_copy(update={"gold_share": 0.1}))


@pytest.mark.parametrize(
    ("f1", "best", "without_gain"),
    [((), None, 0), ((0.5,), 1, 0), ((0.5, 0.7, 0.6), 2, 1), ((0.7, 0.7), 1, 1)],
)
def test_best_epoch_is_the_first_with_the_highest_f1(
    f1: tuple[float, ...], best: int | None, without_gain: int
) -> None:
    found = progress(*f1).best_epoch
    assert (found and found.epoch, progress(*f1).epochs_without_gain) == (best, without_gain)


def test_log_has_a_row_for_each_epoch(run: Run) -> None:
    run.save(progress(0.5, 0.7))
    with open(run.path / LOG, newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["epoch"], row["f1"], row["recall"]) for row in rows] == [
        ("1", "0.5", "0.25"),
        ("2", "0.7", "0.25"),
    ]


def test_start_drops_what_an_earlier_run_left(run: Run) -> None:
    run.save(progress(0.5))
    run.start(CONFIG_RUN)
    assert sorted(path.name for path in run.path.iterdir()) == [CONFIG]


def test_resume_without_a_checkpoint_is_an_error(run: Run) -> None:
    with pytest.raises(RunError, match=r"no epoch to resume from; start without --resume"):
        run.load(CONFIG_RUN)


def test_resume_with_other_settings_is_an_error_that_names_them(run: Run) -> None:
    run.save(progress(0.5))
    with pytest.raises(
        RunError, match=r"cannot resume with other settings: units was 3, now 4; give the settings"
    ):
        run.load(FitConfig(units=4))
    run.load(CONFIG_RUN.model_copy(update={"resume": True, "overwrite": True}))


def test_a_checkpoint_with_a_setting_that_is_no_more_says_so(run: Run) -> None:
    run.save(progress(0.5))
    with safe_open(run.path / CHECKPOINT, framework="numpy") as file:
        arrays, metadata = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118
    settings = json.loads(metadata["settings"])
    for share, message in ((0.0, None), (0.1, r"unknown_dropout was 0\.1, a setting that is no more; give")):
        metadata["settings"] = json.dumps(settings | {"unknown_dropout": share})
        save_file(arrays, run.path / CHECKPOINT, metadata=metadata)
        with pytest.raises(RunError, match=message) if message else contextlib.nullcontext():
            run.load(CONFIG_RUN)


def test_damaged_checkpoint_is_an_error(run: Run) -> None:
    run.save(progress(0.5))
    whole = (run.path / CHECKPOINT).read_bytes()
    for content in (b"", whole[:50], whole[:-3], b"\xff" * 200):
        (run.path / CHECKPOINT).write_bytes(content)
        with pytest.raises(RunError, match=r"checkpoint\.safetensors: damaged: .*start without --resume"):
            run.load(CONFIG_RUN)


def test_torn_write_leaves_the_last_checkpoint(run: Run) -> None:
    run.save(progress(0.5))
    (run.path / f"{CHECKPOINT}.partial").write_bytes(b"torn")
    assert run.load(CONFIG_RUN).history == [record(1, 0.5)]


def test_a_folder_is_held_by_one_fit(run: Run) -> None:
    with (
        run.held(),
        pytest.raises(RunError, match=r"run: another fit is running in this folder; wait for it, or"),
        Run(run.path).held(),
    ):
        pass
    with Run(run.path).held():
        pass


def test_settings_of_another_start_do_not_pass_for_those_of_the_checkpoint(run: Run) -> None:
    run.save(progress(0.5))
    whole = (run.path / CHECKPOINT).read_bytes()
    Run(run.path).start(FitConfig(units=4))
    (run.path / CHECKPOINT).write_bytes(whole)
    with pytest.raises(RunError, match="units was 3, now 4"):
        run.load(FitConfig(units=4))


def test_a_full_disk_is_an_error_and_leaves_the_last_checkpoint(run: Run, limited_files: None) -> None:
    run.save(progress(0.5))
    big = progress(0.5, 0.7)
    big.state["weight.x"] = np.zeros(1 << 18, np.float32)
    with pytest.raises(
        RunError, match=r"run: cannot be written: .*; its whole epochs are kept: make room, .* with --resume"
    ):
        run.save(big)
    assert run.load(CONFIG_RUN).history == [record(1, 0.5)]


def test_a_full_disk_at_the_first_epoch_leaves_nothing_to_resume(run: Run, limited_files: None) -> None:
    big = progress(0.5)
    big.state["weight.x"] = np.zeros(1 << 18, np.float32)
    with pytest.raises(RunError, match=r"run: cannot be written: .*; make room, or choose another --runs"):
        run.save(big)
    assert not list(run.path.glob("*.partial"))


@pytest.fixture
def limited_files() -> Iterator[None]:
    """Let no file grow beyond 512 KiB, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 19, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_unwritable_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        RunError, match=r"cannot be written: Not a directory; make room, or choose another --runs"
    ):
        Run(tmp_path / "file" / "run").start(CONFIG_RUN)
