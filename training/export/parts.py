"""What a bundle is made of before its network is trained: everything but the weights.

settings, channels, tags -> BundleParts --with_weights(those of any epoch)--> Bundle
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from model.bundle.bundle import Bundle, TextRules
from model.bundle.config import ChannelConfig, NetworkConfig
from model.bundle.weights import pack_weights
from model.features.channels import Channel
from model.tags.tag_set import TagSet
from training.embeddings.tables import Channels
from training.embeddings.texts import SEGMENTS, WORDS
from training.export.folding import fold_projections
from training.inputs.traditional import opencc_folds
from training.settings.config import FitConfig


@dataclass(frozen=True)
class BundleParts:
    """The network's shape, its tags, its channels with their tables, and how texts are cut for it."""

    network: NetworkConfig
    tag_set: TagSet
    channels: Channels
    rules: TextRules

    def with_weights(self, weights: Mapping[str, npt.NDArray[Any]]) -> Bundle:
        """Return the bundle of a network with these trained weights."""
        return Bundle(
            config=self.network,
            tag_set=self.tag_set,
            features=self.channels.features,
            rules=self.rules,
            weights=pack_weights(fold_projections(self.channels.tables, weights)),
        )


def bundle_parts(config: FitConfig, channels: Channels, tag_set: TagSet) -> BundleParts:
    """Return the parts of the bundle that `config`, in which nothing is left to choose, asks for."""
    folds = opencc_folds() if config.fold_traditional else None
    rules = TextRules(max_chars=config.max_chars, fold_traditional=folds)
    return BundleParts(network_config(config, channels, tag_set), tag_set, channels, rules)


def network_config(config: FitConfig, channels: Channels, tag_set: TagSet) -> NetworkConfig:
    """Return the network that `config`, in which nothing is left to choose, asks for over these channels and tags."""
    assert config.units is not None
    assert config.layers is not None
    assert config.embedding_dropout is not None
    assert config.hidden_dropout is not None
    return NetworkConfig(
        channels=tuple(
            ChannelConfig(
                name=channel.name,
                rows=channel.rows,
                dim=_width(channels, channel.name, config),
                kind="keys" if isinstance(channel, Channel) else "words",
            )
            for channel in channels.features.channels
        ),
        tags=len(tag_set.tags),
        units=config.units,
        layers=config.layers,
        conv_filters=config.conv_filters,
        embedding_dropout=config.embedding_dropout,
        hidden_dropout=config.hidden_dropout,
    )


def _width(channels: Channels, name: str, config: FitConfig) -> int:
    width: int = channels.tables[name].shape[1]
    return min(width, {WORDS: config.word_dim, SEGMENTS: config.segment_dim}.get(name, width))
