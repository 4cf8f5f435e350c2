"""The settings of a fit that say how the files of its corpora are to be read, beside what they say themselves."""

from typing import Literal

from pydantic import Field

from training.settings.base import Settings


class FormatSettings(Settings):
    """How files of corpora are read: docs/formats.md."""

    unit: Literal["char", "word"] = Field(
        "char", description="what stands on a line of columns; Chinese words are joined without spaces"
    )
    format: str = Field(
        "auto",
        description="format of the corpus files: auto (by what they hold), or its name in docs/formats.md",
    )
    nested: Literal["longest", "error"] = Field(
        "longest",
        description="entities that overlap or are in several parts: keep the longest, or stop with an error",
    )
    column: int | None = Field(
        None, ge=1, description="column of the tags, where lines have more than two; default: the last"
    )
    names: tuple[str, ...] = Field((), description="names of tags that are numbers, in order: O,B-PER,I-PER")
