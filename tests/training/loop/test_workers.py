"""Several workers: what TF_CONFIG may say, and two real processes that fit as one does, one of them killed."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from ports import free_port
from safetensors.numpy import load_file
from toy import toy_flags, write_toy_corpus

from training.loop.checkpoint import LOG, RunError
from training.loop.workers import EXAMPLE, Task, Workers, read_task
from training.settings.config import ConfigError

ROOT = Path(__file__).parents[3]


def tf_config(index: int, ports: list[int]) -> str:
    hosts = [f"127.0.0.1:{port}" for port in ports]
    return json.dumps({"cluster": {"worker": hosts}, "task": {"type": "worker", "index": index}})


@pytest.mark.parametrize(
    ("text", "task"),
    [("", Task(0, 1)), (tf_config(0, [1]), Task(0, 1)), (tf_config(2, [1, 2, 3]), Task(2, 3))],
)
def test_the_task_is_that_of_tf_config(text: str, task: Task) -> None:
    assert read_task({"TF_CONFIG": text}) == task


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        tf_config(2, [1, 2]),
        tf_config(-1, [1, 2]),
        tf_config(0, [1, 2]).replace('"type": "worker"', '"type": "ps"'),
        tf_config(0, [1, 2]).replace('"worker": [', '"chief": ["a:1"], "worker": ['),
        tf_config(0, [1, 2]).replace('"index": 0', '"index": "one"'),
        tf_config(0, [1, 2]).replace('"index": 0', '"index": 0.5'),
        tf_config(0, [1, 2]).replace(":1", ""),
        '{"cluster": {"worker": "ab"}, "task": {"type": "worker", "index": 0}}',
        '{"cluster": {"worker": ["a:1", null]}, "task": {"type": "worker", "index": 0}}',
        "[" * 20_000,
    ],
)
def test_what_is_no_list_of_workers_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"expected {EXAMPLE}, index 1 for the second, got")):
        read_task({"TF_CONFIG": text})


def test_a_chief_that_has_saved_ends_well_though_another_worker_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(self: Workers, numbers: Sequence[float]) -> list[float]:
        raise RunError(f"{self.task}: another worker has gone")

    monkeypatch.setattr(Workers, "sums", gone)
    Workers(tf.distribute.get_strategy(), Task(0, 2)).wait_for_chief()
    with pytest.raises(RunError, match="worker 2 of 2: another worker has gone"):
        Workers(tf.distribute.get_strategy(), Task(1, 2)).wait_for_chief()


def start(flags: list[str], count: int = 2) -> list["subprocess.Popen[str]"]:
    ports = [free_port() for _ in range(count)]
    return [
        subprocess.Popen(
            [sys.executable, "-m", "training.fit", *flags],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TF_CONFIG": tf_config(index, ports), "TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        for index in range(count)
    ]


def finish(processes: list["subprocess.Popen[str]"], timeout: float = 240) -> list[tuple[int, str, str]]:
    try:
        done = [process.communicate(timeout=timeout) for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [(process.returncode, *texts) for process, texts in zip(processes, done, strict=True)]


# One process of two devices: the rows of each are those of one of two workers, and so is the order of the sums.
TWO_DEVICES = """
import sys
import tensorflow as tf
from training import fit
from training.loop import devices
(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
one_device = devices.make_strategy
def two_devices(config):
    one_device(config)
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
devices.make_strategy = two_devices
sys.exit(fit.main(sys.argv[1:]))
"""


def weights(bundle: Path) -> dict[str, np.ndarray]:
    return load_file(bundle / "weights.safetensors")


@pytest.mark.slow
def test_two_workers_fit_what_one_does_and_go_on_after_one_was_killed(tmp_path: Path) -> None:
    corpus = write_toy_corpus(tmp_path / "corpus")
    outputs = tuple(tmp_path / name for name in ("alone", "mirrored", "both", "killed"))
    alone, mirrored, both, killed = outputs
    fits = {
        output: toy_flags(corpus, output, "--batch-chars", "101", "--precision", "float32")
        for output in outputs
    }
    for output, program in ((alone, ["-m", "training.fit"]), (mirrored, ["-c", TWO_DEVICES])):
        one = subprocess.run(
            [sys.executable, *program, *fits[output]], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert one.returncode == 0, one.stderr

    chief, other = finish(start(fits[both]))
    assert (chief[0], other[0]) == (0, 0), (chief, other)
    assert "fits on the CPU: 1 threads, float32, worker 2 of 2" in other[1]
    expected, found = weights(alone), weights(both)
    for name, array in expected.items():
        # Sums in another order; masks or batches of their own would differ by a hundredth and more.
        np.testing.assert_allclose(found[name], array, rtol=0, atol=1e-3, err_msg=name)
        np.testing.assert_array_equal(found[name], weights(mirrored)[name], err_msg=name)

    processes = start(fits[killed])
    log = tmp_path / "runs" / killed.name / LOG
    while not log.exists() or len(log.read_text().splitlines()) < 3:
        assert all(process.poll() is None for process in processes), finish(processes)
    processes[1].kill()
    chief, _ = finish(processes, timeout=120)
    assert chief[0] == 2, chief
    assert "worker 1 of 2: another worker has gone, or cannot be reached" in chief[2]
    assert "Traceback" not in chief[2]
    chief, other = finish(start([*fits[killed], "--resume"]))
    assert (chief[0], other[0]) == (0, 0), (chief, other)
    assert "resumed after epoch" in other[1]
    for name, array in weights(both).items():
        np.testing.assert_array_equal(weights(killed)[name], array, err_msg=name)
