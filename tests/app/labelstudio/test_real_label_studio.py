"""A real Label Studio labels its tasks by this service, and what it exports is read: `make test-label-studio`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from loopback import Server
from raw_client import HOST
from studio import asked, find_label_studio, label_studio

from training.check import main as check
from training.convert import main as convert

NOT_RUN = "not run: LABEL_STUDIO names no program; `make test-label-studio` installs Label Studio by itself"
KEY = "sesam"
TEXTS = [
    "😀新华社北京八月二十日电，记者小明今天在人民大会堂见到了李鹏总理。",
    "张三李四去年到过上海市复旦大学，王五没有。",
    "老舍先生写的茶馆在法国巴黎上演。",
    " 第一行：中国。\n第二行：美国\t的上海 ",
]
CONFIG = """<View>
  <Labels name="ner" toName="body">
    <Label value="人名" predicted_values="PER"/><Label value="LOC"/><Label value="ORG"/>
  </Labels>
  <Text name="body" value="$text"/>
</View>"""
Annotated = list[tuple[str, list[tuple[int, int, str]]]]
SHOWN = {"PER": "人名", "LOC": "LOC", "ORG": "ORG"}

pytestmark = [
    pytest.mark.peers,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(find_label_studio() is None, reason=NOT_RUN),
]


class Connected(NamedTuple):
    """A project whose tasks, in the order of TEXTS, are labelled by the service."""

    studio: httpx.Client
    service: Server
    project: int
    backend: int
    tasks: list[int]


@pytest.fixture(scope="module")
def service(tiny_bundle: Path) -> Iterator[Server]:
    with Server({"bundle": tiny_bundle, "api_keys": KEY, "threads": 1}) as made:
        yield made


@pytest.fixture(scope="module")
def connected(service: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connected]:
    program, folder = find_label_studio(), tmp_path_factory.mktemp("label-studio")
    assert program is not None
    settings = {"ML_BLOCK_LOCAL_IP": "false", "SSRF_PROTECTION_ENABLED": "false"}
    with label_studio(program, folder, **settings) as studio:
        made = asked(
            studio, "POST", "/api/projects", status=201, json={"title": "one", "label_config": CONFIG}
        )
        project = made["id"]
        backend = asked(studio, "POST", "/api/ml", status=201, json=backend_of(service, project))
        # Its webhook goes without the backend's password.
        (webhook,) = asked(studio, "GET", f"/api/webhooks/?project={project}")
        asked(studio, "PATCH", f"/api/webhooks/{webhook['id']}/", json={"headers": {"X-Api-Key": KEY}})
        imported = asked(
            studio,
            "POST",
            f"/api/projects/{project}/import?return_task_ids=true",
            status=201,
            json=[{"text": text} for text in TEXTS],
        )
        yield Connected(studio, service, project, backend["id"], imported["task_ids"])


def backend_of(service: Server, project: int) -> dict[str, Any]:
    return {
        "project": project,
        "url": f"http://{HOST}:{service.port}",
        "title": "zitag",
        "is_interactive": True,
        "auth_method": "BASIC_AUTH",
        "basic_auth_user": "anyone",
        "basic_auth_pass": KEY,
    }


def regions(service: Server, text: str) -> list[tuple[Any, ...]]:
    """Return what /tag finds, as the project calls it."""
    found = service.post("/tag", {"text": text}, {"x-api-key": KEY}).json["entities"]
    assert found, text
    return [(one["start"], one["end"], one["text"], [SHOWN[one["label"]]], one["score"]) for one in found]


def drawn(result: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return the regions of a prediction that Label Studio keeps."""
    names = {(one["from_name"], one["to_name"], one["type"]) for one in result}
    assert names <= {("ner", "body", "labels")}
    return [
        (*(one["value"][name] for name in ("start", "end", "text", "labels")), one["score"]) for one in result
    ]


def retrieve(connected: Connected) -> dict[int, dict[str, Any]]:
    """Ask for the predictions of all tasks, as "Retrieve Predictions" does, and return them by task."""
    asked(
        connected.studio,
        "POST",
        f"/api/dm/actions?id=retrieve_tasks_predictions&project={connected.project}",
        json={"selectedItems": {"all": True, "excluded": []}},
    )
    found = asked(connected.studio, "GET", f"/api/predictions?project={connected.project}")
    return {one["task"]: one for one in found}


def test_the_project_is_connected_to_the_bundle(connected: Connected) -> None:
    bundle = connected.service.get("/bundle", {"x-api-key": KEY}).json["bundle"]
    backend = asked(connected.studio, "GET", f"/api/ml/{connected.backend}")
    assert (backend["readable_state"], backend["model_version"], backend["error_message"]) == (
        "Connected",
        bundle,
        None,
    )
    versions = asked(connected.studio, "GET", f"/api/ml/{connected.backend}/versions")
    assert versions == {"versions": [bundle]}


def test_predictions_are_those_of_tag(connected: Connected) -> None:
    found = retrieve(connected)
    assert list(found) == connected.tasks
    for task, text in zip(connected.tasks, TEXTS, strict=True):
        expected = regions(connected.service, text)
        assert drawn(found[task]["result"]) == expected
        assert all(text[start:end] == covered for start, end, covered, *_ in expected)
        assert found[task]["score"] == pytest.approx(min(row[-1] for row in expected))


def test_a_task_is_labelled_while_somebody_looks_at_it(connected: Connected) -> None:
    path = f"/api/ml/{connected.backend}/interactive-annotating"
    found = asked(connected.studio, "POST", path, json={"task": connected.tasks[1]})
    assert drawn(found["data"]["result"]) == regions(connected.service, TEXTS[1])


def test_a_wrong_key_is_told_when_it_is_entered(connected: Connected) -> None:
    wrong = {**backend_of(connected.service, connected.project), "basic_auth_pass": "wrong"}
    reply = connected.studio.post("/api/ml", json=wrong)
    assert reply.status_code == 400
    assert "422" not in reply.text
    assert "401" in reply.text


def test_a_project_without_a_label_of_the_bundle_is_refused_and_the_log_says_why(
    connected: Connected,
) -> None:
    config = CONFIG.replace("PER", "SHIP").replace("LOC", "PORT").replace("ORG", "SEA")
    made = asked(
        connected.studio, "POST", "/api/projects", status=201, json={"title": "two", "label_config": config}
    )
    seen = len(connected.service.log)
    reply = connected.studio.post("/api/ml", json=backend_of(connected.service, made["id"]))
    assert (reply.status_code, "422" in reply.text) == (400, True)
    said = connected.service.wait_for("a Label Studio project was refused", after=seen)
    assert "expected a Label for some of PER, LOC, ORG" in said["message"]


def test_start_training_is_refused_with_the_reason_in_the_log_and_predictions_go_on(
    connected: Connected,
) -> None:
    seen = len(connected.service.log)
    asked(connected.studio, "POST", f"/api/ml/{connected.backend}/train", json={})
    said = connected.service.wait_for("Label Studio asked for training", after=seen)
    assert "run `zitag fit`" in said["message"]
    assert asked(connected.studio, "GET", f"/api/ml/{connected.backend}")["readable_state"] == "Connected"


def exported(connected: Connected, kind: str) -> bytes:
    """Return what the project exports."""
    return connected.studio.get(f"/api/projects/{connected.project}/export?exportType={kind}").content


@pytest.fixture(scope="module")
def annotated(connected: Connected) -> Annotated:
    """Each text with its entities: the predictions, taken for annotations."""
    found = retrieve(connected)
    expected = []
    for task, text in zip(connected.tasks, TEXTS, strict=True):
        result = [
            {**{name: one[name] for name in ("from_name", "to_name", "type", "value")}, "id": f"r{number}"}
            for number, one in enumerate(found[task]["result"])
        ]
        path = f"/api/tasks/{task}/annotations"
        asked(connected.studio, "POST", path, status=201, json={"result": result})
        expected.append(
            (text, [(row[0], row[1], row[3][0]) for row in drawn(found[task]["result"])]),
        )
    return expected


def test_conll_of_chinese_sentences_is_refused_with_a_way_out(
    connected: Connected, annotated: Annotated, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "export.conll").write_bytes(exported(connected, "CONLL2003"))
    assert check(["--train", str(tmp_path / "export.conll")]) == 2
    assert "export them as JSON instead" in capsys.readouterr().err


def test_what_happens_in_the_project_is_heard(connected: Connected, annotated: Annotated) -> None:
    metrics = connected.service.get("/metrics", {"x-api-key": KEY}).body.decode()
    assert 'zitag_requests_total{path="/webhook",status="200"}' in metrics


@pytest.mark.parametrize("kind", ["JSON", "JSON_MIN"])
def test_exports_are_checked_and_converted(
    connected: Connected, annotated: Annotated, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    (tmp_path / "export.json").write_bytes(exported(connected, kind))
    assert check(["--train", str(tmp_path / "export.json"), "--json"]) in {0, 1}
    counted = json.loads(capsys.readouterr().out)["splits"]["train"]
    assert convert([str(tmp_path / "export.json"), str(tmp_path / "a.jsonl")]) == 0
    lines = (tmp_path / "a.jsonl").read_text("utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    found = [(one["text"], [tuple(span) for span in one["label"]]) for one in records]
    assert sorted(found) == sorted(annotated)
    assert sum(counted["labels"].values()) == sum(len(entities) for _, entities in annotated)
