"""The OpenAPI document: FastAPI's, completed by what the entrance does by itself.

FastAPI's document + TagRequest, ProblemDocument + keys + the labels of the bundle that serves
"""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.schemas import ProblemDocument, TagRequest
from app.http.middleware import ALWAYS_KEYED, OPEN_PATHS

_KEYS = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def describe(app: FastAPI, labels: tuple[str, ...] | None = None) -> dict[str, Any]:
    """Return the OpenAPI document; with the labels of a bundle, `labels` takes no others."""
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    components = document["components"]
    for schema in (TagRequest, ProblemDocument):
        components["schemas"][schema.__name__] = schema.model_json_schema(
            ref_template="#/components/schemas/{model}"
        )
    components["securitySchemes"] = _KEYS
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _describe_keys(path, operation)
            for parameter in operation.get("parameters", ()):
                _simplify(parameter)
            if labels is not None:
                _list_labels(operation.get("parameters", ()), list(labels))
    if labels is not None:
        properties = components["schemas"]["TagRequest"]["properties"]
        _list_labels([{"name": "labels", "schema": properties["labels"]}], list(labels))
    return document


def _describe_keys(path: str, operation: dict[str, Any]) -> None:
    if path not in OPEN_PATHS:
        # An empty requirement: a server without keys is open.
        operation["security"] = [{name: []} for name in _KEYS] + ([] if path in ALWAYS_KEYED else [{}])


def _simplify(parameter: dict[str, Any]) -> None:
    """Leave out that a parameter may be null: a query string cannot say that."""
    choices = [choice for choice in parameter["schema"].pop("anyOf", ()) if choice.get("type") != "null"]
    for choice in choices:
        parameter["schema"].update(choice)


def _list_labels(fields: Any, labels: list[str]) -> None:
    for field in fields:
        if field["name"] == "labels":
            for choice in field["schema"].get("anyOf", [field["schema"]]):
                if choice.get("type") == "array":
                    choice["items"]["enum"] = labels
