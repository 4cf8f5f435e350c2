"""The settings of word2vec: what vectors start from, and how they are trained and scaled."""

from typing import Annotated

from pydantic import Field

from model.bundle.config import MAX_WIDTH
from training.settings.base import Settings

# gensim counts in int32: of more its threads die, and the fit waits for them for ever.
Count = Annotated[int, Field(le=2**31 - 1)]
Window = Annotated[int, Field(le=1000)]
Width = Annotated[int, Field(le=MAX_WIDTH)]


class VectorsSettings(Settings):
    """How the vectors of all channels are learnt; what they are learnt of stands with the channels."""

    vectors_from: str = Field(
        "corpus",
        description="what vectors learnt here start from: general (those of --raw alone, trained once and shared by "
        "fits, then trained on with --train), corpus (nothing: --train and --raw are learnt together), auto (general "
        "where they know the characters of --train), or a folder that zitag vectors made",
    )
    vector_window: Window = Field(3, ge=1, description="word2vec window, in tokens on each side")
    vector_epochs: Count = Field(5, ge=1, description="word2vec passes over the text")
    vector_sample: float = Field(1e-3, ge=0, description="word2vec subsampling threshold")
    vector_scale: float = Field(1.0, gt=0, description="every table is scaled to this root mean square")
