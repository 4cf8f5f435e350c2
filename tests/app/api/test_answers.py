"""From what the tagger found to the bytes of the answer."""

import json

import fakes
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.answer_schemas import ManyAnswer, OneAnswer
from app.api.answers import native_answer, select, to_json
from app.api.inputs import Parameters
from app.api.schemas import Options, TagRequest
from model.tagger import Entity, Tagging

FOUND = [Entity(1, 3, "AB", "PER", 0.9), Entity(4, 6, "XY", "LOC", 0.5), Entity(7, 8, "Z", "LOC", 0.7)]


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (Options(), "AB XY Z"),
        (Options(labels=("LOC",)), "XY Z"),
        (Options(labels=("LOC", "PER")), "AB XY Z"),
        (Options(labels=()), ""),
        (Options(min_score=0.7), "AB Z"),
        (Options(min_score=1), ""),
        (Options(min_score=0.6, labels=("LOC",)), "Z"),
        (Options(min_score={"LOC": 0.6}), "AB Z"),
        (Options(min_score={"LOC": 0.6, "PER": 0.91}), "Z"),
        (Options(min_score={}), "AB XY Z"),
        (TagRequest(text="", parameters=Parameters(ignore_labels=("LOC", "O"))), "AB"),
        (TagRequest(text="", parameters=Parameters(ignore_labels=("LOC",)), labels=("LOC", "PER")), "AB"),
    ],
)
def test_filters(options: Options, kept: str) -> None:
    assert " ".join(entity.text for entity in select(options, FOUND)) == kept


def test_one_text_and_many() -> None:
    one = native_answer(TagRequest(text="在AB"), ["在AB"], [fakes.tagging("在AB")], "b")
    assert one == {"entities": fakes.answer_to("在AB"), "bundle": "b"}
    OneAnswer.model_validate(one, strict=True)
    many = native_answer(
        TagRequest(texts=("在AB", "")), ["在AB", ""], [fakes.tagging("在AB"), Tagging()], "b"
    )
    assert many == {"results": [{"entities": fakes.answer_to("在AB")}, {"entities": []}], "bundle": "b"}
    ManyAnswer.model_validate(many, strict=True)


def test_what_is_included() -> None:
    text = "😀在AB"
    tagging = fakes.tagging(text, nbest=2)
    tagging.tags = ["O", "O", "B-PER", "I-PER"]
    request = TagRequest(text=text, include=("tags", "nbest"), min_score=1, offset_unit="utf16")
    assert native_answer(request, [text], [tagging], "b") == {
        "entities": [],  # filtered; the rest is not
        "tags": ["O", "O", "B-PER", "I-PER"],
        "nbest": [
            {"entities": [{"start": 3, "end": 5, "label": "PER"}], "probability": 0.75},
            {"entities": [], "probability": 0.25},
        ],
        "bundle": "b",
    }


@given(st.text(st.characters(), max_size=30))
def test_any_answer_is_json_in_utf8(text: str) -> None:
    assert json.loads(to_json({"text": text}).decode("utf-8")) == {"text": text}
