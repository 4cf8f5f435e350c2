"""Steps of a fit on two cores: one replica with both, two replicas with one each, one replica with one.

    python benchmarks/replicas.py --bundle bundles/default --train data/msra/dev.bio [--steps 100]

Network, vectors and dropout are those of a bundle, its weights drawn anew; the batches those of a fit. All ways are
built first, then they take turns, so that what else the machine does falls on each. Prints characters a second, and
the largest difference of a weight from the first way's after 1, 10 and all steps. Exit code 1 where two replicas are
faster than what a fit does (`one`).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from model.machine.command import run_command

WAYS = {"one": 2, "replicas": 2, "thread": 1}  # threads
SAID = {
    "one": "one replica, two threads",
    "replicas": "two replicas, a thread each",
    "thread": "one replica, one thread",
}
WARM = 10  # two replicas are compiled anew for the first few shapes of batches
TURNS = 4
BATCH_CHARS = 3200
RATE = 1e-3


class Way:
    """A process that steps when it is told to."""

    def __init__(self, name: str, options: argparse.Namespace, folder: Path) -> None:
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
        given = (name, options.bundle, options.train, folder, options.batch_chars, options.optimizer)
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--take-steps", *map(str, given)],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.seconds, self.chars, self.cpu_s = 0.0, 0, 0.0

    def step(self, steps: int) -> None:
        """Take so many steps."""
        row = self.ask(f"{steps}\n")
        self.seconds += row["seconds"]
        self.cpu_s += row["cpu_s"]
        self.chars += row["chars"]

    def ask(self, line: str) -> dict[str, Any]:
        """Return what the process answers to a line."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin
        assert stdout
        stdin.write(line)
        stdin.flush()
        answer: dict[str, Any] = json.loads(stdout.readline())
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=60)


def main() -> int:
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ways = {name: Way(name, options, Path(folder)) for name in WAYS}
        for way in ways.values():
            way.ask("0\n")  # built
        for _ in range(TURNS):
            for way in ways.values():
                way.step(max(1, options.steps // TURNS))
        for way in ways.values():
            way.ask("save\n")
            way.close()
        return report(ways, Path(folder), options.steps)


def report(ways: dict[str, Way], folder: Path, steps: int) -> int:
    """Print a line for each way; return 1 where two replicas are faster than one."""
    print(f"{'':30}{'chars/s':>9}{'beside one':>12}{'CPU s':>8}   differs after 1, 10, all {steps} steps by")
    speeds = {name: way.chars / way.seconds for name, way in ways.items()}
    for name, way in ways.items():
        differences = "  ".join(f"{value:.1e}" for value in _differences(folder, name))
        ratio = speeds[name] / speeds["one"]
        print(f"{SAID[name]:30}{speeds[name]:9,.0f}{ratio:12.2f}{way.cpu_s:8.1f}   {differences}")
    return int(speeds["replicas"] > speeds["one"])


def _differences(folder: Path, name: str) -> list[float]:
    import numpy as np

    found = []
    for when in ("1", "10", "all"):
        with np.load(folder / f"one-{when}.npz") as one, np.load(folder / f"{name}-{when}.npz") as other:
            found.append(max(float(np.abs(one[key] - other[key]).max(initial=0)) for key in one))
    return found


def take_steps(name: str, bundle: Path, train: Path, folder: Path, batch_chars: int, optimizer: str) -> None:
    """Take as many steps as each line of standard input says, and answer with the time; "save" saves the weights."""
    import numpy as np

    trainer, stream = _build(name, bundle, train, folder / name, batch_chars, optimizer)

    def save(when: object) -> None:
        np.savez(folder / f"{name}-{when}.npz", **trainer.weights(averaged=False))

    taken = 0
    for line in iter(sys.stdin.readline, ""):
        began, cpu_began, chars = time.perf_counter(), time.process_time(), 0
        for _ in range(int(line) if line != "save\n" else 0):
            batch = next(stream)
            trainer.step(batch, RATE).numpy()
            taken += 1
            chars += int(batch.lengths.sum())
            if taken in (1, 10):
                save(taken)
        if line == "save\n":
            save("all")
        seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
        print(json.dumps({"seconds": seconds, "cpu_s": cpu_s, "chars": chars}), flush=True)


def _build(name: str, bundle_path: Path, train: Path, cache: Path, batch_chars: int, optimizer: str) -> Any:
    """Return a trainer that has compiled its step, at its start again, and its batches without an end."""
    import numpy as np
    import tensorflow as tf

    from model.bundle.bundle import load_bundle
    from training.corpus.reader import read_sentences
    from training.data.arrays import build_arrays
    from training.data.batches import GoldBatches
    from training.loop.devices import make_strategy
    from training.loop.trainer import Trainer
    from training.settings.config import FitConfig

    bundle = load_bundle(bundle_path)
    config = FitConfig(threads=WAYS[name], optimizer=optimizer)  # type: ignore[arg-type]
    if name == "replicas":
        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    strategy = make_strategy(config)
    if name == "replicas":
        strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    tables = {
        channel.name: bundle.weights[f"embedding.{channel.name}"].astype(np.float32)
        for channel in bundle.config.channels
    }
    trainer = Trainer(bundle.config, tables, bundle.tag_set, config, strategy)
    arrays = build_arrays(read_sentences(train), bundle.features, bundle.tag_set, cache, "steps", 100)
    batches = GoldBatches(arrays, batch_chars, seed=1)
    start = trainer.state()
    for _, batch in zip(range(WARM), batches.read(0), strict=False):
        trainer.step(batch, RATE).numpy()
    trainer.restore(start)
    return trainer, (batch for epoch in range(1, 1000) for batch in batches.read(epoch))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bundle", type=Path, default=Path("bundles/default"))
    parser.add_argument("--train", type=Path, default=Path("data/msra/dev.bio"))
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--batch-chars", type=int, default=BATCH_CHARS)
    parser.add_argument("--optimizer", default="adam", help="as of a fit; sgd shows the rounding alone")
    return parser


if __name__ == "__main__":
    if sys.argv[1:2] == ["--take-steps"]:
        way, bundle, train, folder, size, optimizer = sys.argv[2:]
        take_steps(way, Path(bundle), Path(train), Path(folder), int(size), optimizer)
    else:
        sys.exit(run_command(main))
