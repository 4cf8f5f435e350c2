"""What a client is told of a request that has not the expected shape; never what it held: its text."""

from collections.abc import Sequence
from typing import Any, NoReturn

from pydantic import ValidationError

from app.api.inputs import INPUT_KINDS
from app.min_score import KINDS
from app.problems import Problem

_MAX_ERRORS = 20
_KINDS = (*INPUT_KINDS, *KINDS)  # what pydantic adds to where an error is


def refuse(error: ValidationError, where: str = "") -> NoReturn:
    """Raise the problem that says which fields are wrong; never with what they held, which is the client's text."""
    errors = [{"field": _field(detail["loc"]), "message": detail["msg"]} for detail in details(error)]
    first = errors[0]
    field = f"`{first['field']}`: " if first["field"] else ""
    raise Problem("invalid_request", f"{where}{field}{first['message']}", errors=errors) from None


def details(error: ValidationError) -> Sequence[Any]:
    """Return what is wrong, without the values. A megabyte of wrong fields would take seconds to list."""
    if error.error_count() > _MAX_ERRORS:
        return [{"type": "many", "loc": (), "msg": f"{error.error_count()} fields are wrong"}]
    return error.errors(include_url=False, include_context=False, include_input=False)


def _field(place: Sequence[Any]) -> str:
    return ".".join(str(part) for part in place if part not in _KINDS)[:100]
