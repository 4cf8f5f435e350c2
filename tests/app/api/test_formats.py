"""Every format is a projection of one result: its spans slice the text, and its reader gets the same entities."""

import json
from pathlib import Path
from typing import Any

import fakes
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.api.formats import FORMATS, formatted_answer
from app.api.schemas import TagRequest
from model.formats import to_bio
from model.tagger import Entity, Tagging
from model.tags.schemes import spans_from_tags
from model.text import is_invisible
from training.corpus.reader import read_sentences

TEXT = "😀在AB去XY"

# What each format's clients read, and where they find it: label, start, end, score, text.
KEYS = {
    "hf": ("entity_group", "start", "end", "score", "word"),
    "presidio": ("entity_type", "start", "end", "score", None),
    "doccano": ("label", "start_offset", "end_offset", None, None),
}


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        (
            "format=hf",
            [
                {"entity_group": "PER", "score": 0.7, "word": "AB", "start": 2, "end": 4},
                {"entity_group": "LOC", "score": 0.7, "word": "XY", "start": 5, "end": 7},
            ],
        ),
        (
            "format=presidio&labels=LOC",
            [{"entity_type": "LOC", "start": 5, "end": 7, "score": 0.7, "analysis_explanation": None}],
        ),
        (
            "format=doccano&offset_unit=utf16",
            [
                {"label": "PER", "start_offset": 3, "end_offset": 5},
                {"label": "LOC", "start_offset": 6, "end_offset": 8},
            ],
        ),
        (
            "format=doccano&offset_unit=byte&labels=PER",
            [{"label": "PER", "start_offset": 7, "end_offset": 9}],
        ),
        ("format=hf&min_score=0.8", []),
        ("format=hf&min_score=1&include=tags,nbest", []),
    ],
)
def test_one_text_gives_what_clients_of_the_format_parse(
    client: TestClient, query: str, answer: list[dict[str, Any]]
) -> None:
    reply = client.post(f"/tag?{query}", json={"text": TEXT})
    assert (reply.status_code, reply.json()) == (200, answer)
    assert list(map(list, reply.json())) == list(map(list, answer))  # keys in this order
    assert client.post(f"/tag?{query}", json={"texts": [TEXT, "", TEXT]}).json() == [answer, [], answer]
    assert client.post(f"/tag?{query}", json={"texts": []}).json() == []
    plain = client.post(f"/tag?{query}", content=TEXT, headers={"content-type": "text/plain"})
    assert plain.json() == answer


def test_native_is_the_default_and_the_body_may_say_otherwise(client: TestClient) -> None:
    native = client.post("/tag", json={"text": TEXT}).json()
    assert client.post("/tag?format=native", json={"text": TEXT}).json() == native
    assert client.post("/tag?format=hf", json={"text": TEXT, "format": "native"}).json() == native
    assert client.post("/tag", json={"text": TEXT, "format": "doccano"}).json()[0]["label"] == "PER"


def test_bio_is_plain_text(client: TestClient) -> None:
    reply = client.post("/tag?format=bio&labels=LOC", json={"texts": ["在AB", "XY好\n去"]})
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.text == "在\tO\nA\tO\nB\tO\n\nX\tB-LOC\nY\tI-LOC\n好\tO\n\n去\tO\n\n"


@pytest.mark.parametrize("where", ["query", "body", "line"])
def test_a_format_that_is_none_is_refused_with_the_choices(client: TestClient, where: str) -> None:
    if where == "query":
        reply = client.post("/tag?format=xml", json={"text": TEXT})
    elif where == "body":
        reply = client.post("/tag", json={"text": TEXT, "format": "xml"})
    else:
        line = b'{"text": "AB", "format": "xml"}\n'
        reply = client.post("/tag/stream", content=line, headers={"content-type": "application/x-ndjson"})
    problem = reply.json()
    assert (problem["status"], problem["code"]) == (422, "invalid_request")
    for name in FORMATS:
        assert f"'{name}'" in problem["detail"]
    assert reply.status_code == (200 if where == "line" else 422)


def test_a_stream_answers_each_line_in_its_format(client: TestClient) -> None:
    lines = [{"text": "在AB"}, {"text": "AB", "format": "bio"}, {"texts": ["XY"], "format": "native"}]
    reply = client.post(
        "/tag/stream?format=doccano",
        content="\n".join(map(json.dumps, lines)),
        headers={"content-type": "application/x-ndjson"},
    )
    answers = list(map(json.loads, reply.text.splitlines()))
    assert answers[0] == [{"label": "PER", "start_offset": 1, "end_offset": 3}]
    assert answers[1] == "A\tB-PER\nB\tI-PER\n\n"
    assert answers[2]["results"][0]["entities"] == fakes.answer_to("XY")


def test_the_description_names_the_formats(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    operation = document["paths"]["/tag"]["post"]
    (parameter,) = (row for row in operation["parameters"] if row["name"] == "format")
    assert parameter["schema"]["enum"] == list(FORMATS)
    assert document["components"]["schemas"]["TagRequest"]["properties"]["format"]["enum"] == list(FORMATS)
    assert set(operation["responses"]["200"]["content"]) == {"application/json", "text/plain"}


TEXTS = st.text(st.sampled_from("小明在ABMNXY 😀\u200d\u3000\r\n\t\0\ufeff\ud83d\x85\u2028。"), max_size=30)


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(TEXTS, max_size=4))
def test_spans_of_every_list_format_slice_the_text(texts: list[str]) -> None:
    taggings = [fakes.tagging(text) for text in texts]
    expected = [fakes.entities_of(text) for text in texts]
    for name, (label, start, end, score, word) in KEYS.items():
        for unit, encoding in (("codepoint", "utf-32-le"), ("utf16", "utf-16-le"), ("byte", "utf-8")):
            request = TagRequest(texts=tuple(texts), format=name, offset_unit=unit)
            lists = json.loads(formatted_answer(request, texts, taggings, "b").body)
            for text, items, entities in zip(texts, lists, expected, strict=True):
                units = text.encode(encoding, "surrogatepass")
                width = {"codepoint": 4, "utf16": 2, "byte": 1}[unit]
                for item, entity in zip(items, entities, strict=True):
                    stretch = units[item[start] * width : item[end] * width]
                    assert stretch.decode(encoding, "surrogatepass") == entity.text
                    assert item[label] == entity.label
                    assert score is None or item[score] == entity.score
                    assert word is None or item[word] == entity.text


# Entities anywhere, white space and line breaks included, as no good tagger finds them.
CUTS = st.lists(st.integers(0, 40), max_size=8)


@settings(max_examples=150, deadline=None)
@given(text=TEXTS, cuts=CUTS)
@example(text=" \nAB", cuts=[0, 4])
@example(text="A B", cuts=[0, 1, 2, 3])
@example(text="\ufeffA", cuts=[0, 2])
def test_bio_read_as_a_corpus_gives_the_same_entities(
    text: str, cuts: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    edges = sorted({cut for cut in cuts if cut <= len(text)})
    found = [
        Entity(start, end, text[start:end], "PER" if end % 2 else "LOC", 0.5)
        for start, end in zip(edges[::2], edges[1::2], strict=False)
    ]
    path = tmp_path_factory.mktemp("bio") / "answer.bio"
    # One more text with an O: a corpus without any is taken for another kind of file.
    path.write_bytes((to_bio(text, found) + to_bio("好", [])).encode("utf-8"))
    *sentences, last = read_sentences(path, stray="refuse", scheme="BIO")
    assert last.text == "好"
    assert [(sentence.text, _entities(sentence.text, sentence.tags)) for sentence in sentences] == [
        (line, [(seen, label) for name, label in entities if (seen := _trimmed(name))])
        for line, entities in _expected_lines(text, found)
        if line
    ]


def _trimmed(name: str) -> str:
    """Return an entity as a corpus is read: without invisible characters at its edges."""
    while name and is_invisible(name[0]):
        name = name[1:]
    while name and is_invisible(name[-1]):
        name = name[:-1]
    return name


def _entities(text: str, tags: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(text[start:end], label) for start, end, label in spans_from_tags(tags)]


def _expected_lines(text: str, found: list[Entity]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what of each line can be seen, with the entities in it, character by character."""
    lines: list[tuple[str, list[tuple[str, str]]]] = [("", [])]
    inside = -1
    for position, char in enumerate(text):
        if char == "\n":
            lines.append(("", []))
            inside = -1
        elif not (char.isspace() or char in "\0\ufeff" or "\ud800" <= char <= "\udfff"):
            seen, entities = lines[-1]
            owner = next((i for i, row in enumerate(found) if row.start <= position < row.end), -1)
            if owner >= 0 and owner == inside:
                entities[-1] = (entities[-1][0] + char, entities[-1][1])
            elif owner >= 0:
                entities.append((char, found[owner].label))
            inside = owner
            lines[-1] = (seen + char, entities)
    return lines


def test_bio_of_the_service_is_bio_of_the_command_line(client: TestClient, tmp_path: Path) -> None:
    text = "在AB去XY\n好"
    reply = client.post("/tag?format=bio", content=text.encode(), headers={"content-type": "text/plain"})
    lines = [to_bio(line, fakes.entities_of(line)) for line in text.split("\n")]
    assert reply.text == "".join(lines)


def test_nothing_found_is_an_empty_list() -> None:
    for name in KEYS:
        assert formatted_answer(TagRequest(text="", format=name), [""], [Tagging()], "b").body == b"[]"
