"""Steps of a fit on a GPU: characters a second by precision and batch, and their losses beside those of the CPU.

    python benchmarks/gpu_training.py BUNDLE ARRAYS PRECISION BATCH_CHARS STEPS [loop|keras]    prints one JSON line

Each measurement is a process of its own, because TensorFlow settles its devices once. `loop`: the sum over paths by
tfa's loop, to see what that costs; `keras`: that, and on a CPU too the LSTM of Keras.
"""

import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gpu_parts import Skipped

from model.machine.gpus import find_gpu

WARM = 8  # steps before the clock starts: kernels are compiled, memory is taken
DEFAULT_CHARS = 3200
# Steps of this many characters are timed, besides the default.
BATCHES = (12_800, 51_200)
SIZES = ((DEFAULT_CHARS, "float32"), *((size, p) for size in BATCHES for p in ("float32", "mixed_float16")))


def measure(bundle: Path, arrays: Path, steps: int) -> dict[str, Any]:
    """Return each measurement by name, and the largest difference of a loss from the CPU's."""
    if importlib.util.find_spec("tensorflow") is None:
        raise Skipped("TensorFlow is not installed")
    if find_gpu() is None:
        raise Skipped("no GPU")
    rows: dict[str, Any] = {}
    for size, precision in SIZES:
        row = rows[f"{precision} {size}"] = _run(bundle, arrays, precision, size, steps)
        if not row.get("gpus"):
            raise Skipped(f"TensorFlow sees no GPU: {row}")
    rows["loop 12800"] = _run(bundle, arrays, "float32", BATCHES[0], steps, "loop")
    rows["float16 3200"] = _run(bundle, arrays, "mixed_float16", DEFAULT_CHARS, steps)
    cpu = rows["cpu 3200"] = _run(bundle, arrays, "float32", DEFAULT_CHARS, steps, gpu=False)
    for name in (f"float32 {DEFAULT_CHARS}", "float16 3200"):
        pairs = zip(rows[name].get("losses", ()), cpu.get("losses", ()), strict=False)
        rows[name]["largest_relative_difference_of_a_loss"] = max(abs(a - b) / abs(b) for a, b in pairs)
    return rows


def _run(
    bundle: Path, arrays: Path, precision: str, size: int, steps: int, *more: str, gpu: bool = True
) -> dict[str, Any]:
    command = [sys.executable, __file__, str(bundle), str(arrays), precision, str(size), str(steps), *more]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TF_CPP_MIN_LOG_LEVEL": "2"}
    if not gpu:
        environment["CUDA_VISIBLE_DEVICES"] = "-1"
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=150, check=False)
    if done.returncode:
        return {"failed": done.stderr[-400:]}
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return row


def main() -> None:
    bundle_path, arrays_path, precision, size, steps, *more = sys.argv[1:]
    import numpy as np
    import tensorflow as tf

    from model.bundle.bundle import load_bundle
    from training.data.ahead import made_ahead
    from training.data.arrays import open_arrays
    from training.data.batches import batches
    from training.loop import trainer as trainers
    from training.loop.devices import has_cudnn_lstm, make_strategy
    from training.settings.config import FitConfig

    bundle, arrays = load_bundle(Path(bundle_path)), open_arrays(Path(arrays_path))
    config = FitConfig(precision=precision).with_choices_for(arrays.n_chars)  # type: ignore[arg-type]
    if more:
        trainers.sums_over_paths = lambda: "loop"
    if "keras" in more:
        trainers.compiled_threads = lambda config: 0
    tables = {
        channel.name: bundle.weights[f"embedding.{channel.name}"].astype(np.float32)
        for channel in bundle.config.channels
    }
    strategy = make_strategy(config)
    began = time.perf_counter()
    trainer = trainers.Trainer(bundle.config, tables, bundle.tag_set, config, strategy)
    row: dict[str, Any] = {"gpus": [gpu.name for gpu in tf.config.list_physical_devices("GPU")]}
    row["build_s"] = round(time.perf_counter() - began, 1)
    losses, chars = [], 0
    stream = made_ahead(batches(arrays, int(size), config.seed, 0))
    for step, batch in zip(range(int(steps) + WARM), stream, strict=False):
        if step == WARM:
            losses[-1].numpy()
            chars, began = 0, time.perf_counter()
        at = time.perf_counter()
        losses.append(trainer.step(batch, 1e-3))
        if step == 0:
            losses[0].numpy()
            row["first_step_s"] = round(time.perf_counter() - at, 1)
        chars += int(batch.lengths.sum())
    losses[-1].numpy()
    row["chars_s"] = round(chars / (time.perf_counter() - began))
    row["losses"] = [round(float(loss), 5) for loss in losses[: int(steps)]]
    if row["gpus"]:
        row["memory_mb"] = tf.config.experimental.get_memory_info("GPU:0")["peak"] >> 20
    row["cudnn"] = has_cudnn_lstm(config.precision)
    print(json.dumps(row))


if __name__ == "__main__":
    main()
