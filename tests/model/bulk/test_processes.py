"""`python -m model.bulk` as processes: whatever is killed, and whenever, each row comes out once."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bulk import all_names, files_of, rows_of

from model.bulk.__main__ import main

LINES = [f"第{number}号小明在北京大学见到了李鹏总理和江泽民主席。" * 8 for number in range(1200)]
DRIVER, WORKER = "driver", "worker"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("in") / "a.txt"
    path.write_text("\n".join(LINES), encoding="utf-8")
    return path


def start(*arguments: str | Path, workers: int = 1) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "model.bulk", *map(str, arguments), "--workers", str(workers)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def workers_of(pid: int) -> list[int]:
    """Return the processes that a driver has started to tag."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with contextlib.suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(int(child))
    return found


def wait_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def records(target: Path) -> int:
    return len(list(target.glob("_splits/*")))


@pytest.mark.parametrize("done", [0, 2])
@pytest.mark.parametrize("whom", [DRIVER, WORKER])
def test_a_kill_loses_and_doubles_nothing(
    tiny_bundle: Path, source: Path, tmp_path: Path, whom: str, done: int
) -> None:
    target = tmp_path / "out"
    arguments = (tiny_bundle, source, target, "--split-mb", "0.1", "--max-bad", "0")
    process = start(*arguments)
    wait_for(lambda: bool(workers_of(process.pid)) and records(target) >= done)
    (worker,) = workers_of(process.pid)
    os.kill(process.pid if whom == DRIVER else worker, signal.SIGKILL)
    _, said = process.communicate(timeout=120)
    if whom == DRIVER:
        assert process.returncode == -signal.SIGKILL
        wait_for(lambda: not Path(f"/proc/{worker}/cmdline").exists())  # none goes on alone
        assert not (target / "_SUCCESS").exists()
        process = start(*arguments)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert [row["text"] for row in rows_of(target)] == LINES
    assert all_names(target) == {"_manifest.json", "_SUCCESS", *files_of(target)}


def test_two_workers_and_what_is_printed(tiny_bundle: Path, source: Path, tmp_path: Path) -> None:
    process = start(tiny_bundle, source, tmp_path / "out", "--split-mb", "0.2", workers=2)
    output, said = process.communicate(timeout=120)
    assert (process.returncode, len(output.splitlines())) == (0, 1)
    assert json.loads(output)["rows"] == len(LINES)
    assert "splits, 1,200 rows, " in said
    plain = subprocess.run(
        [sys.executable, "-m", "model", tiny_bundle, source, "--format", "jsonl", "--threads", "1"],
        capture_output=True,
        check=True,
    )
    assert b"".join(files_of(tmp_path / "out").values()) == plain.stdout


def test_workers_take_words_as_zitag_tag_does(tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "words").write_text("第0号小明在北京\tPER\n", encoding="utf-8")
    (tmp_path / "a.txt").write_text("第0号小明在北京\n第1号小明在北京\n", encoding="utf-8")
    flags = ["--words", tmp_path / "words", "--words-strength", "50"]
    process = start(tiny_bundle, tmp_path / "a.txt", tmp_path / "out", *flags)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    plain = subprocess.run(
        [sys.executable, "-m", "model", tiny_bundle, tmp_path / "a.txt", *flags, "--format", "jsonl"],
        capture_output=True,
        check=True,
    )
    assert b"".join(files_of(tmp_path / "out").values()) == plain.stdout
    assert [row["entities"][0]["label"] for row in rows_of(tmp_path / "out")] == ["PER", "LOC"]


def test_an_interrupt_ends_all(tiny_bundle: Path, tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_text("\n".join(LINES * 20), encoding="utf-8")  # seconds of work, whenever the signal comes
    process = start(tiny_bundle, source, tmp_path / "out", "--split-mb", "0.1")
    wait_for(lambda: records(tmp_path / "out") >= 1)
    (worker,) = workers_of(process.pid)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert not Path(f"/proc/{worker}/cmdline").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{bundle}", "none", "{out}"], "none: expected a file, a folder of files or a pattern, got none"),
        (["none", "{source}", "{out}"], "none: expected the folder of a bundle, got none"),
        (["{bundle}", "{source}", "{source}/out"], "expected a folder apart from SOURCE"),
        (
            ["{bundle}", "{source}", "{out}", "--split-mb", "0"],
            "expected a number of megabytes above 0, got '0'",
        ),
        (["{bundle}", "{source}", "{out}", "--words", ""], "expected a path or URL, got ''; name SOURCE"),
        (
            ["{bundle}", "{source}", "{out}", "--words", "none"],
            "none: expected a file of words, got 'No such file",
        ),
        (
            ["{bundle}", "{source}", "{out}", "--words", "{source}"],
            "a.txt:1: expected a word, a tab and a label",
        ),
        (
            ["{bundle}", "{source}", "{out}", "--words-strength", "0"],
            "expected a number above 0 and up to 50",
        ),
        (["{bundle}", "{source}", "{out}", "--max-bad", "-1"], "--max-bad: expected a number, got '-1'"),
    ],
)
def test_mistakes_are_told_in_words(
    tiny_bundle: Path,
    source: Path,
    tmp_path: Path,
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = {"bundle": tiny_bundle, "source": source, "out": tmp_path / "out"}
    try:
        code = main([argument.format(**names) for argument in arguments])
    except SystemExit as end:  # argparse's
        code = int(str(end.code))
    assert code == 2
    assert said in capsys.readouterr().err
