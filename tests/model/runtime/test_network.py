"""The network: each direction sees what it is named after, padding is nothing, the embeddings stay."""

import numpy as np
import pytest
import tensorflow as tf

from model.bundle.config import ChannelConfig, NetworkConfig
from model.runtime.network import build_network, network_weights, set_network_weights

CHANNELS = (ChannelConfig(name="char", rows=9, dim=4), ChannelConfig(name="bigram", rows=7, dim=3))
TABLES = {c.name: np.random.default_rng(c.rows).standard_normal((c.rows, c.dim)) for c in CHANNELS}
SHAPES = [{"layers": 1, "conv_filters": 0}, {"layers": 2, "conv_filters": 5}]


def network(**fields: int) -> tf.keras.Model:
    return build_network(NetworkConfig(channels=CHANNELS, tags=3, units=6, **fields), TABLES, seed=1)


def inputs(char: list[list[int]], lengths: list[int]) -> dict[str, np.ndarray]:
    ids = np.array(char, np.int32)
    return {"char": ids, "bigram": ids % 7, "lengths": np.array(lengths, np.int32)}


def changed(emissions: np.ndarray, others: np.ndarray) -> list[bool]:
    """Return at which positions of the first row they differ."""
    return (np.abs(emissions - others)[0].max(-1) > 1e-7).tolist()


def test_each_character_reaches_every_emission_of_its_sentence() -> None:
    net = network()
    plain = net(inputs([[2, 3, 4, 5]], [4])).numpy()
    assert changed(plain, net(inputs([[2, 3, 4, 6]], [4])).numpy()) == [True] * 4
    assert changed(plain, net(inputs([[8, 3, 4, 5]], [4])).numpy()) == [True] * 4


@pytest.mark.parametrize("fields", SHAPES)
def test_padding_and_neighbours_change_nothing(fields: dict[str, int]) -> None:
    net = network(**fields)
    alone = net(inputs([[2, 3, 4]], [3])).numpy()
    beside = net(inputs([[2, 3, 4, 8, 8], [5, 6, 7, 8, 1]], [3, 5])).numpy()
    np.testing.assert_allclose(alone[0], beside[0, :3], atol=1e-6)


@pytest.mark.parametrize("fields", SHAPES)
def test_weights_go_from_one_network_to_another(fields: dict[str, int]) -> None:
    config = NetworkConfig(channels=CHANNELS, tags=3, units=6, **fields)
    one, other = build_network(config, TABLES, seed=1), build_network(config, TABLES, seed=2)
    given = inputs([[2, 3, 4]], [3])
    assert np.abs(one(given) - other(given)).max() > 1e-3
    set_network_weights(other, network_weights(one))
    np.testing.assert_array_equal(one(given), other(given))


def test_embeddings_are_frozen_and_as_given() -> None:
    net = network()
    assert not any("embedding" in variable.name for variable in net.trainable_variables)
    np.testing.assert_allclose(net.get_layer("embedding.char").get_weights()[0], TABLES["char"], rtol=1e-6)


def test_dropout_mask_follows_seed_and_step() -> None:
    step = tf.Variable(0, dtype=tf.int64)
    config = NetworkConfig(channels=CHANNELS, tags=3, units=6)
    nets = [build_network(config, TABLES, seed=seed, step=step) for seed in (1, 1, 2)]
    for net in nets[1:]:
        set_network_weights(net, network_weights(nets[0]))
    given = inputs([[2, 3, 4]], [3])
    first, same, other = (net(given, training=True).numpy() for net in nets)
    np.testing.assert_array_equal(first, same)
    assert np.abs(first - other).max() > 1e-4
    step.assign_add(1)
    assert np.abs(first - nets[0](given, training=True)).max() > 1e-4
    assert np.abs(nets[0](given) - nets[2](given)).max() == 0


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_emissions_are_single_precision_under_mixed_precision(precision: str) -> None:
    config = NetworkConfig(channels=CHANNELS, tags=3, units=6)
    full = build_network(config, TABLES, seed=1)
    mixed = build_network(config, TABLES, seed=1, precision=precision)
    given = inputs([[2, 3, 4, 5]], [4])
    assert mixed(given).dtype == tf.float32
    np.testing.assert_allclose(mixed(given), full(given), atol=0.05)


def test_table_of_another_shape_is_an_error() -> None:
    config = NetworkConfig(channels=CHANNELS, tags=3)
    with pytest.raises(ValueError, match=r"embedding 'char': expected shape \(9, 4\), got \(9, 5\)"):
        build_network(config, {**TABLES, "char": np.zeros((9, 5))})
