"""A bundle made of random numbers: its answers mean nothing, but are many, and always the same."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.bundle.bundle import Bundle, Origin, TextRules
from model.bundle.config import ChannelConfig, NetworkConfig
from model.bundle.files import record_of
from model.bundle.golden import EDGE_TEXTS, choose_golden
from model.bundle.manifest import Corpus, Manifest
from model.bundle.weights import pack_weights, weight_shapes
from model.features.channels import Channel, Features, WordChannel
from model.features.lexicon import Lexicon
from model.features.vocabulary import PAD, UNK, Vocabulary
from model.runtime.onnx import OnnxRuntime
from model.tagger import Tagger
from model.tags.tag_set import TagSet

TEXT = (
    "新华社北京八月二十日电记者小明今天在人民大会堂见到了李鹏总理和江泽民主席他们说中国与美国的关系很好"
    "张三李四去年到过上海市复旦大学王五现任中共中央委员会书记老舍先生写的茶馆在法国巴黎上演，。！？；：“”（）"
    "0123456789abcdefghijklmnopqrstuvwxyz ·"
)
WORDS = (
    *(
        "新华社",
        "北京",
        "人民大会堂",
        "人民",
        "大会",
        "大会堂",
        "会堂",
        "李鹏",
        "江泽民",
        "中国",
        "美国",
        "上海市",
    ),
    *(
        "上海",
        "复旦大学",
        "大学",
        "王",
        "中共中央",
        "中央",
        "书记",
        "老舍",
        "茶馆",
        "法国",
        "巴黎",
        "小明",
        "张三",
    ),
)
TAG_SET = TagSet("BIOES", ("PER", "LOC", "ORG"))


def tiny_bundle(*, seed: int = 0, layers: int = 1, conv_filters: int = 0, units: int = 8) -> Bundle:
    """Return a bundle over the characters and bigrams of TEXT, with golden texts, not saved."""
    features = tiny_features()
    config = NetworkConfig(
        channels=tuple(
            ChannelConfig(name=channel.name, rows=channel.rows, dim=dim, kind=kind)
            for channel, dim, kind in zip(
                features.channels, (12, 6, 3, 2), ("keys", "keys", "words", "words"), strict=True
            )
        ),
        tags=len(TAG_SET.tags),
        units=units,
        layers=layers,
        conv_filters=conv_filters,
    )
    bundle = Bundle(
        config=config,
        tag_set=TAG_SET,
        features=features,
        rules=TextRules(),
        weights=pack_weights(random_weights(config, seed)),
        origin=Origin(
            created="2026-11-22T00:00:00Z",
            fit={"preset": "none"},
            corpora=(Corpus(name="nothing", sha256="0" * 64),),
            versions={"zitag": "0"},
        ),
    )
    tagger = Tagger(bundle, OnnxRuntime(bundle, threads=1))
    texts = [*EDGE_TEXTS, TEXT, "小明在北京。", "张三到过上海市复旦大学。"]
    nbest = [tagging.nbest or [] for tagging in tagger.tag_details(texts, nbest=2)]
    return replace(bundle, golden=choose_golden(texts, nbest))


def tiny_features() -> Features:
    """Return four channels: characters, bigrams, some words of TEXT, two of one row, and TEXT cut into words."""
    characters = sorted(set(TEXT))
    bigrams = sorted({TEXT[position : position + 2] for position in range(len(TEXT) - 1)})
    return Features(
        (
            Channel("char", Vocabulary([PAD, UNK, *characters])),
            Channel("bigram", Vocabulary([PAD, UNK, *bigrams])),
            WordChannel("word", Lexicon(WORDS, [*range(1, len(WORDS)), 1], range(1, len(WORDS) + 1))),
            WordChannel(
                "segment", Lexicon(WORDS, [1, 2, 3] * 8 + [1], range(len(WORDS), 0, -1)), segmented=True
            ),
        )
    )


def random_weights(config: NetworkConfig, seed: int) -> dict[str, NDArray[np.float32]]:
    """Return weights for `config`, large enough that characters matter; all are float16 values."""
    generator = np.random.default_rng(seed)
    weights = {}
    for name, shape in weight_shapes(config).items():
        scale = 1.0 if name.startswith(("embedding.", "emission.")) else 0.5
        weights[name] = (generator.standard_normal(shape) * scale).astype(np.float16).astype(np.float32)
    for channel in config.channels:
        weights[f"embedding.{channel.name}"][0] = 0.0
    return weights


def resign(folder: Path, **changes: Any) -> None:
    """Write a bundle.json that fits the files as they are, with these fields changed."""
    fields = json.loads((folder / "bundle.json").read_text())
    fields |= {
        "files": {name: record_of((folder / name).read_bytes()) for name in fields["files"]},
        **changes,
    }
    del fields["fingerprint"]
    (folder / "bundle.json").write_text(Manifest.build(**fields).to_json())
