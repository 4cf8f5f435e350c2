"""The network in bytes: its products and steps against NumPy, its answers against float32, alone and in any batch."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numba
import numpy as np
import pytest
import tiny
from hypothesis import given
from hypothesis import strategies as st

from model.bundle.blocks import merge_networks
from model.bundle.bundle import Bundle, BundleError, load_bundle, save_bundle
from model.bundle.manifest import Int8
from model.runtime import choice
from model.runtime.base import InferenceError
from model.runtime.batching import cut_rows
from model.runtime.int8 import instruction_sets
from model.runtime.int8 import runtime as int8_runtime
from model.runtime.int8.cell import ZERO
from model.runtime.int8.dot import MAX_ROWS, multiply
from model.runtime.int8.instruction_sets import (
    INSTRUCTION_SETS,
    Avx2,
    Avx512,
    Avx512Vnni,
    AvxVnni,
    best_instructions,
    host_instructions,
)
from model.runtime.int8.lstm import STATE_SCALE, bilstm, pack_direction, padded_units, quantise
from model.runtime.int8.ranges import default_ranges, measured_ranges
from model.runtime.int8.runtime import Int8Runtime
from model.runtime.onnx import OnnxRuntime
from model.tagger import Tagger
from model.text import normalise

needs_bytes = pytest.mark.skipif(
    best_instructions() is None,
    reason="this CPU has no AVX2: run on one that has it (x86, nearly all since 2015)",
)
by_each = pytest.mark.parametrize(
    "by",
    [
        pytest.param(
            instructions,
            id=instructions.name,
            marks=pytest.mark.skipif(
                instructions not in host_instructions(),
                reason=f"this CPU has no {instructions.name}: run on one that has {instructions.needed}",
            ),
        )
        for instructions in INSTRUCTION_SETS
    ],
)
COLUMNS = 64  # of a group
PIECES = st.text("小明在北京大学读书，。a", min_size=1, max_size=60)
AGREES = Int8(
    ranges=dict.fromkeys(("char", "bigram", "word", "segment"), 4.0), f1=0.9, float_f1=0.9, tags_changed=0
)


@by_each
@given(rows=st.integers(1, 70), fours=st.integers(1, 30), groups=st.integers(1, 4), seed=st.integers(0, 99))
def test_products_are_those_of_numpy(by, rows, fours, groups, seed):
    generator = np.random.default_rng(seed)
    wider = generator.integers(0, 256, (rows + 3, 4 * fours + 8)).astype(by.byte())
    x = wider[:, 4 : 4 + 4 * fours]
    weights = generator.integers(-128, 128, (4 * fours, COLUMNS * groups)).astype(np.int8)
    chosen = generator.permutation(rows + 3)[:rows]
    sums = np.empty((rows, COLUMNS * groups), np.int32)
    multiply(x, chosen, by.pack(weights), sums)
    np.testing.assert_array_equal(sums, x[chosen].astype(np.int32) @ weights.astype(np.int32))


@by_each
def test_the_largest_products_of_all_do_not_overflow(by):
    x = np.full((MAX_ROWS, 1024), 255).astype(by.byte())
    sums = np.empty((MAX_ROWS, COLUMNS), np.int32)
    multiply(x, np.arange(MAX_ROWS), by.pack(np.full((1024, COLUMNS), -128, np.int8)), sums)
    assert (sums == -255 * 128 * 1024).all()


# Compiled only, so that it does not matter which of them this CPU has.
@needs_bytes
@pytest.mark.parametrize(
    ("by", "products"),
    [
        pytest.param(Avx512Vnni, 24, id="avx512vnni"),
        pytest.param(Avx512, 24, id="avx512"),
        pytest.param(AvxVnni, 12, id="avxvnni"),
        pytest.param(Avx2, 12, id="avx2"),
    ],
)
def test_sums_stay_in_registers(by, products):
    fresh = numba.njit(multiply.py_func)  # of what comes from the cache there is no assembly
    x, packed = np.zeros((1, 4), by.byte()), by.pack(np.zeros((4, COLUMNS), np.int8))
    fresh(x, np.zeros(0, np.int64), packed, np.empty((1, COLUMNS), np.int32))
    (assembly,) = fresh.inspect_asm().values()
    (six,) = re.findall(rf"\nzitag_multiply_6_{by.name}:(.*?)\n\.Lfunc_end", assembly, re.DOTALL)
    found = len(re.findall(r"\bvpdpbusd\b|\bvpmaddwd\b", six))
    assert found >= products
    assert found % products == 0
    assert not re.findall(r"vmov\w+\s+%[yz]mm\d+, -?\d*\(%rsp\)", six)
    assert bool(re.search(r"%zmm|%[xy]mm(1[6-9]|2\d|3[01])\b", six)) == (by.lanes == 16)  # AVX2 has no others


def reference_step(inputs, carried, direction, cells):
    """Return cells and states [units] after one step, in float64."""
    gates = inputs * direction.kernel_scale + carried * direction.recurrent_scale + direction.bias
    i, f, c, o = gates.astype(np.float64).reshape(-1, 4, 16).transpose(1, 0, 2).reshape(4, -1)

    def sigmoid(value):
        return 1 / (1 + np.exp(-value))

    cells = sigmoid(f) * cells + sigmoid(i) * np.tanh(c)
    return cells, sigmoid(o) * np.tanh(cells)


def unpack(packed):
    """Return packed weights as [width, columns]."""
    tiles, turns, tile, numbers = packed.weights.shape
    whole = packed.weights.transpose(1, 3, 0, 2).reshape(turns * numbers, tiles * tile)
    return whole.astype(np.int64)


def reference_layer(x, lengths, direction, *, backward):
    """Return the states as bytes [positions, padded units], step by step in NumPy."""
    kernel, recurrent = unpack(direction.kernel), unpack(direction.recurrent)
    states = np.full((len(x) - 1, len(recurrent)), ZERO, np.int64)
    start = 0
    for length in lengths:
        cells, before = np.zeros(len(recurrent)), np.full(len(recurrent), ZERO, np.int64)
        steps = range(start, start + length)
        for position in reversed(steps) if backward else steps:
            inputs, carried = x[position].astype(np.int64) @ kernel, before @ recurrent
            cells, state = reference_step(inputs, carried, direction, cells)
            before = states[position] = np.floor(state * 127 + ZERO + 0.5).astype(np.int64)
        start += length
    return states


@by_each
@pytest.mark.parametrize(
    ("units", "width", "lengths"),
    [
        (1, 3, [1]),
        (8, 5, [3, 2, 2, 1]),
        (17, 21, [40, 7, 7, 1]),
        (16, 64, [2] * 70),
        (33, 30, [1000, 1]),
    ],
)
def test_layer_steps_as_numpy_does(by, units, width, lengths):
    generator = np.random.default_rng(units)
    x = np.full((sum(lengths) + 1, -(-width // 4) * 4), ZERO, by.byte())
    x[:-1, :width] = generator.integers(0, 256, (sum(lengths), width))
    scale = np.full(width, 4.0 / 127, np.float32)

    def direction():
        def weights(*shape):
            return generator.standard_normal(shape) * 0.3

        return pack_direction(
            weights(width, 4 * units), weights(units, 4 * units), weights(4 * units), scale, by
        )

    forward, backward = direction(), direction()
    padded = padded_units(units)
    states = np.full((len(x), 2 * padded), ZERO, by.byte())
    ends = np.cumsum(lengths)
    bilstm(x, ends - lengths, np.array(lengths), forward, backward, states)
    for side, weights in enumerate((forward, backward)):
        expected = reference_layer(x, lengths, weights, backward=side == 1)
        got = states[:-1, side * padded : (side + 1) * padded].astype(np.int64)
        # tanh is an approximation: now and then a state falls on the other side of a rounding.
        assert np.abs(got - expected).max() <= 2
        assert np.mean(got != expected) < 0.02
        assert (got[:, units:] == ZERO).all()  # units that are not there


def test_quantised_weights_are_within_half_a_step():
    weights = np.random.default_rng(0).standard_normal((10, 6))
    rounded, scale = quantise(weights)
    assert rounded.shape == (12, 6)
    assert np.abs(rounded[:10] * scale - weights).max() <= scale.max() / 2 * 1.001
    assert pytest.approx(1) == STATE_SCALE * 127


def emissions(bundle: Bundle, pieces: list[str], runtime, max_batch_chars: int = 2048):
    offsets = np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])]).astype(np.int64)
    rows = cut_rows(offsets, bundle.rules.window_chars, bundle.rules.context_chars)
    return runtime.emit(bundle.features.encode_pieces(pieces), rows, max_batch_chars)


@by_each
@pytest.mark.parametrize("layers", [1, 2])
def test_emissions_are_close_to_those_of_float32(by, layers):
    bundle = tiny.tiny_bundle(layers=layers)
    pieces = [normalise(tiny.TEXT), "小明在北京。", tiny.TEXT * 6, "京"]  # windows, too
    ours = emissions(bundle, pieces, Int8Runtime(bundle, instructions=by))
    theirs = emissions(bundle, pieces, OnnxRuntime(bundle))
    assert np.abs(ours - theirs).mean() < 0.03 * np.abs(theirs).std()
    assert np.mean(ours.argmax(1) == theirs.argmax(1)) > 0.95


@needs_bytes
@pytest.mark.parametrize(("layers", "units"), [(1, 8), (2, 40)])
def test_all_instructions_give_the_same_emissions_bit_for_bit(layers, units):
    bundle = tiny.tiny_bundle(layers=layers, units=units)
    pieces = [normalise(tiny.TEXT), "小明在北京。", tiny.TEXT * 6, "京"]
    first, *others = (
        emissions(bundle, pieces, Int8Runtime(bundle, instructions=by)) for by in host_instructions()
    )
    assert np.abs(first).max() > 0.1
    for other in others:
        np.testing.assert_array_equal(other.view(np.int32), first.view(np.int32))


@by_each
@given(pieces=st.lists(PIECES, min_size=1, max_size=12), max_batch_chars=st.integers(1, 300))
def test_alone_is_as_in_any_batch_bit_for_bit(bundle, by, pieces, max_batch_chars):
    runtime = Int8Runtime(bundle, instructions=by)
    together = emissions(bundle, pieces, runtime, max_batch_chars)
    alone = [emissions(bundle, [piece], runtime) for piece in pieces]
    np.testing.assert_array_equal(together, np.concatenate(alone))


@needs_bytes
@pytest.mark.parametrize("layers", [1, 2])
def test_networks_side_by_side_have_the_mean_of_their_emissions(layers):
    one = tiny.tiny_bundle(layers=layers)
    other = replace(one, weights=tiny.random_weights(one.config, seed=1) | shared_tables(one))
    merged, weights = merge_networks(one.config, [one.weights, other.weights])
    both = replace(one, config=merged, weights=weights)
    pieces = ["小明在北京。", tiny.TEXT * 6, "京"]
    found = emissions(both, pieces, Int8Runtime(both))
    expected = np.mean([emissions(bundle, pieces, Int8Runtime(bundle)) for bundle in (one, other)], axis=0)
    assert np.abs(found - expected).mean() < 0.03 * np.abs(expected).std()
    alone = [emissions(both, [piece], Int8Runtime(both)) for piece in pieces]
    np.testing.assert_array_equal(found, np.concatenate(alone))


def shared_tables(bundle: Bundle) -> dict[str, np.ndarray]:
    return {name: bundle.weights[name] for name in ("embedding.char", "embedding.bigram")}


def test_ranges_follow_what_comes_in():
    bundle = tiny.tiny_bundle()
    ranges = measured_ranges(bundle.config, bundle.weights, bundle.features, [normalise(tiny.TEXT)])
    assert ranges.keys() == default_ranges(bundle.config, bundle.weights).keys()
    ids = bundle.features.channels[0].encode_pieces([normalise(tiny.TEXT)])
    values = bundle.weights["embedding.char"][ids].astype(np.float64)
    assert ranges["char"] == pytest.approx(4.5 * np.sqrt(np.mean(values[values != 0] ** 2)), rel=1e-3)


def test_nothing_known_of_a_text_leaves_the_ranges_of_the_tables():
    bundle = tiny.tiny_bundle()
    ranges = measured_ranges(bundle.config, bundle.weights, bundle.features, [])
    assert ranges == default_ranges(bundle.config, bundle.weights)


@pytest.mark.parametrize(
    ("checked", "best", "expected"),
    [
        (AGREES, Avx512Vnni, "int8"),
        (AGREES, Avx2, "int8"),
        (AGREES, None, "onnx"),
        (AGREES.model_copy(update={"tags_changed": 0.002}), Avx2, "onnx"),
        (AGREES.model_copy(update={"f1": 0.898}), Avx2, "onnx"),
        (None, Avx2, "onnx"),
    ],
)
def test_auto_takes_bytes_where_they_agree(monkeypatch, bundle, checked, best, expected):
    asked = []
    monkeypatch.setattr(instruction_sets, "best_instructions", lambda: best)
    monkeypatch.setattr(choice, "import_module", lambda name: asked.append(name) or _Module())
    choice.build_runtime("auto", replace(bundle, int8=checked))
    assert asked == [choice.RUNTIMES[expected].module]


class _Module:
    def __getattr__(self, name):
        return lambda bundle, threads, memory_limit_mb: None


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ("avx2 fma avxvnni avx512f avx512bw avx512vnni", Avx512Vnni),  # Xeon since 2019, EPYC since 2022
        ("avx2 fma avx512f avx512bw", Avx512),
        ("avx2 fma avxvnni", AvxVnni),
        ("avx2 fma", Avx2),  # EPYC of 2017 to 2021, Xeon of 2014 to 2016
        ("avx2", None),
        ("sse4.2 avx fma", None),
        ("neon", None),
    ],
)
def test_the_best_instructions_that_a_cpu_has(monkeypatch, features, expected):
    known = {"sse4.2": False, "avx512vnni": False} | dict.fromkeys(features.split(), True)
    monkeypatch.setattr(instruction_sets.llvmlite.binding, "get_host_cpu_features", lambda: known)
    assert best_instructions() is expected


def test_cpu_without_avx2_is_told_what_to_take(monkeypatch, bundle):
    monkeypatch.setattr(int8_runtime, "best_instructions", lambda: None)
    expected = "int8: expected an x86 CPU with AVX2 and FMA, got one without; take ZITAG_RUNTIME=onnx"
    with pytest.raises(InferenceError, match=expected):
        Int8Runtime(bundle)


def test_network_with_a_convolution_is_refused(monkeypatch):
    monkeypatch.setattr(int8_runtime, "best_instructions", lambda: Avx2)
    with pytest.raises(InferenceError, match="int8: expected a network without a convolution, got one"):
        Int8Runtime(tiny.tiny_bundle(conv_filters=4))


@needs_bytes
def test_bundle_remembers_what_was_found_of_it(tmp_path, bundle):
    path = save_bundle(tmp_path / "bytes", replace(bundle, int8=AGREES, golden=()))
    assert load_bundle(path).int8 == AGREES
    assert Tagger.load(path).runtime.name == "int8"
    assert Tagger.load(path, "onnx").runtime.name == "onnx"


def test_ranges_of_other_channels_are_refused(tmp_path, bundle):
    wrong = AGREES.model_copy(update={"ranges": {"char": 1.0}})
    with pytest.raises(BundleError, match=r"int8.ranges: expected the channels .*, got \['char'\]"):
        save_bundle(tmp_path / "bytes", replace(bundle, int8=wrong))


@pytest.mark.parametrize("largest", [5e-324, 1e-40, 9e-7, 1e7])
def test_ranges_that_no_fit_measures_are_refused(tmp_path: Path, bundle: Bundle, largest: float) -> None:
    path = save_bundle(tmp_path / "bytes", replace(bundle, int8=AGREES))
    fields = json.loads((path / "bundle.json").read_text())
    fields["int8"]["ranges"]["char"] = largest
    (path / "bundle.json").write_text(json.dumps(fields))
    with pytest.raises(BundleError, match=r"int8\.ranges\.char: Input should be "):
        load_bundle(path)
