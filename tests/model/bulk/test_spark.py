"""Splits as partitions of Spark: the bytes that one process writes."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from bulk import all_names, bulk, files_of
from bulk_cases import MAX_CHARS, ROW_CASES

ROOT = Path(__file__).parent.parent.parent.parent
pytestmark = pytest.mark.skipif(
    find_spec("pyspark") is None,
    reason="not run: there is no pyspark here (400 MB); to run it: pip install '.[spark]', and Java 17",
)


def test_rows_of_all_kinds_come_out_as_from_one_process(tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(b"\n".join(case.line for case in ROW_CASES))
    bulk(tiny_bundle, tmp_path / "rows.jsonl", tmp_path / "here", split_mb=0.0005, max_chars=MAX_CHARS)
    source, target = tmp_path / "rows.jsonl", tmp_path / "out"
    options = ("--split-mb", "0.0005", "--max-chars", str(MAX_CHARS), "--engine", "spark", "--workers", "2")
    submit = [
        Path(sys.executable).with_name("spark-submit"),
        "--master",
        "local[2,3]",
        ROOT / "deploy/spark/bulk.py",
    ]
    python = {"PYSPARK_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*submit, tiny_bundle, source, target, *options],
        env={**os.environ, **python}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["rows"] == len(ROW_CASES)
    assert files_of(target) == files_of(tmp_path / "here")
    assert len(files_of(target)) > 2
    assert all_names(target) == {"_manifest.json", "_SUCCESS", *files_of(target)}
