"""Label Studio's requests and answers as pydantic models. Requests are validated by them; answers only described."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

_EXAMPLE_CONFIG = (
    '<View><Labels name="label" toName="text"><Label value="PER"/><Label value="LOC"/></Labels>'
    '<Text name="text" value="$text"/></View>'
)
_ModelVersion = Annotated[str, Field(description="The bundle that answered.", examples=["msra@1f3a9c02"])]
_Config = Annotated[
    str | None, Field(description="The project's labelling configuration.", examples=[_EXAMPLE_CONFIG])
]


class _Otherwise:
    """`Annotated[T, _Otherwise(value)]` takes whatever is no T for `value`, and makes nothing of it."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_default_schema(handler(source), default=self._value, on_error="default")

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> Any:
        described = handler(schema["schema"])
        return {"anyOf": [*described.get("anyOf", [described]), {}]}


class NoScalar:
    """Stands for a list or an object among a task's data, which no text tag can show."""


Value = str | int | float | bool | NoScalar | None


class Task(BaseModel):
    """A task of the project; only its data is looked at."""

    data: Annotated[
        dict[str, Annotated[str | int | float | bool | None, _Otherwise(NoScalar())]],
        Field(examples=[{"text": "小明去北京。"}]),
    ]


class PredictRequest(BaseModel):
    """What Label Studio sends; members that are not listed are ignored."""

    tasks: Annotated[
        tuple[Annotated[Task | None, _Otherwise(None)], ...],
        Field(description="One that is no task, or has no text, gets an empty prediction with an `error`."),
    ]
    label_config: _Config = None


class SetupRequest(BaseModel):
    """What Label Studio sends when a project connects; members that are not listed are ignored."""

    model_config = ConfigDict(populate_by_name=True)

    label_config: Annotated[_Config, Field(alias="schema")] = None


class WebhookRequest(BaseModel):
    """What Label Studio sends of what happens in a project; members that are not listed are ignored."""

    action: Annotated[str, Field(examples=["ANNOTATION_CREATED"])]


class WebhookAnswer(BaseModel):
    """Nothing is done about what happens in a project."""

    status: Annotated[str, Field(examples=["ignored"])]


class VersionsAnswer(BaseModel):
    """The versions that a project may choose from: the bundle that serves is the only one."""

    versions: list[_ModelVersion]


class RegionValue(BaseModel):
    """Where an entity is, in code points, and what it is."""

    start: int
    end: int
    text: str
    labels: list[str]


class Region(BaseModel):
    """An entity as the editor draws it."""

    from_name: str
    to_name: str
    type: Annotated[str, Field(examples=["labels"])]
    value: RegionValue
    score: float = Field(ge=0, le=1)


class Prediction(BaseModel):
    """What was found in one task."""

    result: list[Region]
    score: float = Field(
        ge=0, le=1, description="That of the least certain entity, 1 without any: label the lowest first."
    )
    model_version: _ModelVersion
    error: Annotated[
        str | None,
        Field(description="Why the task has no text to tag; then there is no region, and score is 0."),
    ] = None


class PredictAnswer(BaseModel):
    """One prediction per task, in their order."""

    results: list[Prediction]
    model_version: _ModelVersion


class SetupAnswer(BaseModel):
    """The bundle that will answer."""

    model_version: _ModelVersion


class HealthAnswer(BaseModel):
    """Always this; anything else is a problem document."""

    status: Annotated[str, Field(examples=["UP"])]
    model_class: Annotated[str, Field(examples=["zitag"])]
