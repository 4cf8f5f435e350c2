"""The shape of a network, as a bundle records it and both runtimes rebuild it."""

from pydantic import BaseModel, ConfigDict, Field


class ChannelConfig(BaseModel):
    """One frozen embedding: its name, how many rows its table has and how wide a row is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    rows: int = Field(ge=2, description="rows of the table, `<pad>` and `<unk>` included")
    dim: int = Field(ge=1, description="width of one vector")


class NetworkConfig(BaseModel):
    """Embedding -> dropout -> (Conv1D) -> BiLSTM layers -> dropout -> emissions.

    >>> NetworkConfig(channels=(ChannelConfig(name="char", rows=10, dim=4),), tags=3).input_dim
    4
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: tuple[ChannelConfig, ...] = Field(min_length=1)
    tags: int = Field(ge=1, description="number of tags, the width of the emissions")
    units: int = Field(200, ge=1, description="LSTM units in each direction")
    layers: int = Field(1, ge=1, description="stacked BiLSTM layers")
    conv_filters: int = Field(
        0, ge=0, description="filters of a width-3 convolution before the BiLSTM; 0 for none"
    )
    embedding_dropout: float = Field(0.5, ge=0, lt=1, description="dropout on the embeddings, in training")
    hidden_dropout: float = Field(0.5, ge=0, lt=1, description="dropout on each BiLSTM's output, in training")

    @property
    def input_dim(self) -> int:
        """Width of one character's concatenated vectors."""
        return sum(channel.dim for channel in self.channels)
