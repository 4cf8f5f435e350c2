"""The bodies of answers as pydantic models, which describe them."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

_EXAMPLE_ENTITY: dict[str, JsonValue] = {
    "start": 0,
    "end": 3,
    "text": "新华社",
    "label": "ORG",
    "score": 0.9981,
}


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
    words: Annotated[int, Field(description="How many words of one's own are evidence (`ZITAG_WORDS`).")]
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
