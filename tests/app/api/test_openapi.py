"""The OpenAPI document: what it says is what the service does, and what is committed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from fakes import LABELS, FakeTagger
from hypothesis import HealthCheck, given, settings
from loopback import ROOT, Server
from raw_client import HOST
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance
from starlette.testclient import TestClient

from app.application import create_app
from app.settings import Settings

KEY = {"x-api-key": "k"}


API = schemathesis.openapi.from_dict(create_app(Settings(), FakeTagger()).openapi())
OPERATIONS = [(path, method) for path in API.raw_schema["paths"] for method in API.raw_schema["paths"][path]]
# Keys have their own tests: here every request has one. A stream answers 200 with a problem per line. What Label
# Studio sends must hold an XML document and texts where that says, which a schema cannot tell.
EXCLUDED = {
    "/tag/stream": [negative_data_rejection],
    "/setup": [positive_data_acceptance],
    "/predict": [positive_data_acceptance],
    "/train": [positive_data_acceptance],
}


@schemathesis.serializer("application/x-ndjson")
def lines(_: object, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    fake = (str(Path(__file__).parents[1] / "fake_server.py"), "0", "0")
    with Server({"api_keys": "k", "body_timeout_s": 5}, fake) as server:
        yield f"http://{HOST}:{server.port}"


@pytest.mark.parametrize("mode", schemathesis.GenerationMode)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_the_service_does_what_its_document_says(
    path: str, method: str, mode: schemathesis.GenerationMode, address: str
) -> None:
    operation = API[path][method]

    @given(operation.as_strategy(generation_mode=mode))
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(
            base_url=address, headers=KEY, excluded_checks=[ignored_auth, *EXCLUDED.get(path, ())]
        )

    if mode.is_positive or "requestBody" in API.raw_schema["paths"][path][method]:
        ask()


def test_labels_of_the_bundle_are_listed(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    field = document["components"]["schemas"]["TagRequest"]["properties"]["labels"]
    assert field["anyOf"][0]["items"]["enum"] == list(LABELS)
    parameters = document["paths"]["/tag"]["post"]["parameters"]
    assert next(p for p in parameters if p["name"] == "labels")["schema"]["items"]["enum"] == list(LABELS)


def test_the_committed_document_is_what_is_served() -> None:
    committed = json.loads((ROOT / "docs/openapi.json").read_text("utf-8"))
    assert committed == create_app(Settings()).openapi(), "run `python -m app.reference`"


def test_examples_are_answered(client: TestClient, tagger: FakeTagger) -> None:
    properties = client.get("/openapi.json").json()["components"]["schemas"]["TagRequest"]["properties"]
    for name in ("text", "texts"):
        for example in properties[name]["examples"]:
            assert client.post("/tag", json={name: example}).status_code == 200
