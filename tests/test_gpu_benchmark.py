"""The benchmark of GPUs where there is none: it runs to its end and says of each part why it was skipped."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_each_part_is_skipped_with_its_reason(tiny_bundle: Path, tmp_path: Path) -> None:
    test, results = tmp_path / "test.bio", tmp_path / "results.json"
    test.write_text("小\tB-PER\n明\tI-PER\n\n在\tO\n", "utf-8")
    command = [sys.executable, "benchmarks/gpu.py", "--bundle", str(tiny_bundle), "--test", str(test)]
    command += ["--json", str(results), "--arrays", str(tmp_path)]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    parts = json.loads(results.read_text("utf-8"))
    assert parts.pop("machine")["gpu"] is None
    assert parts.keys() == {"cuda", "tensorflow", "service", "training", "limit"}
    assert all("skipped" in part for part in parts.values()), parts
    assert "install the extra `gpu-serve`" in parts["cuda"]["skipped"]
    assert "service skipped" in done.stdout
