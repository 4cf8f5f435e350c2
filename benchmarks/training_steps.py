"""Steps of a fit on a CPU: compiled loops beside Keras' LSTM and tensorflow-addons' sum over paths, in one run.

    python benchmarks/training_steps.py BUNDLE ARRAYS [--steps 60] [--rounds 3]

BUNDLE: of the network to train; ARRAYS: a folder of `data/.cache/arrays`, of a corpus encoded for that bundle. Each
measurement is a process of its own; the kinds take turns, and medians are shown.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from model.machine.command import ExitCode, run_command

KINDS = {"keras": ("float32", "keras"), "compiled": ("float32",), "compiled, bfloat16": ("mixed_bfloat16",)}
BATCH_CHARS = 3200


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("arrays", type=Path)
    parser.add_argument("--steps", type=int, default=60, help="steps of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each kind")
    options = parser.parse_args()
    found: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for _ in range(options.rounds):
        for kind in KINDS:
            found[kind].append(_measure(options.bundle, options.arrays, kind, options.steps))
    keras = statistics.median(found["keras"])
    for kind, speeds in found.items():
        middle = statistics.median(speeds)
        print(f"{kind:20} {middle:9,.0f} characters/s {middle / keras:6.2f}  of {sorted(speeds)}")
    return ExitCode.FINE


def _measure(bundle: Path, arrays: Path, kind: str, steps: int) -> int:
    """Return characters a second."""
    precision, *more = KINDS[kind]
    command = [sys.executable, Path(__file__).with_name("gpu_training.py"), bundle, arrays, precision]
    command += [str(BATCH_CHARS), str(steps), *more]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    row = json.loads(done.stdout.splitlines()[-1])
    return int(row["chars_s"])


if __name__ == "__main__":
    sys.exit(run_command(main))
