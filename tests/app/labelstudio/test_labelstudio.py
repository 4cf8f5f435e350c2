"""A Label Studio project that points here gets regions that its editor can draw."""

import base64
import json
from typing import Any

import pytest
from fakes import FakeTagger
from starlette.testclient import TestClient

from app.application import create_app
from app.labelstudio.label_config import (
    MAX_CONFIG_CHARS,
    MAX_DEPTH,
    MAX_ELEMENTS,
    LabelConfig,
    read_label_config,
)
from app.problems import Problem
from app.settings import Settings

VIEW = """<View>
  <Header value="标注"/>
  <Labels name="ner" toName="article">
    <Label value="PER" background="red"/><Label value="LOC"/>
  </Labels>
  <Text name="article" value="$body"/>
</View>"""


def view(labels: str, name: str = "l", to: str = "t") -> str:
    return f'<View><Text name="t" value="$body"/><Labels name="{name}" toName="{to}">{labels}</Labels></View>'


def predict(client: TestClient, *texts: str, **members: Any) -> Any:
    tasks = [{"id": number, "data": {"body": text}, "meta": {}} for number, text in enumerate(texts)]
    request = {"tasks": tasks, "label_config": VIEW, "project": "1.1700000000", "params": {"login": None}}
    return client.post("/predict", json={**request, **members})


def test_predict_answers_regions_in_code_points_as_the_editor_counts(client: TestClient) -> None:
    reply = predict(client, "😀在AB去XY", "没有")
    bundle = client.get("/bundle").json()["bundle"]
    region = {"from_name": "ner", "to_name": "article", "type": "labels"}
    assert reply.json() == {
        "results": [
            {
                "result": [
                    {
                        **region,
                        "value": {"start": 2, "end": 4, "text": "AB", "labels": ["PER"]},
                        "score": 0.7,
                    },
                    {
                        **region,
                        "value": {"start": 5, "end": 7, "text": "XY", "labels": ["LOC"]},
                        "score": 0.7,
                    },
                ],
                "score": 0.7,
                "model_version": bundle,
            },
            {"result": [], "score": 1.0, "model_version": bundle},
        ],
        "model_version": bundle,
    }


def test_what_the_setting_holds_too_improbable_is_no_region() -> None:
    with TestClient(create_app(Settings(min_score={"PER": 0.8}), FakeTagger())) as client:
        found = predict(client, "AB去XY").json()["results"][0]["result"]
        assert [region["value"]["text"] for region in found] == ["XY"]


def test_without_a_configuration_the_usual_names_are_meant(client: TestClient) -> None:
    for config in (None, ""):
        reply = client.post("/predict", json={"tasks": [{"data": {"text": "AB"}}], "label_config": config})
        (region,) = reply.json()["results"][0]["result"]
        assert (region["from_name"], region["to_name"]) == ("label", "text")
    assert client.post("/predict", json={"tasks": []}).json()["results"] == []


def test_only_labels_that_the_project_has_are_answered(client: TestClient) -> None:
    reply = predict(client, "ABCD去X", label_config=view('<Label value="地名" predicted_values="LOC"/>'))
    (prediction,) = reply.json()["results"]
    assert [region["value"]["labels"] for region in prediction["result"]] == [["地名"]]
    assert prediction["score"] == 0.6  # of the one region that is shown


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ('<Label value="PER"/><Label value="ORG"/>', {"PER": "PER"}),
        ('<Label value="per"/><Label value="Loc"/>', {"PER": "per", "LOC": "Loc"}),
        ('<Label value="per"/><Label value="PER"/>', {"PER": "PER"}),
        ('<Label value="人名" alias="PER"/>', {"PER": "PER"}),
        ('<Label value="PER" alias="p"/>', {"PER": "p"}),
        ('<Label value="人名" predicted_values="NAME, PER"/>', {"PER": "人名"}),
        ('<Label value="人" alias="p" predicted_values="PER,LOC"/>', {"PER": "p", "LOC": "p"}),
        ('<View><Label value="PER"/></View>', {"PER": "PER"}),
    ],
)
def test_labels_are_found_by_name(labels: str, found: dict[str, str]) -> None:
    assert read_label_config(view(labels), ["PER", "LOC"]).labels == found


@pytest.mark.parametrize(
    ("xml", "names"),
    [
        (VIEW, ("ner", "article", "body")),
        ('<?xml version="1.0" encoding="gbk"?>' + view('<Label value="PER"/>'), ("l", "t", "body")),
        (view('<Label value="PER"/>', to="image,t"), ("l", "t", "body")),
        (
            view('<Label value="PER"/>').replace("toName", "toname").replace("Text", "text"),
            ("l", "t", "body"),
        ),
        # The Labels tag that shares most labels with the bundle.
        (
            '<View><Text name="t" value="$x"/><Labels name="mood" toName="t"><Label value="good"/></Labels>'
            '<Labels name="ner" toName="t"><Label value="PER"/></Labels></View>',
            ("ner", "t", "x"),
        ),
        # The Text tag that the Labels tag is about.
        (
            '<View><Text name="intro" value="$a"/><Text name="t" value="$b"/><Text name="fixed" value="read this"/>'
            '<Labels name="l" toName="t"><Label value="PER"/></Labels></View>',
            ("l", "t", "b"),
        ),
    ],
)
def test_names_come_from_the_configuration(xml: str, names: tuple[str, str, str]) -> None:
    config = read_label_config(xml, ["PER", "LOC"])
    assert (config.from_name, config.to_name, config.key) == names


@pytest.mark.parametrize(
    ("xml", "code", "detail"),
    [
        ("<View>", "invalid_request", "`label_config`: expected a well-formed XML document"),
        ("\ud83d", "invalid_request", "`label_config`: expected a well-formed XML document"),
        ("&lol;", "invalid_request", "`label_config`: expected a well-formed XML document"),
        ("<View>&lol;</View>", "invalid_request", "`label_config`: expected a well-formed XML document"),
        (
            '<!DOCTYPE v [<!ENTITY a "b">]><View>&a;</View>',
            "invalid_request",
            "`label_config`: expected XML without DOCTYPE and ENTITY",
        ),
        (
            '<!DOCTYPE v SYSTEM "file:///etc/passwd"><View/>',
            "invalid_request",
            "`label_config`: expected XML without DOCTYPE and ENTITY",
        ),
        (
            " " * (MAX_CONFIG_CHARS + 1),
            "invalid_request",
            f"`label_config`: expected at most {MAX_CONFIG_CHARS} characters, got {MAX_CONFIG_CHARS + 1}",
        ),
        (
            '<View><Image name="i" value="$i"/></View>',
            "invalid_request",
            '`label_config`: expected a Labels tag whose toName is the name of a Text tag with value="$..."',
        ),
        (
            view('<Label value="PER"/>', to="other"),
            "invalid_request",
            '`label_config`: expected a Labels tag whose toName is the name of a Text tag with value="$..."',
        ),
        (
            view('<Label value="PER"/>').replace("$body", '$body" valueType="url'),
            "invalid_request",
            '`label_config`: expected texts in the tasks, not addresses to fetch: valueType="url"',
        ),
        (
            view('<Label value="good"/>'),
            "unknown_label",
            "`label_config`: expected a Label for some of PER, LOC; rename one, or give it predicted_values",
        ),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(xml: str, code: str, detail: str) -> None:
    with pytest.raises(Problem) as problem:
        read_label_config(xml, ["PER", "LOC"])
    assert (problem.value.code, problem.value.detail) == (code, detail)


LABEL = '<Label value="PER"/>'


@pytest.mark.parametrize(
    "xml",
    [
        "<a>" * 40_000 + "</a>" * 30_000,
        "<a>" * 30_000 + "</a>" * 30_000,
        "<a" + "".join(f" b{number}=''" for number in range(20_000)) + "/>",
        view("<Labels>" * 7_000 + LABEL + "</Labels>" * 7_000),
        view("<View>" * MAX_DEPTH + LABEL + "</View>" * MAX_DEPTH),
        view(LABEL * MAX_ELEMENTS),
        "<a>" + '<Labels toName="' + "t," * 60_000 + '"/></a>',
    ],
)
def test_a_deep_or_wide_configuration_is_refused(xml: str) -> None:
    with pytest.raises(Problem):
        read_label_config(xml, ["PER"])


@pytest.mark.parametrize(
    "xml",
    [
        view("<View>" * (MAX_DEPTH - 4) + LABEL + "</View>" * (MAX_DEPTH - 4)),
        view('<Label value="x"/>' * (MAX_ELEMENTS - 4) + LABEL),
        view(LABEL + '<Label value="x" predicted_values="' + "y," * 100_000 + '"/>'),
        "<View>" + view(LABEL) * 900 + "</View>",
    ],
)
def test_a_large_configuration_is_read(xml: str) -> None:
    assert read_label_config(xml, ["PER"]).labels == {"PER": "PER"}


def test_a_label_belongs_to_the_innermost_labels_tag() -> None:
    inner = '<Labels name="inner" toName="t"><Label value="LOC"/><Label value="ORG"/></Labels>'
    config = read_label_config(view(LABEL + inner), ["PER", "LOC", "ORG"])
    assert (config.from_name, config.labels) == ("inner", {"LOC": "LOC", "ORG": "ORG"})


def test_no_configuration_maps_every_label_to_itself() -> None:
    assert read_label_config(None, ["PER"]) == LabelConfig("label", "text", "text", {"PER": "PER"})


@pytest.mark.parametrize(
    ("members", "detail"),
    [
        ({"tasks": 1}, "`tasks`: Input should be a valid"),
        ({"label_config": "<View/>"}, "`label_config`: expected a Labels tag"),
    ],
)
def test_a_malformed_request_is_refused(client: TestClient, members: dict[str, Any], detail: str) -> None:
    reply = predict(client, "AB", **members)
    assert reply.status_code == 422
    assert reply.json()["detail"].startswith(detail)


@pytest.mark.parametrize(
    ("task", "error"),
    [
        ({"data": {}}, "expected a text as data['body'], got nothing"),
        ({"data": {"body": ["A"]}}, "expected a text as data['body'], got a list or an object"),
        ({"data": {"body": {"a": 1}}}, "expected a text as data['body'], got a list or an object"),
        (
            {"data": {"body": "A" * 1_000_001}},
            "expected at most 1000000 characters as data['body'], got 1000001",
        ),
        ({"data": None}, "expected a task with an object as data"),
        ({"data": "AB"}, "expected a task with an object as data"),
        ({}, "expected a task with an object as data"),
        (5, "expected a task with an object as data"),
        (None, "expected a task with an object as data"),
    ],
)
def test_a_bad_task_gets_an_empty_prediction_and_does_not_harm_the_others(
    client: TestClient, task: Any, error: str
) -> None:
    good = {"data": {"body": "AB"}}
    reply = predict(client, tasks=[good, task, good])
    assert reply.status_code == 200
    first, bad, last = reply.json()["results"]
    assert bad == {"result": [], "score": 0.0, "model_version": first["model_version"], "error": error}
    assert first == last
    assert len(first["result"]) == 1
    assert "error" not in first


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("12", "12"),
        (12, "12"),
        (-1, "-1"),
        (0.5, "0.5"),
        (3.0, "3"),
        (True, "true"),
        (1e300, "1e+300"),
        (None, ""),
    ],
)
def test_a_number_is_read_as_the_text_that_the_editor_shows(
    client: TestClient, tagger: FakeTagger, value: object, text: str
) -> None:
    reply = predict(client, tasks=[{"data": {"body": value}}, {"data": {"body": "AB"}}])
    assert [len(prediction["result"]) for prediction in reply.json()["results"]] == [0, 1]
    assert all("error" not in prediction for prediction in reply.json()["results"])
    assert text in {"", *(read for batch in tagger.batches for read in batch)}


def test_ignored_members_of_a_long_request_are_not_read(client: TestClient) -> None:
    region = {"value": {"start": 0, "end": 1, "labels": ["]}", '"[']}, "data": {"body": "X"}, "tasks": [{}]}
    task = {
        "id": 1,
        "annotations": [{"result": [region] * 50}],
        "data": {"body": "在AB", "x": [[]]},
        "drafts": [],
    }
    tasks = [task] * 100
    reply = predict(client, tasks=tasks, params={"tasks": [1]}, extra=[{}, {"data": {}}])
    found = [prediction["result"][0]["value"]["start"] for prediction in reply.json()["results"]]
    assert found == [1] * 100


@pytest.mark.parametrize("cut", [1, 2, 30, 100_000])
def test_a_long_request_that_is_no_json_is_refused(client: TestClient, cut: int) -> None:
    body = json.dumps(
        {"tasks": [{"data": {"text": "AB"}, "annotations": [[{"id": "a" * 20}]] * 20}] * 1000}
    ).encode()
    reply = client.post("/predict", content=body[:-cut], headers={"content-type": "application/json"})
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")


def test_an_empty_cell_is_an_empty_text(client: TestClient) -> None:
    reply = predict(client, tasks=[{"data": {"body": None}}, {"data": {"body": "AB"}}])
    assert [len(prediction["result"]) for prediction in reply.json()["results"]] == [0, 1]


def test_half_an_emoji_is_read_as_by_tag(client: TestClient) -> None:
    body = r'{"tasks": [{"data": {"text": "\ud83dAB"}}]}'
    reply = client.post("/predict", content=body, headers={"content-type": "application/json"})
    assert reply.json()["results"][0]["result"][0]["value"]["start"] == 1


def test_setup_names_the_bundle_or_says_what_does_not_fit(client: TestClient) -> None:
    bundle = client.get("/bundle").json()["bundle"]
    asked = {"project": "1.1700000000", "schema": VIEW, "hostname": "http://x", "access_token": "secret"}
    assert client.post("/setup", json=asked).json() == {"model_version": bundle}
    assert client.post("/setup", json={}).json() == {"model_version": bundle}
    refused = client.post("/setup", json={"schema": view('<Label value="good"/>')})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_label")
    assert refused.json()["labels"] == ["PER", "LOC"]


def test_a_refused_project_is_logged_with_the_reason(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("WARNING", "zitag.labelstudio"):
        assert client.post("/setup", json={"schema": view('<Label value="SHIP"/>')}).status_code == 422
    assert (
        "a Label Studio project was refused: `label_config`: expected a Label for some of PER, LOC"
        in caplog.text
    )


def test_the_bundle_is_the_only_version(client: TestClient) -> None:
    assert client.get("/versions").json() == {"versions": [client.get("/bundle").json()["bundle"]]}


def test_what_happens_in_a_project_is_heard_and_ignored(client: TestClient) -> None:
    reply = client.post("/webhook", json={"action": "ANNOTATION_CREATED", "task": {"id": 1}, "project": {}})
    assert (reply.status_code, reply.json()) == (200, {"status": "ignored"})


@pytest.mark.parametrize(
    ("path", "request_body"),
    [
        ("/webhook", {"action": "START_TRAINING", "project": {"id": 1}}),
        ("/train", {"annotations": [], "project": "1.17", "label_config": VIEW, "params": {}}),
    ],
)
def test_training_is_not_supported_and_says_what_to_do(
    client: TestClient, path: str, request_body: dict[str, Any]
) -> None:
    reply = client.post(path, json=request_body)
    assert (reply.status_code, reply.json()["code"]) == (422, "not_supported")
    assert "export the project, run `zitag fit`" in reply.json()["detail"]


def test_health_is_up(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "UP", "model_class": "zitag"}


@pytest.mark.parametrize("content_type", ["text/plain", "application/json; charset=gbk"])
@pytest.mark.parametrize("path", ["/predict", "/setup"])
def test_only_json_in_utf_8_is_read(client: TestClient, path: str, content_type: str) -> None:
    reply = client.post(path, content=b"{}", headers={"content-type": content_type})
    assert (reply.status_code, reply.json()["code"]) == (415, "unsupported_media_type")


def test_the_limits_of_tag_hold() -> None:
    settings = Settings(max_texts=2, max_text_chars=5, max_request_chars=8, max_body_bytes=2000)
    with TestClient(create_app(settings, FakeTagger())) as client:
        assert predict(client, "A", "B", "C").json()["code"] == "too_many_texts"
        assert "at most 5 characters" in predict(client, "A" * 6).json()["results"][0]["error"]
        assert predict(client, "A" * 5, "B" * 5).json()["code"] == "request_too_long"
        assert predict(client, "A" * 3000).json()["code"] == "body_too_large"


def test_the_key_is_the_password_that_label_studio_sends() -> None:
    with TestClient(create_app(Settings(api_keys="secret"), FakeTagger())) as client:
        assert predict(client, "A").status_code == 401
        assert client.post("/setup", json={}).status_code == 401
        assert client.get("/health").status_code == 200
        credentials = base64.b64encode(b"anyone:secret").decode()
        client.headers["authorization"] = f"Basic {credentials}"
        assert predict(client, "A").status_code == 200


def test_predictions_are_counted(client: TestClient) -> None:
    predict(client, "在AB去XY")
    predict(client, "A", label_config="<View")
    metrics = client.get("/metrics").text
    assert 'zitag_requests_total{path="/predict",status="200"} 1.0' in metrics
    assert 'zitag_requests_total{path="/predict",status="422"} 1.0' in metrics
    assert 'zitag_entities_total{label="LOC"} 1.0' in metrics
    assert 'zitag_rejected_total{reason="invalid_request"} 1.0' in metrics


def test_the_calls_are_described(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    request = paths["/predict"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert request == {"$ref": "#/components/schemas/PredictRequest"}
    for path, method in (("/predict", "post"), ("/setup", "post"), ("/health", "get")):
        assert "application/json" in paths[path][method]["responses"]["200"]["content"]
