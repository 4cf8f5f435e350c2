"""The shape of a network, as a bundle records it and every runtime rebuilds it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from model.features.word_sets import SETS

# Far beyond any sane network; a stranger's billion would take all memory.
MAX_ROWS, MAX_WIDTH = 20_000_000, 4096

_BEFORE_WORDS = ("kind", "keys")


class ChannelConfig(BaseModel):
    """One frozen embedding: its name, how many rows its table has and how wide a row is.

    Of a channel of "keys" each character has one row; of one of "words", four sets of weighted rows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    rows: int = Field(
        ge=1, le=MAX_ROWS, description="rows of the table, those that stand for nothing included"
    )
    dim: int = Field(ge=1, le=MAX_WIDTH, description="width of one row")
    kind: Literal["keys", "words"] = Field("keys", description="what the rows belong to")

    @property
    def width(self) -> int:
        """Width of what the network sees of one character."""
        return self.dim * len(SETS) if self.kind == "words" else self.dim

    @model_serializer(mode="wrap")
    def _without_default(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # So that bundles from before there were words keep their fingerprint.
        return {name: value for name, value in dump(self).items() if (name, value) != _BEFORE_WORDS}


class NetworkConfig(BaseModel):
    """Embedding -> dropout -> (Conv1D) -> BiLSTM layers -> dropout -> emissions.

    >>> NetworkConfig(channels=(ChannelConfig(name="char", rows=10, dim=4),), tags=3).input_dim
    4
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: tuple[ChannelConfig, ...] = Field(min_length=1, fail_fast=True)
    tags: int = Field(ge=1, description="number of tags, the width of the emissions")
    units: int = Field(200, ge=1, le=MAX_WIDTH, description="LSTM units in each direction")
    layers: int = Field(1, ge=1, description="stacked BiLSTM layers")
    conv_filters: int = Field(
        0, ge=0, le=MAX_WIDTH, description="filters of a width-3 convolution before the BiLSTM; 0 for none"
    )
    embedding_dropout: float = Field(0.5, ge=0, lt=1, description="dropout on the embeddings, in training")
    hidden_dropout: float = Field(0.5, ge=0, lt=1, description="dropout on each BiLSTM's output, in training")

    @property
    def input_dim(self) -> int:
        """Width of one character's concatenated vectors."""
        return sum(channel.width for channel in self.channels)
