"""What clients of Hugging Face's inference API send, huggingface_hub's `InferenceClient` among them.

{"inputs": "小明去北京。", "parameters": {"ignore_labels": ["LOC"]}}

https://huggingface.co/docs/inference-providers/tasks/token-classification
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

# What pydantic calls the two kinds, in where an error is.
INPUT_KINDS = ("one text", "many texts")


def _kind(value: Any) -> str:
    return INPUT_KINDS[isinstance(value, list | tuple)]


Inputs = Annotated[
    Annotated[str, Tag(INPUT_KINDS[0])]
    | Annotated[tuple[str, ...], Field(fail_fast=True), Tag(INPUT_KINDS[1])],
    Discriminator(_kind),
]


class Parameters(BaseModel):
    """Options by the names that such clients give them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    aggregation_strategy: Annotated[
        Literal["simple", "first", "average", "max"] | None,
        Field(description="All the same here: entities are found whole, never as single tokens."),
    ] = None
    ignore_labels: Annotated[
        tuple[str, ...] | None,
        Field(fail_fast=True, description="Labels that are not answered; the bundle need not have them."),
    ] = None
    stride: Annotated[
        Annotated[float, Field(ge=0, allow_inf_nan=False)] | None,
        Field(description="Without effect: texts of any length are read whole."),
    ] = None
