"""Which traditional characters are read as which simplified ones, as a bundle records it.

One code point becomes one code point, so that offsets never move; the table is made at fit time and serving needs
nothing else.
"""

import unicodedata
from functools import cached_property
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from model.text import normalise

# OpenCC has 5,000; more than all Chinese characters there are is a mistake.
MAX_FOLDS = 120_000


class TraditionalFolds(BaseModel):
    """A table of characters: traditional[i] is read as simplified[i].

    >>> TraditionalFolds(traditional="臺灣習", simplified="台湾习").fold("習近平訪問臺灣")
    '习近平訪問台湾'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    traditional: str = Field(max_length=MAX_FOLDS)
    simplified: str = Field(max_length=MAX_FOLDS)

    @model_validator(mode="after")
    def _is_a_table_of_characters(self) -> Self:
        if len(self.traditional) != len(self.simplified):
            counts = f"{len(self.traditional)} and {len(self.simplified)}"
            raise ValueError(f"expected as many simplified as traditional characters, got {counts}")
        keys = set(self.traditional)
        if len(keys) < len(self.traditional) or not keys.isdisjoint(self.simplified):
            raise ValueError("expected distinct traditional characters, none of them a simplified one")
        # No mark that ends a sentence, no character that `normalise` changes: cuts and ids must be those known.
        for char in self.traditional + self.simplified:
            if unicodedata.category(char) != "Lo" or normalise(char) != char:
                raise ValueError(f"expected letters in their plainest form, got {char!r}")
        return self

    @cached_property
    def table(self) -> dict[int, str]:
        """The table as `str.translate` takes it."""
        return dict(zip(map(ord, self.traditional), self.simplified, strict=True))

    def fold(self, text: str) -> str:
        """Return text with each traditional character as its simplified one; the length never changes."""
        return text.translate(self.table)
