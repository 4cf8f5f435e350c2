"""Folding changes where a projection is computed, not what comes out."""

import numpy as np
import pytest

from model.bundle.config import ChannelConfig, NetworkConfig
from model.runtime.network import build_network, network_weights, set_network_weights
from training.export.folding import fold_projections

GENERATOR = np.random.default_rng(7)
CHANNELS = (
    ChannelConfig(name="char", rows=9, dim=4),
    ChannelConfig(name="word", rows=6, dim=3, kind="words"),
    ChannelConfig(name="type", rows=5, dim=2, kind="words"),
)
CONFIG = NetworkConfig(channels=CHANNELS, tags=3, units=6)
WIDE = {"char": (9, 4), "word": (6, 8), "type": (5, 2)}


def feeds() -> dict[str, np.ndarray]:
    given: dict[str, np.ndarray] = {
        "char": GENERATOR.integers(0, 9, (2, 7)).astype(np.int32),
        "lengths": np.array([7, 4], np.int32),
    }
    for channel in CHANNELS[1:]:
        given[channel.name] = GENERATOR.integers(0, channel.rows, (2, 7, 3)).astype(np.int32)
        given[f"{channel.name}.weights"] = GENERATOR.random((2, 7, 4, 3), np.float32)
    return given


@pytest.mark.parametrize(("dtype", "atol"), [(np.float32, 1e-5), (np.float16, 1e-2)])
def test_a_folded_network_says_what_the_wide_one_says(dtype: type, atol: float) -> None:
    tables = {name: GENERATOR.standard_normal(shape).astype(dtype) for name, shape in WIDE.items()}
    wide = build_network(CONFIG, tables, seed=1)
    assert network_weights(wide)["projection.word"].shape == (8, 3)
    folded = fold_projections(tables, network_weights(wide))
    assert not any(name.startswith("projection.") for name in folded)
    assert folded["embedding.word"].dtype == dtype
    assert folded["embedding.word"].shape == (6, 3)
    for unchanged in ("char", "type"):
        assert folded[f"embedding.{unchanged}"] is tables[unchanged]
    narrow = build_network(CONFIG, {name: folded[f"embedding.{name}"] for name in tables}, seed=2)
    set_network_weights(narrow, folded)
    given = feeds()
    np.testing.assert_allclose(narrow(given), wide(given), atol=atol)


def test_row_0_stays_no_word() -> None:
    table = np.array([[0, 0], [1, 2]], np.float16)
    folded = fold_projections({"word": table}, {"projection.word": np.array([[3.0], [4.0]], np.float32)})
    assert folded["embedding.word"].tolist() == [[0.0], [11.0]]
