"""Whether the service is ready, and why not; which bundle serves, and taking a new one."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fakes import FakeTagger, load_fake
from starlette.testclient import TestClient

from app.application import create_app
from app.loader import LoadError, Serving, serving_of
from app.metrics import Metrics
from app.service import Service
from app.settings import Settings

KEY = {"x-api-key": "k"}


class Loads:
    """A `load` whose results are set by the test."""

    def __init__(self, *results: FakeTagger | Exception) -> None:
        self.results = list(results)
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, settings: Settings) -> Serving:
        assert self.gate.wait(20)
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return serving_of(result, settings.bundle)


@contextmanager
def loading(load: Loads, **settings: object) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(api_keys="k", **settings), load=load)) as client:  # type: ignore[arg-type]
        yield client


def service_of(client: TestClient) -> Service:
    return client.app.state.service  # type: ignore[attr-defined, no-any-return]


def wait_until_ready(client: TestClient) -> None:
    while client.get("/healthz/ready").status_code != 200:
        time.sleep(0.01)


def ready(client: TestClient) -> tuple[int, str]:
    answer = client.get("/healthz/ready")
    return answer.status_code, answer.json().get("code", "ready")


def test_live_while_loading_ready_when_loaded() -> None:
    load = Loads(FakeTagger())
    load.gate.clear()
    with loading(load) as client:
        assert client.get("/healthz/live").status_code == 200
        assert ready(client) == (503, "not_ready")
        for path in ("/tag", "/tag/stream", "/reload"):
            answer = client.post(path, content=b"", headers=KEY)
            assert answer.status_code in (409, 503)
            assert int(answer.headers["retry-after"]) >= 1
        assert client.get("/bundle", headers=KEY).status_code == 503
        assert "zitag_ready 0.0" in client.get("/metrics").text
        load.gate.set()
        wait_until_ready(client)
        assert client.get("/healthz/ready").json() == {"status": "ready", "bundle": "default@ffffffff"}
        assert client.post("/tag", json={"text": "AB"}, headers=KEY).status_code == 200


def test_a_service_without_a_bundle_is_never_ready_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with loading(Loads(LoadError("no bundle; make one"))) as client:
        while service_of(client).load_error is None:
            time.sleep(0.01)
        assert ready(client) == (503, "not_ready")
    assert "cannot serve: no bundle; make one" in caplog.text


def test_draining_refuses_new_requests_and_closes_connections() -> None:
    with loading(Loads(FakeTagger())) as client:
        wait_until_ready(client)
        client.portal.call(service_of(client).drain_begun.set)  # type: ignore[union-attr]
        assert ready(client) == (503, "draining")
        answer = client.post("/tag", json={"text": "AB"}, headers=KEY)
        assert (answer.status_code, answer.json()["code"]) == (503, "draining")
        assert (answer.headers["retry-after"], answer.headers["connection"]) == ("1", "close")
        assert client.get("/healthz/live").status_code == 200
        assert client.post("/reload", headers=KEY).json()["code"] == "draining"


def test_a_tagger_that_hangs_makes_the_service_not_ready() -> None:
    tagger = FakeTagger()
    with loading(Loads(tagger), deadline_s=0.1) as client:
        wait_until_ready(client)
        tagger.hold()
        assert client.post("/tag", json={"text": "AB"}, headers=KEY).status_code == 504
        assert ready(client) == (503, "not_ready")
        tagger.gate.set()
        wait_until_ready(client)


def test_the_bundle_is_described() -> None:
    with loading(Loads(FakeTagger("abcdef0123456789"))) as client:
        wait_until_ready(client)
        assert client.get("/bundle", headers=KEY).json() == {
            "bundle": "default@abcdef01", "fingerprint": "abcdef0123456789", "labels": ["PER", "LOC"],
            "runtime": "fake", "device": "none", "words": 0,
            "created": "2026-11-22T00:00:00Z", "fit": {}, "versions": {},
        }  # fmt: skip


@pytest.mark.parametrize(
    "counter",
    [
        'reloads_total{result="refused"}',
        'reloads_total{result="loaded"}',
        'rejected_total{reason="queue_full"}',
    ],
)
def test_what_alerts_count_stands_at_0_before_it_happens(counter: str) -> None:
    """`increase` of a series that first appears at 1 is 0: the first refusal would go unnoticed."""
    assert f"zitag_{counter} 0.0" in Metrics().render().decode().splitlines()


def test_a_good_bundle_takes_over() -> None:
    with loading(Loads(FakeTagger("1" * 64), FakeTagger("2" * 64))) as client:
        wait_until_ready(client)
        assert client.post("/tag", json={"text": "AB"}, headers=KEY).json()["bundle"] == "default@11111111"
        answer = client.post("/reload", headers=KEY)
        assert (answer.status_code, answer.json()["bundle"]) == (200, "default@22222222")
        assert client.post("/tag", json={"text": "AB"}, headers=KEY).json()["bundle"] == "default@22222222"
        text = client.get("/metrics").text
        assert 'zitag_reloads_total{result="loaded"} 2.0' in text
        assert "default@11111111" not in text


@pytest.mark.parametrize("error", [LoadError("golden text 3 disagrees"), MemoryError("no room")])
def test_a_bad_bundle_is_refused_and_the_old_one_goes_on(error: Exception) -> None:
    with loading(Loads(FakeTagger("1" * 64), error)) as client:
        wait_until_ready(client)
        answer = client.post("/reload", headers=KEY)
        assert (answer.status_code, answer.json()["code"]) == (409, "reload_refused")
        assert str(error) in answer.json()["detail"]
        assert answer.json()["bundle"] == "default@11111111"
        assert client.post("/tag", json={"text": "AB"}, headers=KEY).json()["bundle"] == "default@11111111"
        assert ready(client) == (200, "ready")
        assert 'zitag_reloads_total{result="refused"} 1.0' in client.get("/metrics").text


def test_one_reload_at_a_time_and_requests_go_on_meanwhile() -> None:
    load = Loads(FakeTagger("1" * 64), FakeTagger("2" * 64))
    with loading(load) as client:
        wait_until_ready(client)
        load.gate.clear()
        service = service_of(client)
        first = client.portal.start_task_soon(service.reload)  # type: ignore[union-attr]
        while not service._reloading:
            time.sleep(0.01)
        assert client.post("/reload", headers=KEY).json()["code"] == "reload_running"
        assert client.post("/tag", json={"text": "AB"}, headers=KEY).json()["bundle"] == "default@11111111"
        load.gate.set()
        assert first.result(10).name == "default@22222222"


def test_a_request_that_began_before_a_reload_is_answered_by_the_old_bundle() -> None:
    old, new = FakeTagger("1" * 64), FakeTagger("2" * 64)
    with loading(Loads(old, new)) as client:
        wait_until_ready(client)
        old.hold()

        async def ask() -> dict[str, object]:
            return await asyncio.to_thread(
                lambda: client.post("/tag", json={"text": "AB"}, headers=KEY).json()
            )

        asking = client.portal.start_task_soon(ask)  # type: ignore[union-attr]
        assert old.entered.acquire(timeout=10)
        assert client.post("/reload", headers=KEY).status_code == 200
        old.gate.set()
        assert asking.result(10)["bundle"] == "default@11111111"
        assert not new.batches


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"x-api-key": "wrong"}, 401),
        ({**KEY, "content-length": "999999999"}, 413),
        ({**KEY, "content-encoding": "gzip"}, 415),
        (KEY, 200),
    ],
)
def test_reload_answers_what_is_described(headers: dict[str, str], status: int) -> None:
    with TestClient(create_app(Settings(api_keys="k"), FakeTagger(), load=load_fake)) as client:
        described = client.get("/openapi.json").json()["paths"]["/reload"]["post"]["responses"]
        reply = client.post("/reload", headers=headers)
        assert reply.status_code == status
        assert reply.headers["content-type"] in described[str(status)]["content"]
        assert {"401", "409", "413", "415", "500", "503"} < described.keys()
