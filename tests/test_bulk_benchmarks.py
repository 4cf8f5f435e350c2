"""What the benchmarks of bulk runs conclude from what they measured."""

import json
import os
import random
import signal
import subprocess
from pathlib import Path

import bulk_engines
import bulk_memory
import pytest
from bulk_engines import ONE, RAY, TWO, Rates
from bulk_memory import Memory


@pytest.mark.parametrize(
    ("grows_by", "code", "ratio"), [(0.0, 0, "1.000"), (0.5, 0, "1.045"), (2.0, 1, "1.180")]
)
def test_memory_that_grows_over_the_tenths_is_told(
    grows_by: float, code: int, ratio: str, capsys: pytest.CaptureFixture[str]
) -> None:
    worker = [Memory(at, 100 + grows_by * (at // 10), 50) for at in range(100)]
    assert bulk_memory.report({"driver": [Memory(0, 70, 60)], "worker 7": worker}) == code
    lines = capsys.readouterr().out.splitlines()
    assert f"largest median {ratio} times the smallest, at most 1.10 wanted" in lines[-1]
    assert len(lines) == 1 + 2 + 11


def test_one_large_sample_is_no_growth(capsys: pytest.CaptureFixture[str]) -> None:
    worker = [Memory(at, 500 if at == 55 else 100, 50) for at in range(100)]
    assert bulk_memory.report({"worker 7": worker}) == 0
    assert "100 / 100 / 500" in capsys.readouterr().out


def test_rows_are_as_many_bytes_as_asked_for_and_no_two_the_same(tmp_path: Path) -> None:
    bulk_memory.write_rows(tmp_path / "rows.jsonl", 100_000, 1000)
    content = (tmp_path / "rows.jsonl").read_text("utf-8")
    texts = [json.loads(line)["text"] for line in content.splitlines()]
    assert 100_000 <= len(content.encode()) < 102_000
    assert len(set(texts)) == len(texts) > 80
    assert all(20 <= len(text) <= 40 for text in texts)
    assert bulk_memory.make_text(random.Random(3), 9) == bulk_memory.make_text(random.Random(3), 9)


@pytest.mark.parametrize(
    ("two", "ray", "code"), [(1800, 900, 0), (1799, 950, 1), (1900, 899, 1)], ids=["both", "two", "ray"]
)
def test_each_ratio_has_its_goal(
    two: float, ray: float, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {ONE: [Rates(9, 9, 1000, 990)], TWO: [Rates(5, 9, two, 1000)], RAY: [Rates(7, 11, 1500, ray)]}
    assert bulk_engines.report(found) == code
    assert f"two local workers beside one: {two / 1000:.2f} times" in capsys.readouterr().out


def test_cpu_seconds_are_those_of_a_process_and_all_below_it() -> None:
    command = ["sh", "-c", "sleep 60 & wait"]
    with subprocess.Popen(command, start_new_session=True) as process:
        while len(found := bulk_engines.cpu_seconds(process.pid)) < 2:
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)
    assert process.pid in found
    assert os.getpid() not in found
