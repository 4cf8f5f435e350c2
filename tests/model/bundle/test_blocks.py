"""Several networks as one that is as wide as all of them: its emissions are the mean of theirs."""

from dataclasses import replace

import numpy as np
import pytest
from tiny import TEXT, tiny_bundle

from model.bundle.blocks import merge_networks, split_network
from model.bundle.bundle import Bundle
from model.bundle.onnx_graph import EMISSIONS, LENGTHS
from model.bundle.weights import pack_weights, weight_shapes
from model.predictor import bundle_crf
from model.runtime.batching import cut_rows, pad_rows
from model.runtime.onnx import OnnxRuntime, open_session, session_options
from model.tagger import Tagger

KEYS = ("embedding.char", "embedding.bigram")  # tables that networks of one fit share


def networks(layers: int, conv_filters: int, count: int) -> list[Bundle]:
    made = [tiny_bundle(seed=seed, layers=layers, conv_filters=conv_filters) for seed in range(count)]
    shared = {name: made[0].weights[name] for name in KEYS}
    return [replace(bundle, weights={**bundle.weights, **shared}) for bundle in made]


def merge(bundles: list[Bundle]) -> Bundle:
    network, arrays = merge_networks(bundles[0].config, [bundle.weights for bundle in bundles])
    return replace(bundles[0], config=network, weights=pack_weights(arrays), golden=())


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize(("layers", "conv_filters"), [(1, 0), (2, 0), (3, 0), (1, 5), (2, 5)])
def test_emissions_and_crf_are_the_means_of_those_of_each(layers: int, conv_filters: int, count: int) -> None:
    bundles = networks(layers, conv_filters, count)
    merged = merge(bundles)
    assert {name: array.shape for name, array in merged.weights.items()} == weight_shapes(merged.config)
    ids = merged.features.encode_pieces([TEXT])
    rows = cut_rows(np.array([0, len(TEXT)]), 256, 64)
    alone = [OnnxRuntime(bundle, threads=1).emit(ids, rows, 512) for bundle in bundles]
    found = OnnxRuntime(merged, threads=1).emit(ids, rows, 512)
    np.testing.assert_allclose(
        found, np.mean(alone, axis=0), atol=1e-2
    )  # the last kernel is rounded to float16
    weights = [bundle_crf(bundle).weights for bundle in bundles]
    np.testing.assert_allclose(bundle_crf(merged).weights, np.mean(weights, axis=0), atol=1e-6)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize(("layers", "conv_filters"), [(1, 0), (2, 0), (2, 5)])
def test_a_merged_network_is_split_again(layers: int, conv_filters: int, count: int) -> None:
    bundles = networks(layers, conv_filters, count)
    merged = merge(bundles)
    parts = split_network(merged.config, merged.weights)
    assert len(parts) == count
    for bundle, (config, weights) in zip(bundles, parts, strict=True):
        assert config == bundle.config
        for name in (
            "lstm.0.forward.kernel",
            "lstm.0.backward.recurrent",
            "embedding.word",
            "embedding.char",
        ):
            np.testing.assert_array_equal(weights[name], bundle.weights[name], err_msg=name)
        np.testing.assert_allclose(
            weights["emission.kernel"] * count, bundle.weights["emission.kernel"], rtol=1e-5
        )
    biases = sum(weights["emission.bias"] for _, weights in parts)
    np.testing.assert_array_equal(biases, merged.weights["emission.bias"])


@pytest.mark.parametrize(
    "name", ["lstm.0.forward.recurrent", "lstm.0.backward.kernel", "lstm.1.forward.kernel"]
)
def test_a_network_whose_blocks_are_joined_anywhere_is_not_split(name: str) -> None:
    merged = merge(networks(2, 0, 2))
    joined = merged.weights[name].copy()
    joined[np.unravel_index(np.flatnonzero(joined == 0)[0], joined.shape)] = 0.5
    ((config, weights),) = split_network(merged.config, {**merged.weights, name: joined})
    assert config == merged.config
    assert weights[name] is joined


@pytest.mark.parametrize(("layers", "conv_filters"), [(1, 0), (2, 0), (2, 5)])
def test_networks_computed_one_by_one_give_the_emissions_of_all_as_one(
    layers: int, conv_filters: int
) -> None:
    merged = merge(networks(layers, conv_filters, 3))
    texts = [TEXT, TEXT[3:7], TEXT[20:51]]
    lengths = np.array([len(text) for text in texts])
    feeds = pad_rows(merged.features.encode_pieces(texts), np.cumsum(lengths) - lengths, lengths)
    sizes = lengths.astype(np.int32)
    whole = open_session(merged, session_options(), ["CPUExecutionProvider"])
    (expected,) = whole.run([EMISSIONS], {**feeds, LENGTHS: sizes})
    found = OnnxRuntime(merged, threads=1).emissions(feeds, sizes)
    assert found.dtype == np.float32
    for row, length in enumerate(lengths):
        np.testing.assert_allclose(found[row, :length], expected[row, :length], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", KEYS)
def test_a_table_that_networks_share_is_in_memory_once(name: str) -> None:
    merged = merge(networks(2, 0, 3))
    runtime = OnnxRuntime(merged, threads=1)
    ids = merged.features.encode_pieces([TEXT])
    rows = cut_rows(np.array([0, len(TEXT)]), 256, 64)
    merged.weights[name][:] = 0  # where it is: a copy would not see it
    found = runtime.emit(ids, rows, 512)
    np.testing.assert_array_equal(found, OnnxRuntime(merged, threads=1).emit(ids, rows, 512))


def test_a_network_merged_with_itself_tags_as_it_does() -> None:
    bundle = tiny_bundle(layers=2)
    texts = [TEXT, "小明在北京。", "张三到过上海市复旦大学。"]
    merged = merge([bundle, bundle])
    assert merged.config.units == 2 * bundle.config.units
    one, both = (Tagger(each, OnnxRuntime(each, threads=1)).tag(texts) for each in (bundle, merged))
    assert [[entity.text for entity in found] for found in both] == [
        [entity.text for entity in found] for found in one
    ]


def test_networks_over_other_vectors_are_not_merged() -> None:
    with pytest.raises(AssertionError, match=r"embedding\.char"):
        merge([tiny_bundle(seed=0), tiny_bundle(seed=1)])
