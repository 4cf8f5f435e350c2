"""The bodies of requests as pydantic models, which validate them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.inputs import Inputs, Parameters
from app.api.offsets import OffsetUnit
from app.min_score import MinScore

# How many taggings `include=nbest` gives, at most.
NBEST = 5

Include = Literal["tags", "nbest"]
Format = Literal["native", "hf", "presidio", "doccano", "bio"]

_EXAMPLE_TEXT = "新华社北京八月二十日电，李鹏总理会见了老舍。"


def _one_of_text_and_texts(schema: dict[str, Any]) -> None:
    kinds = {"text": "string", "texts": "array", "inputs": ["string", "array"]}
    schema["oneOf"] = [
        {"required": [name], "properties": {name: {"type": kind}}} for name, kind in kinds.items()
    ]


class Options(BaseModel):
    """How to answer; in the JSON body, or as query parameters with either kind of body."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1)], ...] | None,
        Field(
            fail_fast=True,
            description="Only entities with one of these labels; each must be one of the bundle's.",
        ),
    ] = None
    min_score: Annotated[
        MinScore,
        Field(
            description="Only entities at least this probable: a number, or one for each label that is named, in"
            " the query string as `PER:0.5,LOC:0.7`. Without it, that of ZITAG_MIN_SCORE."
        ),
    ] = 0.0
    include: Annotated[
        tuple[Include, ...],
        Field(
            fail_fast=True,
            description="What else to answer: `tags`, a BIO tag per code point; `nbest`, the"
            f" {NBEST} most probable taggings. Neither is filtered by `labels` and `min_score`.",
        ),
    ] = ()
    offset_unit: Annotated[
        OffsetUnit,
        Field(
            description="What start and end count: code points, UTF-16 units (JavaScript, Java), UTF-8 bytes."
        ),
    ] = "codepoint"
    format: Annotated[
        Format,
        Field(
            description="The shape of the answer: `native`; `hf`, as transformers' token-classification;"
            " `presidio`; `doccano`; `bio`, plain text with a `character TAB tag` line per character. All but"
            " `native` hold the entities alone, whatever `include` asks for."
        ),
    ] = "native"

    @property
    def ignored_labels(self) -> frozenset[str]:
        """Labels that are not answered."""
        return frozenset()


class TagRequest(Options):
    """One text, or several: exactly one of `text`, `texts` and `inputs`."""

    model_config = ConfigDict(
        json_schema_extra=_one_of_text_and_texts,
    )

    text: Annotated[str | None, Field(description="The text to tag.", examples=[_EXAMPLE_TEXT])] = None
    texts: Annotated[
        tuple[str, ...] | None,
        Field(
            fail_fast=True,
            description="The texts to tag; answered in this order.",
            examples=[[_EXAMPLE_TEXT, "小明去上海。"]],
        ),
    ] = None
    inputs: Annotated[
        Inputs | None,
        Field(
            description="As `text` or `texts`, from clients of Hugging Face's inference API; answered in the format"
            " `hf` unless another is asked for.",
        ),
    ] = None
    parameters: Annotated[Parameters | None, Field(description="What such clients send beside `inputs`.")] = (
        None
    )

    @property
    def ignored_labels(self) -> frozenset[str]:
        """Labels that are not answered."""
        return frozenset(self.parameters.ignore_labels or ()) if self.parameters else frozenset()
