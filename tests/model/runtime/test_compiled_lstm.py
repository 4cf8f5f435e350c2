"""The compiled LSTM of a fit: the numbers and gradients of Keras' LSTM, in any number of threads."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from model.bundle.config import ChannelConfig, NetworkConfig
from model.features.channels import weights_input
from model.runtime.lstm.packed import Packed, host_kinds
from model.runtime.lstm.product import multiply
from model.runtime.lstm.recurrence import Steps, run, run_back
from model.runtime.network import build_network, network_weights, set_network_weights, weight_variables

KEYS = ChannelConfig(name="char", rows=9, dim=4)
WORDS = ChannelConfig(name="word", rows=11, dim=3, kind="words")
TABLES = {
    "char": np.random.default_rng(1).standard_normal((9, 4)),
    "word": np.random.default_rng(2).standard_normal((11, 7)),
}
LENGTHS = [6, 1, 4, 5, 6]


def given(channels: tuple[ChannelConfig, ...]) -> dict[str, np.ndarray]:
    random = np.random.default_rng(3)
    shape = len(LENGTHS), max(LENGTHS)
    feeds = {"lengths": np.array(LENGTHS, np.int32)}
    for channel in channels:
        if channel.kind == "keys":
            feeds[channel.name] = random.integers(channel.rows, size=shape).astype(np.int32)
        else:
            feeds[channel.name] = random.integers(channel.rows, size=(*shape, 2)).astype(np.int32)
            feeds[weights_input(channel.name)] = random.random((*shape, 4, 2)).astype(np.float32)
    return feeds


def learnt(network: tf.keras.Model, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return emissions at the characters of each row, and the gradient of a sum of them by every weight."""
    weights = dict(weight_variables(network))
    inside = tf.sequence_mask(LENGTHS, max(LENGTHS), tf.float32)[:, :, None]

    @tf.function(autograph=False)
    def run_network() -> tuple[tf.Tensor, list[tf.Tensor]]:
        with tf.GradientTape() as tape:
            emissions = network({name: tf.constant(value) for name, value in feeds.items()}) * inside
            loss = tf.reduce_sum(tf.sin(3 * emissions))
        return emissions, tape.gradient(loss, list(weights.values()))

    emissions, gradients = run_network()
    found = {name: gradient.numpy() for name, gradient in zip(weights, gradients, strict=True)}
    return {"emissions": emissions.numpy(), **found}


@pytest.mark.parametrize(
    ("units", "channels", "conv_filters"),
    [(1, (KEYS,), 0), (16, (KEYS, WORDS), 0), (23, (WORDS, KEYS), 0), (40, (KEYS, WORDS), 6)],
)
def test_emissions_and_gradients_are_those_of_keras(
    units: int, channels: tuple[ChannelConfig, ...], conv_filters: int
) -> None:
    config = NetworkConfig(channels=channels, tags=3, units=units, layers=2, conv_filters=conv_filters)
    keras = build_network(config, TABLES, seed=1)
    compiled = build_network(config, TABLES, seed=2, compiled_threads=2)
    set_network_weights(compiled, network_weights(keras))
    feeds = given(channels)
    expected, found = learnt(keras, feeds), learnt(compiled, feeds)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-4, atol=2e-5, err_msg=name)


def test_first_weights_are_those_of_keras() -> None:
    config = NetworkConfig(channels=(KEYS, WORDS), tags=3, units=5, layers=2)
    keras = network_weights(build_network(config, TABLES, seed=4))
    compiled = network_weights(build_network(config, TABLES, seed=4, compiled_threads=1))
    assert list(keras) == list(compiled)
    for name, values in keras.items():
        np.testing.assert_array_equal(compiled[name], values, err_msg=name)


def test_products_in_bfloat16_are_near_those_in_float32() -> None:
    config = NetworkConfig(channels=(KEYS, WORDS), tags=3, units=20)
    plain = build_network(config, TABLES, seed=1, compiled_threads=1)
    mixed = build_network(config, TABLES, seed=1, compiled_threads=1, precision="mixed_bfloat16")
    feeds = given((KEYS, WORDS))
    expected, found = learnt(plain, feeds), learnt(mixed, feeds)
    assert not np.array_equal(found["emissions"], expected["emissions"])
    for name, values in expected.items():
        assert found[name].dtype == np.float32
        assert np.abs(found[name] - values).max() < 0.03 * np.abs(values).max(), name


def arrays(rows: int, time: int, units: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng([rows, time, units])
    sums = random.standard_normal((rows, time, 4 * units)).astype(np.float32)
    recurrent = random.standard_normal((units, 4 * units)).astype(np.float32)
    lengths = random.integers(1, time + 1, rows).astype(np.int32)
    return sums, recurrent, lengths, random.standard_normal((rows, time, units)).astype(np.float32)


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("threads", [2, 3])
def test_number_of_threads_changes_no_bit(backward: bool, threads: int) -> None:
    sums, recurrent, lengths, d_states = arrays(50, 7, 19)
    alone = run(sums, recurrent, lengths, backward=backward)
    shared = run(sums, recurrent, lengths, backward=backward, threads=threads)
    np.testing.assert_array_equal(shared.states, alone.states)
    back = [
        run_back(d_states, recurrent, lengths, steps, backward=backward, threads=count)
        for steps, count in ((alone, 1), (shared, threads))
    ]
    np.testing.assert_array_equal(*back)


@pytest.mark.parametrize("backward", [False, True])
def test_right_of_a_row_there_is_nothing(backward: bool) -> None:
    sums, recurrent, lengths, d_states = arrays(9, 6, 4)
    right = np.arange(6) >= lengths[:, None]
    steps = run(sums, recurrent, lengths, backward=backward)
    assert not steps.states[right].any()
    sums[right], d_states[right] = np.nan, np.nan
    again = run(sums, recurrent, lengths, backward=backward)
    np.testing.assert_array_equal(again.states, steps.states)
    d_sums = run_back(d_states, recurrent, lengths, again, backward=backward)
    assert not d_sums[right].any()
    assert np.isfinite(d_sums).all()


def test_what_is_no_number_stays_none() -> None:
    sums, recurrent, lengths, _ = arrays(3, 4, 5)
    sums[1, 0] = np.nan
    lengths[:] = 4
    states = run(sums, recurrent, lengths, backward=False).states
    assert np.isnan(states[1]).all()
    assert np.isfinite(states[[0, 2]]).all()


def test_large_sums_saturate() -> None:
    sums = np.array([[[1e30, 1e30, 1e30, 1e30], [-1e30, -1e30, -1e30, 1e30]]], np.float32)
    steps: Steps = run(sums, np.zeros((1, 4), np.float32), np.array([2], np.int32), backward=False)
    np.testing.assert_allclose(steps.states[0, :, 0], [np.tanh(1), 0], atol=1e-6)


@pytest.mark.parametrize("kind", host_kinds())
@pytest.mark.parametrize("rows", [0, 1, 2, 3, 5, 6, 11, 12, 13, 17, 29])
@pytest.mark.parametrize("width", [1, 7, 64])
def test_products_are_those_of_numpy(kind: type[Packed], rows: int, width: int) -> None:
    random = np.random.default_rng([rows, width])
    x = random.standard_normal((rows, width)).astype(np.float32)
    weights = random.standard_normal((width, 48)).astype(np.float32)
    sums = np.full((rows, 48), np.nan, np.float32)
    multiply(x, kind.pack(weights), sums)
    np.testing.assert_allclose(sums, x.astype(float) @ weights, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", host_kinds())
def test_a_row_has_the_same_bits_beside_any_others(kind: type[Packed]) -> None:
    random = np.random.default_rng(1)
    x = random.standard_normal((29, 33)).astype(np.float32)
    packed = kind.pack(random.standard_normal((33, 32)).astype(np.float32))
    together, alone = np.empty((2, 29, 32), np.float32)
    multiply(x, packed, together)
    for row in range(29):
        multiply(x[row : row + 1], packed, alone[row : row + 1])
    np.testing.assert_array_equal(together, alone)


COMPILE_FOR_ANY_CPU = """
import numpy as np
from model.runtime.lstm.packed import Packed, host_kinds
from model.runtime.lstm.product import multiply
x, weights, sums = np.ones((12, 3), np.float32), np.ones((3, 16), np.float32), np.empty((12, 16), np.float32)
for kind in (host_kinds()[0], Packed):
    multiply(x, kind.pack(weights), sums)
    assert (sums == 3).all()
print(*multiply.inspect_asm().values())
"""


def test_compiled_for_any_cpu_as_in_the_images_products_use_this_ones_instructions(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CPU_NAME": "generic", "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", COMPILE_FOR_ANY_CPU]
    code = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    assert "zitag_float_product_6_any" in code
    assert "fmaf" not in code  # of the C library
    assert ("vfmadd" in code) == (len(host_kinds()) > 1)
