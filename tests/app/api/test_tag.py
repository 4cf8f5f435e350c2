"""POST /tag over HTTP, with the fake tagger."""

import json

import fakes
import pytest
from fakes import CURSED, FakeTagger
from starlette.testclient import TestClient

from app.application import create_app
from app.settings import Settings, read_settings
from model.stitching import ChunkTagging
from model.tags.schemes import EntitySpan

PLAIN = {"content-type": "text/plain; charset=utf-8"}
TEXT = "😀在AB去\r\nXY\u3000京"


def problem(answer: object, code: str) -> dict[str, object]:
    assert answer.headers["content-type"] == "application/problem+json"  # type: ignore[attr-defined]
    document = answer.json()  # type: ignore[attr-defined]
    assert document["code"] == code
    assert document["request_id"] == answer.headers["x-request-id"]  # type: ignore[attr-defined]
    return document  # type: ignore[no-any-return]


def test_one_text_as_json_and_as_plain_text(client: TestClient) -> None:
    as_json = client.post("/tag", json={"text": TEXT})
    as_text = client.post("/tag", content=TEXT.encode(), headers=PLAIN)
    assert as_json.status_code == as_text.status_code == 200
    assert as_json.headers["content-type"] == "application/json"
    assert (
        as_json.json() == as_text.json() == {"entities": fakes.answer_to(TEXT), "bundle": "default@ffffffff"}
    )
    for entity in as_json.json()["entities"]:
        assert TEXT[entity["start"] : entity["end"]] == entity["text"]


def test_several_texts_come_back_in_their_order(client: TestClient) -> None:
    texts = ["在AB", "", "XY", "在AB", "没有"]
    answer = client.post("/tag", json={"texts": texts}).json()
    assert [result["entities"] for result in answer["results"]] == [fakes.answer_to(text) for text in texts]


def test_nothing_to_tag_is_no_error(client: TestClient) -> None:
    assert client.post("/tag", json={"text": ""}).json()["entities"] == []
    assert client.post("/tag", content=b"", headers=PLAIN).json()["entities"] == []
    assert client.post("/tag", json={"texts": []}).json()["results"] == []
    assert client.post("/tag", json={"texts": [""]}).json()["results"] == [{"entities": []}]


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("codepoint", [(2, 4), (7, 9)]), ("utf16", [(3, 5), (8, 10)]), ("byte", [(7, 9), (14, 16)])],
)
def test_offsets_in_the_clients_unit(unit: str, expected: list[tuple[int, int]], client: TestClient) -> None:
    answer = client.post("/tag", json={"text": TEXT, "offset_unit": unit}).json()
    assert [(entity["start"], entity["end"]) for entity in answer["entities"]] == expected
    assert client.post(f"/tag?offset_unit={unit}", content=TEXT.encode(), headers=PLAIN).json() == answer


def test_filters(client: TestClient) -> None:
    body = {"text": "ABCD在XY", "labels": ["LOC"]}
    assert [entity["text"] for entity in client.post("/tag", json=body).json()["entities"]] == ["XY"]
    body = {"text": "ABCD在XY", "min_score": 0.8}
    assert [entity["text"] for entity in client.post("/tag", json=body).json()["entities"]] == ["ABCD"]
    answer = client.post("/tag?labels=PER&min_score=0.1", content="ABCD在XY".encode(), headers=PLAIN).json()
    assert [entity["text"] for entity in answer["entities"]] == ["ABCD"]


def test_a_label_may_have_a_least_score_of_its_own(client: TestClient) -> None:
    body = {"text": "ABCD在XY", "min_score": {"PER": 0.95, "LOC": 0.7}}
    assert [entity["text"] for entity in client.post("/tag", json=body).json()["entities"]] == ["XY"]
    answer = client.post("/tag?min_score=LOC:0.71", content="ABCD在XY".encode(), headers=PLAIN).json()
    assert [entity["text"] for entity in answer["entities"]] == ["ABCD"]


@pytest.mark.parametrize(
    ("body", "found"),
    [({}, "ABCD"), ({"min_score": 0}, "ABCD XY"), ({"min_score": {"PER": 0.95}}, "XY")],
)
def test_the_setting_holds_where_a_request_says_nothing(body: dict[str, object], found: str) -> None:
    settings = read_settings({"ZITAG_MIN_SCORE": "LOC:0.71,PER:0.5"})
    with TestClient(create_app(settings, FakeTagger())) as client:
        answer = client.post("/tag", json={"text": "ABCD在XY", **body}).json()
        assert [entity["text"] for entity in answer["entities"]] == found.split()
        line = json.dumps({"text": "ABCD在XY", **body})
        streamed = client.post("/tag/stream", content=line, headers={"content-type": "application/x-ndjson"})
        assert json.loads(streamed.text) == answer


@pytest.mark.parametrize(("query", "body"), [("?min_score=ORG:0.5", {}), ("", {"min_score": {"ORG": 0.5}})])
def test_a_least_score_of_a_label_that_is_none_is_refused(
    query: str, body: dict[str, object], client: TestClient
) -> None:
    answer = client.post(f"/tag{query}", json={"text": "a", **body})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_label")
    assert answer.json()["detail"] == "`min_score`: expected some of PER, LOC, got 'ORG'"


def test_tags_and_alternatives(client: TestClient) -> None:
    answer = client.post("/tag", json={"texts": ["在AB", ""], "include": ["tags", "nbest"]}).json()
    first, second = answer["results"]
    assert first["tags"] == ["O", "B-PER", "I-PER"]
    assert first["nbest"][0] == {"entities": [{"start": 1, "end": 3, "label": "PER"}], "probability": 0.75}
    assert second == {"entities": [], "tags": [], "nbest": [{"entities": [], "probability": 1.0}]}


def test_half_an_emoji_and_nul_come_back_as_they_came(client: TestClient) -> None:
    body = rb'{"text": "\ud83dAB\u0000\ud83d\ude00XY\udc00", "offset_unit": "utf16"}'
    answer = client.post("/tag", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 200
    answer.content.decode("utf-8")
    assert [(entity["start"], entity["text"]) for entity in answer.json()["entities"]] == [
        (1, "AB"),
        (6, "XY"),
    ]


def test_an_entity_of_half_an_emoji_is_still_json(
    tagger: FakeTagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ChunkTagging([(EntitySpan(0, 1, "PER"), 0.9)], 0, [])
    monkeypatch.setattr(tagger, "tag_chunks", lambda chunks, **_: [found for _ in chunks])
    with TestClient(create_app(Settings(), tagger)) as client:
        answer = client.post(
            "/tag", content=rb'{"text": "\ud83d"}', headers={"content-type": "application/json"}
        )
        assert json.loads(answer.content)["entities"][0]["text"] == "\ud83d"


def test_an_unknown_label_is_refused_where_the_body_overrides_it(client: TestClient) -> None:
    for labels in (None, ["PER"]):
        answer = client.post("/tag?labels=XXX", json={"text": "小明", "labels": labels})
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_label")


def test_an_unknown_label_is_refused(client: TestClient) -> None:
    answer = client.post("/tag", json={"text": "AB", "labels": ["PER", "person"]})
    assert answer.status_code == 422
    document = problem(answer, "unknown_label")
    assert document["detail"] == "`labels`: expected some of PER, LOC, got 'person'"
    assert document["labels"] == ["PER", "LOC"]


@pytest.mark.parametrize(
    ("settings", "body", "code", "limit"),
    [
        ({"max_texts": 2}, {"texts": ["", "", ""]}, "too_many_texts", 2),
        ({"max_text_chars": 3}, {"text": "在在在在"}, "text_too_long", 3),
        ({"max_request_chars": 3}, {"texts": ["在在", "在在"]}, "request_too_long", 3),
        ({"max_body_bytes": 1024}, {"text": "x" * 1024}, "body_too_large", 1024),
    ],
)
def test_limits_are_told(settings: dict[str, int], body: object, code: str, limit: int) -> None:
    with TestClient(create_app(Settings(**settings), FakeTagger())) as client:  # type: ignore[arg-type]
        answer = client.post("/tag", json=body)
        assert answer.status_code == 413
        document = problem(answer, code)
        assert document["limit"] == limit
        assert isinstance(document["actual"], int)
        assert document["actual"] > limit


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({"content-type": "application/json"}, b"{", 422, "invalid_request"),
        ({"content-type": "application/json"}, b'{"text": 1}', 422, "invalid_request"),
        ({"content-type": "application/xml"}, b"<a/>", 415, "unsupported_media_type"),
        ({}, b"{}", 415, "unsupported_media_type"),
        (
            {"content-type": "application/json", "content-encoding": "gzip"},
            b"\x1f\x8b",
            415,
            "unsupported_encoding",
        ),
        (PLAIN, b"\xff", 422, "invalid_text"),
    ],
)
def test_refusals(headers: dict[str, str], body: bytes, status: int, code: str, client: TestClient) -> None:
    answer = client.post("/tag", content=body, headers=headers)
    assert answer.status_code == status
    problem(answer, code)


def test_a_failing_tagger_is_500_without_details(client: TestClient) -> None:
    answer = client.post("/tag", json={"text": f"机密{CURSED}"})
    assert answer.status_code == 500
    problem(answer, "tagging_failed")
    assert "机密" not in answer.text
    assert "cursed" not in answer.text
    assert client.post("/tag", json={"text": "AB"}).status_code == 200


def test_a_million_characters_are_tagged_and_every_offset_is_exact(client: TestClient) -> None:
    sentence = "今天AB在北京，明天XY去😀上海。"
    text = sentence * (1_000_000 // len(sentence))
    answer = client.post("/tag", content=text.encode(), headers=PLAIN).json()
    assert len(answer["entities"]) == 2 * (1_000_000 // len(sentence))
    assert answer["entities"] == fakes.answer_to(text)
