"""The OpenAPI document: FastAPI's of its own routes, and what the others say of themselves.

FastApiRoutes --FastAPI--> document <--Operation-- AsgiRoutes;  + keys + the labels of the bundle that serves
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from app.api.answer_schemas import ProblemDocument
from app.http.routing import Access, AsgiRoute, FastApiRoute
from app.min_score import text_pattern
from app.problems import MEDIA_TYPE, PROBLEMS

_REFERENCE = "#/components/schemas/{model}"
_KEYS = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses that say that these statuses come with a problem document.

    >>> problem_responses(504)[504]["description"]
    '`deadline_passed`'
    """
    schema = {"$ref": _REFERENCE.format(model=ProblemDocument.__name__)}
    return {
        status: {
            "description": ", ".join(f"`{code}`" for code, row in PROBLEMS.items() if row[0] == status),
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status in statuses
    }


def describe(app: FastAPI, labels: tuple[str, ...] | None = None) -> dict[str, Any]:
    """Return the OpenAPI document; with the labels of a bundle, `labels` takes no others."""
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    routes = {route.path: route for route in app.routes if isinstance(route, AsgiRoute)}
    schemas = _schemas_of(routes.values())
    definitions = {**document["components"]["schemas"], **schemas.pop("$defs")}
    document["components"]["schemas"] = dict(sorted(definitions.items()))
    described = {path: {"post": _describe(route, schemas)} for path, route in routes.items()}
    document["paths"] = {**described, **document["paths"]}
    document["components"]["securitySchemes"] = _KEYS
    _describe_access(app, document["paths"])
    if labels is not None:
        _list_labels(document, list(labels))
    return document


def _schemas_of(routes: Iterable[AsgiRoute]) -> dict[Any, Any]:
    """Return the schema of each type that a route takes or answers, and under "$defs" what they refer to."""
    inputs: list[Any] = [("", "serialization", TypeAdapter(ProblemDocument))]
    for route in routes:
        for mode, content in (
            ("validation", route.operation.takes),
            ("serialization", route.operation.answers),
        ):
            for media_type, kind in content.items():
                if not isinstance(kind, Mapping):
                    inputs.append(((route.path, mode, media_type), mode, TypeAdapter(kind)))
    schemas, definitions = TypeAdapter.json_schemas(inputs, ref_template=_REFERENCE)
    return {**{key: schema for (key, _), schema in schemas.items()}, **definitions}


def _describe(route: AsgiRoute, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the operation object of a route."""

    def content(mode: str, of: Mapping[str, Any]) -> dict[str, Any]:
        return {
            media_type: kind
            if isinstance(kind, Mapping)
            else {"schema": schemas[route.path, mode, media_type]}
            for media_type, kind in of.items()
        }

    operation = route.operation
    takes: dict[str, Any] = {"required": True, "content": content("validation", operation.takes)}
    if operation.takes_note:
        takes["description"] = operation.takes_note
    answers = {"description": operation.answers_note, "content": content("serialization", operation.answers)}
    problems = {str(status): said for status, said in problem_responses(*operation.problems).items()}
    parameters = {} if operation.query is None else {"parameters": _parameters(operation.query)}
    return {
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "operationId": re.sub(r"\W", "_", f"{route.name}{route.path}_post"),
        **parameters,
        "requestBody": takes,
        "responses": {"200": answers, **problems},
    }


def _parameters(query: Any) -> list[dict[str, Any]]:
    """Return the parameters of a query string, which can't be null: what is not said is left out."""
    parameters = []
    for name, schema in query.model_json_schema()["properties"].items():
        for choice in schema.pop("anyOf", ()):
            if choice != {"type": "null"}:
                schema.update(choice)
        if "oneOf" in schema:  # numbers by label are text here
            schema["oneOf"] = [schema["oneOf"][0], {"type": "string", "pattern": text_pattern()}]
        if schema["default"] is None:
            del schema["default"]
        described = {"description": schema["description"]}
        parameters.append({"name": name, "in": "query", "required": False, "schema": schema, **described})
    return parameters


def _describe_access(app: FastAPI, paths: Mapping[str, Any]) -> None:
    """Say of each operation which keys it takes. An empty requirement: a server without keys is open."""
    for route in app.routes:
        if isinstance(route, AsgiRoute | FastApiRoute) and route.access is not Access.OPEN:
            for operation in paths.get(route.path, {}).values():
                without_keys: list[Any] = [] if route.access is Access.ALWAYS_KEYED else [{}]
                operation["security"] = [*({name: []} for name in _KEYS), *without_keys]


def _list_labels(document: dict[str, Any], labels: list[str]) -> None:
    """Say which labels the bundle has, wherever a request may name some."""
    properties = document["components"]["schemas"]["TagRequest"]["properties"]
    properties["min_score"]["oneOf"][1]["propertyNames"] = {"enum": labels}
    fields = [properties["labels"]]
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "labels":
                    fields.append(parameter["schema"])
                if parameter["name"] == "min_score":
                    pattern = text_pattern(f"({'|'.join(map(re.escape, labels))})")
                    parameter["schema"]["oneOf"][1]["pattern"] = pattern
    for field in fields:
        for choice in field.get("anyOf", [field]):
            if choice.get("type") == "array":
                choice["items"]["enum"] = labels
