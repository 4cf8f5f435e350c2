"""Options in the query string of a request.

query --read_query--> Options --with_options--> TagRequest, or Problem: invalid_request
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from pydantic import ValidationError

from app.api.refusals import refuse
from app.api.schemas import Options, TagRequest
from app.min_score import read_min_score
from app.problems import Problem

_LISTS = ("labels", "include")


def read_query(query: bytes) -> Options:
    """Return the options in a query string. Raises Problem: invalid_request.

    >>> read_query(b"labels=PER,LOC&min_score=0.5").labels
    ('PER', 'LOC')
    """
    given: dict[str, Any] = {}
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=100, errors="strict")
    except ValueError:
        raise Problem("invalid_request", "the query string cannot be decoded") from None
    for name, value in pairs:
        if name in _LISTS:
            given[name] = (*given.get(name, ()), *value.split(","))
        elif name in given:
            raise Problem("invalid_request", f"query: `{name[:100]}` is given twice")
        elif name == "min_score":
            given[name] = _read_min_score(value)
        else:
            given[name] = value
    try:
        return Options.model_validate(given)
    except ValidationError as error:
        refuse(error, "query ")


def with_options(request: TagRequest, options: Options) -> TagRequest:
    """Return the request, its body's own options first, `options` where the body has none."""
    fields = options.model_fields_set - request.model_fields_set
    return request.model_copy(update={name: getattr(options, name) for name in fields})


def with_min_score(request: TagRequest, min_score: float | Mapping[str, float]) -> TagRequest:
    """Return the request, with that of the settings where it has none of its own."""
    if min_score == 0 or "min_score" in request.model_fields_set:
        return request
    return request.model_copy(update={"min_score": min_score})


def _read_min_score(value: str) -> Any:
    try:
        return read_min_score(value)
    except ValueError as error:
        raise Problem("invalid_request", f"query `min_score`: {error}") from None
