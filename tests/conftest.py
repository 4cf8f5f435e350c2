"""What many tests share: one tiny bundle a session, written by the real save path, without any training."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from model.bundle import Bundle, Origin, load_bundle
from model.config import ChannelConfig, NetworkConfig
from model.features import Channel, Features
from model.manifest import Corpus
from model.tagger import Tagger
from model.tags import TagSet
from model.vocabulary import PAD, UNK, Vocabulary
from model.weights import weight_shapes
from training.export import export_bundle

TEXT = (
    "新华社北京八月二十日电记者小明今天在人民大会堂见到了李鹏总理和江泽民主席他们说中国与美国的关系很好"
    "张三李四去年到过上海市复旦大学王五现任中共中央委员会书记老舍先生写的茶馆在法国巴黎上演，。！？；：“”（）"
    "0123456789abcdefghijklmnopqrstuvwxyz ·"
)


@pytest.fixture(scope="session")
def tiny_features() -> Features:
    """Two channels over the characters and bigrams of one paragraph."""
    characters = sorted(set(TEXT))
    bigrams = sorted({TEXT[position : position + 2] for position in range(len(TEXT) - 1)})
    return Features(
        (
            Channel("char", Vocabulary([PAD, UNK, *characters])),
            Channel("bigram", Vocabulary([PAD, UNK, *bigrams])),
        )
    )


@pytest.fixture(scope="session")
def tiny_config(tiny_features: Features, tiny_tag_set: TagSet) -> NetworkConfig:
    """A network of some 2,000 weights."""
    channels = tuple(
        ChannelConfig(name=channel.name, rows=len(channel.vocabulary), dim=dim)
        for channel, dim in zip(tiny_features.channels, (12, 6), strict=True)
    )
    return NetworkConfig(channels=channels, tags=len(tiny_tag_set.tags), units=8)


@pytest.fixture(scope="session")
def tiny_tag_set() -> TagSet:
    """Three labels, BIOES."""
    return TagSet("BIOES", ("PER", "LOC", "ORG"))


@pytest.fixture(scope="session")
def tiny_bundle(
    tmp_path_factory: pytest.TempPathFactory,
    tiny_config: NetworkConfig,
    tiny_tag_set: TagSet,
    tiny_features: Features,
) -> Path:
    """The folder of a bundle with random weights: its answers mean nothing, but are many and always the same."""
    return export_bundle(
        tmp_path_factory.mktemp("bundles") / "tiny",
        config=tiny_config,
        tag_set=tiny_tag_set,
        features=tiny_features,
        weights=random_weights(tiny_config),
        golden_texts=[TEXT, "小明在北京。", "张三到过上海市复旦大学。"],
        origin=Origin(
            created="2026-11-22T00:00:00Z",
            fit={"preset": "none"},
            corpora=(Corpus(name="nothing", sha256="0" * 64),),
            versions={"zitag": "0"},
        ),
    )


@pytest.fixture
def bundle(tiny_bundle: Path) -> Bundle:
    return load_bundle(tiny_bundle)


@pytest.fixture(scope="session")
def tagger(tiny_bundle: Path) -> Tagger:
    return Tagger.load(tiny_bundle, threads=1)


def random_weights(config: NetworkConfig, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Return weights for `config`, large enough that characters matter; embeddings are float16 values."""
    generator = np.random.default_rng(seed)
    weights = {}
    for name, shape in weight_shapes(config).items():
        scale = 1.0 if name.startswith(("embedding.", "emission.")) else 0.5
        weights[name] = (generator.standard_normal(shape) * scale).astype(np.float16).astype(np.float32)
    for channel in config.channels:
        weights[f"embedding.{channel.name}"][0] = 0.0
    return weights
