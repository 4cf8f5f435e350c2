"""Where requests come in: keys, ids, methods, what is counted and what is logged."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fakes import CURSED, FakeTagger
from starlette.testclient import TestClient

from app.application import create_app
from app.settings import Settings

KEYED = ("/tag", "/tag/stream", "/bundle", "/reload", "/no/such/path")
OPEN = ("/healthz/live", "/healthz/ready", "/metrics", "/docs", "/openapi.json")


@contextmanager
def serving(tagger: FakeTagger | None = None, **settings: object) -> Iterator[TestClient]:
    app = create_app(Settings(**settings), tagger or FakeTagger())  # type: ignore[arg-type]
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize("path", KEYED)
def test_what_needs_a_key(path: str) -> None:
    with serving(api_keys="first,second") as client:
        for headers in ({}, {"authorization": "Bearer wrong"}, {"x-api-key": ""}):
            answer = client.post(path, content=b"{}", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
            assert answer.headers["www-authenticate"].startswith("Bearer")
        assert client.post(path, content=b"{}", headers={"x-api-key": "second"}).status_code != 401


@pytest.mark.parametrize("path", OPEN)
def test_what_needs_no_key(path: str) -> None:
    with serving(api_keys="first") as client:
        assert client.get(path).status_code == 200


def test_without_keys_all_is_open_but_the_reload() -> None:
    with serving() as client:
        assert client.get("/bundle").status_code == 200
        answer = client.post("/reload")
        assert answer.status_code == 401
        assert "this server has none" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/tag", 405, "method_not_allowed"),
        ("PUT", "/tag", 405, "method_not_allowed"),
        ("DELETE", "/bundle", 405, "method_not_allowed"),
        ("OPTIONS", "/tag", 405, "method_not_allowed"),
        ("HEAD", "/tag", 405, "method_not_allowed"),
        ("BREW", "/tag", 405, "method_not_allowed"),
        ("POST", "/", 405, "method_not_allowed"),
        ("GET", "/tag/", 404, "not_found"),
        ("GET", "/TAG", 404, "not_found"),
        ("POST", "/tag/stream/x", 404, "not_found"),
        ("GET", "/%ff/机密", 404, "not_found"),
    ],
)
def test_what_is_not_there(method: str, path: str, status: int, code: str, client: TestClient) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    if method != "HEAD":
        assert answer.json()["code"] == code
    if status == 405:
        assert answer.headers["allow"]


def test_head_is_answered_as_get(client: TestClient) -> None:
    assert client.head("/healthz/ready").status_code == 200
    assert client.head("/metrics").headers["content-type"].startswith("text/plain")


def test_a_body_is_refused_by_its_announced_length_alone(client: TestClient) -> None:
    headers = {"content-type": "application/json", "content-length": str(10**12)}
    for path in ("/tag", "/reload"):
        answer = client.post(path, content=b"{}", headers={**headers, "x-api-key": "k"})
        assert answer.status_code in (401, 413)
    assert client.post("/tag", content=b"{}", headers=headers).json()["actual"] == 10**12


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("abc-1.2/3:4=+_", True),
        ("a" * 128, True),
        ("a" * 129, False),
        ("", False),
        ("a b", False),
        ('"', False),
    ],
)
def test_a_request_id_that_could_confuse_a_log_is_replaced(
    given: str, kept: bool, client: TestClient
) -> None:
    answer = client.post("/tag", json={"text": "AB"}, headers={"x-request-id": given})
    assert (answer.headers["x-request-id"] == given) is kept


def test_request_ids_differ(client: TestClient) -> None:
    ids = {client.get("/healthz/live").headers["x-request-id"] for _ in range(10)}
    assert len(ids) == 10


def test_pages_of_other_origins_may_not_call_unless_told() -> None:
    headers = {"origin": "https://a.example", "access-control-request-method": "POST"}
    with serving() as client:
        assert client.options("/tag", headers=headers).status_code == 405
        answer = client.post("/tag", json={"text": ""}, headers=headers)
        assert "access-control-allow-origin" not in answer.headers
    with serving(cors_origins="https://a.example", api_keys="k") as client:
        preflight = client.options("/tag", headers={**headers, "x-request-id": "id-1"})
        assert (preflight.status_code, preflight.headers["x-request-id"]) == (200, "id-1")
        assert len(client.options("/tag", headers=headers).headers["x-request-id"]) > 12
        refused = client.options("/tag", headers={"origin": "https://a.example"})  # which is no preflight
        assert refused.headers["x-request-id"] == refused.json()["request_id"]
        answer = client.post("/tag", json={"text": ""}, headers=headers)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (
            401,
            "https://a.example",
        )
        other = client.options("/tag", headers={**headers, "origin": "https://b.example"})
        assert other.status_code == 400


def test_an_unexpected_failure_is_a_problem_too(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("机密")

    monkeypatch.setattr(client.app.state.service, "tag", fail)  # type: ignore[attr-defined]
    answer = client.post("/tag", json={"text": "AB"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "ZeroDivision" not in answer.text
    assert [record.fields["request_id"] for record in caplog.records if hasattr(record, "fields")] == [  # type: ignore[attr-defined]
        answer.headers["x-request-id"]
    ]


def metrics(client: TestClient) -> dict[str, float]:
    lines = [line for line in client.get("/metrics").text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_what_is_counted() -> None:
    with serving() as client:
        client.post("/tag", json={"texts": ["在AB", "XY??"]})
        client.post("/tag", json={"text": CURSED})
        client.post("/tag", json={})
        client.get("/not/there/1")
        client.get("/not/there/2")
        found = metrics(client)
    assert found['zitag_requests_total{path="/tag",status="200"}'] == 1
    assert found['zitag_requests_total{path="/tag",status="500"}'] == 1
    assert found['zitag_requests_total{path="other",status="404"}'] == 2
    assert found['zitag_rejected_total{reason="tagging_failed"}'] == 1
    assert found['zitag_rejected_total{reason="invalid_request"}'] == 1
    assert found['zitag_entities_total{label="PER"}'] == 1
    assert found["zitag_unknown_chars_total"] == 2
    assert found["zitag_batch_texts_sum"] == 3
    assert found["zitag_batch_chars_sum"] == 8
    assert found["zitag_queue_seconds_count"] == found["zitag_inference_seconds_count"] == 2
    assert found["zitag_request_seconds_count"] == 3  # of /tag
    assert (found["zitag_queue_depth"], found["zitag_ready"]) == (0, 1)
    assert found['zitag_bundle_info{bundle="default@ffffffff",device="none",runtime="fake"}'] == 1
    assert found["process_resident_memory_bytes"] > 0


def test_no_text_reaches_the_logs(caplog: pytest.LogCaptureFixture) -> None:
    from app.logs import JsonFormatter

    secret = "机密"
    with caplog.at_level(logging.DEBUG), serving(access_log=True) as client:
        client.post("/tag", json={"text": f"{secret}AB"})
        client.post("/tag", json={"text": f"{secret}{CURSED}"})
        client.post("/tag", json={"text": secret, "labels": [secret]})
        client.post("/tag", json={secret: secret})
        client.post("/tag", content=secret.encode("gbk"), headers={"content-type": "text/plain"})
        client.post(
            "/tag/stream",
            content=f'{{"text": "{secret}{CURSED}"}}\n',
            headers={"content-type": "application/x-ndjson"},
        )
        client.get(f"/{secret}?{secret}")
    formatter = JsonFormatter()
    lines = [formatter.format(record) for record in caplog.records if record.name.startswith("zitag")]
    assert len(lines) >= 7
    escaped = secret.encode("unicode_escape").decode()
    assert not [line for line in lines if secret in line or escaped in line]


def test_one_line_of_log_per_request_and_texts_only_if_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), serving(access_log=True, log_text=True) as client:
        client.post("/tag", json={"text": "机密AB"}, headers={"x-request-id": "r-1"})
    told = {record.name: record.fields for record in caplog.records if hasattr(record, "fields")}
    request = told["zitag.requests"]
    assert request.pop("ms") >= 0
    assert request == {"request_id": "r-1", "method": "POST", "path": "/tag", "status": 200}
    assert told["zitag.texts"] == {"request_id": "r-1", "texts": ("机密AB",)}
