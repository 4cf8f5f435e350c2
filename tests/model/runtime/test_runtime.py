"""The runtimes against a BiLSTM written out in numpy, and against each other."""

import functools
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
from numpy.typing import NDArray

from model.bundle.bundle import Bundle
from model.runtime.base import InferenceError, Runtime
from model.runtime.choice import build_runtime
from model.runtime.onnx import OnnxRuntime
from model.tagger import Tagger

KINDS = {
    "one layer": {},
    "three layers": {"layers": 3},
    "convolution": {"conv_filters": 10},
    "convolution and two layers": {"conv_filters": 7, "layers": 2, "seed": 3},
}
# A Keras network takes seconds to build, so that TensorFlow has the two kinds that show most.
BUILDS = [
    *(("onnx", kind) for kind in KINDS),
    ("tensorflow", "one layer"),
    ("tensorflow", "convolution and two layers"),
]
LENGTHS = np.array([9, 1, 5, 2, 9, 7], np.int32)


def random_batch(bundle: Bundle, seed: int = 0) -> dict[str, NDArray[Any]]:
    """Feeds for LENGTHS; what lies in the padding is as random as the rest."""
    generator = np.random.default_rng(seed)
    rows, time, words = len(LENGTHS), max(LENGTHS), 3
    feeds: dict[str, NDArray[Any]] = {}
    for channel in bundle.config.channels:
        shape = (rows, time) if channel.kind == "keys" else (rows, time, words)
        feeds[channel.name] = generator.integers(0, channel.rows, shape).astype(np.int32)
        if channel.kind == "words":
            feeds[f"{channel.name}.weights"] = generator.random((rows, time, 4, words), np.float32)
    return feeds


def slow_emissions(bundle: Bundle, feeds: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """The emissions of one sentence, [chars, tags], position by position."""
    weights = {name: array.astype(np.float64) for name, array in bundle.weights.items()}
    vectors = []
    for channel in bundle.config.channels:
        rows = weights[f"embedding.{channel.name}"][
            feeds[channel.name]
        ]  # [chars, dim] or [chars, words, dim]
        if channel.kind == "words":
            sets = feeds[f"{channel.name}.weights"]  # [chars, 4, words]
            rows = np.array([np.concatenate([w @ r for w in ws]) for ws, r in zip(sets, rows, strict=True)])
        vectors.append(rows)
    states = np.concatenate(vectors, axis=1)
    if bundle.config.conv_filters:
        padded = np.pad(states, ((1, 1), (0, 0)))
        windows = [padded[i : i + 3] for i in range(len(states))]  # [3, in] each
        states = np.array([np.tensordot(w, weights["conv.kernel"], 2) for w in windows])
        states = np.maximum(states + weights["conv.bias"], 0)
    for layer in range(bundle.config.layers):
        forward = slow_lstm(states, weights, f"lstm.{layer}.forward")
        backward = slow_lstm(states[::-1], weights, f"lstm.{layer}.backward")[::-1]
        states = np.concatenate([forward, backward], axis=1)
    result: NDArray[np.float64] = states @ weights["emission.kernel"] + weights["emission.bias"]
    return result


def slow_lstm(
    inputs: NDArray[np.float64], weights: Mapping[str, NDArray[np.float64]], name: str
) -> NDArray[np.float64]:
    """Hochreiter and Schmidhuber 1997 with a forget gate; gates i, f, c, o."""
    kernel, recurrent, bias = (weights[f"{name}.{part}"] for part in ("kernel", "recurrent", "bias"))
    hidden = cell = np.zeros(len(recurrent))
    outputs = []
    for vector in inputs:
        i, f, c, o = np.split(vector @ kernel + hidden @ recurrent + bias, 4)
        cell = _sigmoid(f) * cell + _sigmoid(i) * np.tanh(c)
        hidden = _sigmoid(o) * np.tanh(cell)
        outputs.append(hidden)
    return np.array(outputs)


def _sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-x))


Build = Callable[[str, str], tuple[Bundle, Runtime]]


@pytest.fixture(scope="module")
def build() -> Build:
    """What builds a kind of bundle and a runtime for it, once."""

    @functools.cache
    def build(name: str, kind: str) -> tuple[Bundle, Runtime]:
        bundle = tiny.tiny_bundle(**KINDS[kind])
        return bundle, build_runtime(name, bundle, threads=1)

    return build


@pytest.mark.parametrize(("name", "kind"), BUILDS)
def test_emissions_are_those_of_a_network_written_out_by_hand(build: Build, name: str, kind: str) -> None:
    bundle, runtime = build(name, kind)
    batch = random_batch(bundle)
    emissions = runtime.emissions(batch, LENGTHS)
    assert emissions.dtype == np.float32
    assert emissions.shape == (6, 9, 13)
    for row, length in enumerate(LENGTHS):
        expected = slow_emissions(bundle, {name: ids[row, :length] for name, ids in batch.items()})
        np.testing.assert_allclose(emissions[row, :length], expected, atol=2e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_alone_gives_what_it_gives_in_a_batch(build: Build, kind: str) -> None:
    bundle, runtime = build("onnx", kind)
    batch = random_batch(bundle)
    together = runtime.emissions(batch, LENGTHS)
    for row, length in enumerate(LENGTHS):
        ids = {name: ids[row : row + 1, :length].copy() for name, ids in batch.items()}
        alone = runtime.emissions(ids, LENGTHS[row : row + 1])
        np.testing.assert_allclose(alone[0], together[row, :length], atol=1e-5)


@pytest.mark.parametrize(("name", "kind"), BUILDS)
def test_padding_is_not_read(build: Build, name: str, kind: str) -> None:
    bundle, runtime = build(name, kind)
    batch, other = random_batch(bundle), random_batch(bundle, seed=1)
    real = np.arange(max(LENGTHS)) < LENGTHS[:, None]
    changed = {
        name: np.where(real.reshape(*real.shape, *[1] * (array.ndim - 2)), array, other[name])
        for name, array in batch.items()
    }
    before, after = runtime.emissions(batch, LENGTHS), runtime.emissions(changed, LENGTHS)
    assert np.array_equal(before[real], after[real])


def test_last_character_changes_first_emission(bundle: Bundle) -> None:
    batch = random_batch(bundle)
    runtime = OnnxRuntime(bundle, threads=1)
    before = runtime.emissions(batch, LENGTHS)
    batch["char"][0, 8] = batch["char"][0, 8] % 100 + 1
    assert not np.array_equal(runtime.emissions(batch, LENGTHS)[0, 0], before[0, 0])


def test_both_runtimes_tag_random_texts_alike(build: Build, tagger: Tagger) -> None:
    generator = np.random.default_rng(0)
    characters = list(tiny.TEXT + "龘😀。\n")
    texts = ["".join(generator.choice(characters, length)) for length in generator.integers(0, 120, 150)]
    keras = Tagger(*build("tensorflow", "one layer"))
    assert keras.runtime.name == "tensorflow"
    assert keras.runtime.device.startswith(("cpu", "gpu:0 ("))
    assert keras.find(texts) == tagger.find(texts)


def test_onnx_runtime_says_what_it_is(bundle: Bundle) -> None:
    runtime = OnnxRuntime(bundle)
    assert (runtime.name, runtime.device) == ("onnx", "cpu")


def test_unknown_runtime(bundle: Bundle) -> None:
    with pytest.raises(
        InferenceError, match=r"expected one of \('auto', 'int8', 'onnx', 'cuda', 'tensorflow'\), got 'torch'"
    ):
        build_runtime("torch", bundle)


def test_tensorflow_runtime_without_tensorflow(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "model.runtime.tensorflow", None)
    with pytest.raises(InferenceError, match=r"expected TensorFlow, got .*; install the extra"):
        build_runtime("tensorflow", bundle)


@pytest.mark.parametrize("name", ["onnx", "tensorflow"])
def test_a_runtime_is_built_with_threads_and_a_limit_for_the_gpu(bundle: Bundle, name: str) -> None:
    runtime = build_runtime(name, bundle, threads=1, memory_limit_mb=1000)
    assert (runtime.name, runtime.threads) == (name, 1)


def test_no_runtime_is_imported_before_it_is_asked_for() -> None:
    code = """
import sys, model.tagger, model.runtime.choice
print([name for name in ("onnxruntime", "tensorflow") if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == "[]"


def test_id_outside_of_the_table(bundle: Bundle) -> None:
    batch = random_batch(bundle)
    batch["char"][2, 1] = 10**6
    with pytest.raises(InferenceError, match=r"onnxruntime 1\..*indices"):
        OnnxRuntime(bundle, threads=1).emissions(batch, LENGTHS)


def test_graph_that_onnx_runtime_refuses(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bundle, "graph", b"no graph")
    with pytest.raises(InferenceError, match=r"onnxruntime 1\."):
        OnnxRuntime(bundle)


def test_onnxruntime_reports_to_nobody(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    code = "import os, model.runtime.onnx; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == "1"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
