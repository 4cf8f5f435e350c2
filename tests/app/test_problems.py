"""The table of problems."""

import json

import pytest

from app.api.answer_schemas import ProblemDocument
from app.problems import PROBLEMS, Problem, problem_from_status


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_problem_is_a_document_of_rfc_9457(code: str) -> None:
    answer = Problem(code, "为什么", limit=1, actual=2).answer("id-1")
    document = json.loads(answer.body)
    ProblemDocument.model_validate(document, strict=True)
    assert document["status"] == answer.status == PROBLEMS[code][0]
    assert (document["code"], document["detail"], document["request_id"]) == (code, "为什么", "id-1")
    assert document["type"] == f"urn:zitag:problem:{code}"
    headers = dict(answer.headers)
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"content-length"] == b"%d" % len(answer.body)


def test_retry_after_is_a_header() -> None:
    assert (b"retry-after", b"3") in Problem("queue_full", "x", retry_after_s=3).answer().headers


def test_half_an_emoji_in_a_detail_is_still_json() -> None:
    assert json.loads(Problem("unknown_label", "\ud83d").answer().body)["detail"] == "\ud83d"


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "not_found"), (405, "method_not_allowed"), (400, "invalid_request"), (418, "invalid_request"),
     (413, "body_too_large"), (500, "internal_error"), (599, "internal_error")],
)  # fmt: skip
def test_the_frameworks_own_errors(status: int, code: str) -> None:
    assert problem_from_status(status, "x", {"allow": "GET"}).code == code
    assert problem_from_status(status, "x", {"allow": "GET"}).headers == {"allow": "GET"}
