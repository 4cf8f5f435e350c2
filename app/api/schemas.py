"""The bodies of requests and answers as pydantic models. Requests are validated by them; answers only described."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from app.api.offsets import OffsetUnit

# How many taggings `include=nbest` gives, at most.
NBEST = 5

Include = Literal["tags", "nbest"]
Format = Literal["native", "hf", "presidio", "doccano", "bio"]

_EXAMPLE_TEXT = "新华社北京八月二十日电，李鹏总理会见了老舍。"
_EXAMPLE_ENTITY: dict[str, JsonValue] = {
    "start": 0,
    "end": 3,
    "text": "新华社",
    "label": "ORG",
    "score": 0.9981,
}


def _one_of_text_and_texts(schema: dict[str, Any]) -> None:
    schema["oneOf"] = [
        {"required": ["text"], "properties": {"text": {"type": "string"}}},
        {"required": ["texts"], "properties": {"texts": {"type": "array"}}},
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
        float, Field(ge=0, le=1, allow_inf_nan=False, description="Only entities at least this probable.")
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


class TagRequest(Options):
    """One text, or several: exactly one of `text` and `texts`."""

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


class EntityAnswer(BaseModel):
    """An entity: `text[start:end]`, half-open."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE_ENTITY]})

    start: int
    end: int
    text: str
    label: str
    score: float = Field(
        ge=0, le=1, description="Probability that exactly this span is an entity of this label."
    )


class SpanAnswer(BaseModel):
    """Where an entity is and what it is, in an alternative tagging."""

    start: int
    end: int
    label: str


class AlternativeAnswer(BaseModel):
    """One tagging of the whole text and its probability."""

    entities: list[SpanAnswer]
    probability: float = Field(ge=0, le=1)


class TextAnswer(BaseModel):
    """What was found in one text."""

    entities: list[EntityAnswer]
    tags: Annotated[list[str] | None, Field(description="With `include=tags`: a BIO tag per code point.")] = (
        None
    )
    nbest: Annotated[
        list[AlternativeAnswer] | None,
        Field(description="With `include=nbest`: the likeliest taggings, best first."),
    ] = None


class OneAnswer(TextAnswer):
    """The answer to `text` or to a plain text body."""

    bundle: Annotated[str, Field(description="The bundle that answered.", examples=["msra@1f3a9c02"])]


class ManyAnswer(BaseModel):
    """The answer to `texts`: one result per text, in their order."""

    results: list[TextAnswer]
    bundle: Annotated[str, Field(description="The bundle that answered.", examples=["msra@1f3a9c02"])]


class HfEntity(BaseModel):
    """An entity as transformers' token-classification pipeline gives it, aggregated."""

    entity_group: str
    score: float = Field(ge=0, le=1)
    word: Annotated[str, Field(description="The entity's text.")]
    start: int
    end: int


class PresidioEntity(BaseModel):
    """An entity as presidio-analyzer gives it."""

    entity_type: str
    start: int
    end: int
    score: float = Field(ge=0, le=1)
    analysis_explanation: None


class DoccanoLabel(BaseModel):
    """An entity as doccano's auto labelling takes it."""

    label: str
    start_offset: int
    end_offset: int


# What /tag may answer as JSON, in one format or another.
FormattedAnswer = (
    OneAnswer
    | ManyAnswer
    | list[HfEntity]
    | list[list[HfEntity]]
    | list[PresidioEntity]
    | list[list[PresidioEntity]]
    | list[DoccanoLabel]
    | list[list[DoccanoLabel]]
)


class BundleAnswer(BaseModel):
    """The bundle that serves, and on what."""

    bundle: Annotated[str, Field(description="Name and first digits of the fingerprint.")]
    fingerprint: Annotated[str, Field(description="SHA-256 over everything that answers depend on.")]
    labels: list[str]
    runtime: Annotated[str, Field(description="`int8`, `onnx`, `cuda` or `tensorflow`.")]
    device: str
    created: str
    fit: Annotated[dict[str, Any], Field(description="The settings that the bundle was fitted with.")]
    versions: Annotated[dict[str, str], Field(description="The libraries that it was fitted with.")]


class ProblemDocument(BaseModel):
    """An error, as RFC 9457 has it. `code` is what a program should look at."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str | None = None
    limit: float | None = None
    actual: float | None = None
