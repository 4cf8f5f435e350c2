"""What all settings of a fit have in common: no value changes, no name is unknown, no boolean stands for a number."""

from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError


class Settings(BaseModel):
    """A part of the settings of a fit."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_boolean_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Return the value as given: pydantic would take `units = true` of a TOML file for 1."""
        annotation = cls.model_fields[str(info.field_name)].annotation
        kinds = get_args(annotation) or (annotation,)
        for kind, name in ((int, "integer"), (float, "number")):
            if isinstance(value, bool) and kind in kinds:
                raise PydanticCustomError("boolean_for_a_number", f"Input should be a valid {name}")
        return value
