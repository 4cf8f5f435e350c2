"""The forms hold the text whole, and the reader of corpora reads BIO back."""

import json

from hypothesis import given
from hypothesis import strategies as st

from model.formats import to_bio, to_inline, to_jsonl
from model.tagger import Entity
from model.tags.schemes import EntitySpan, spans_from_tags

TEXT = "李 明\t在NBA\u3000\u2028打球\0😀"
ENTITIES = [Entity(0, 3, "李 明", "PER", 0.9), Entity(5, 8, "NBA", "ORG", 0.5)]


def test_json_lines_hold_everything_on_one_line() -> None:
    line = to_jsonl(TEXT, ENTITIES)
    assert line.count("\n") == 1
    assert json.loads(line) == {"text": TEXT, "entities": [entity._asdict() for entity in ENTITIES]}


def test_bio_leaves_out_what_a_corpus_has_no_place_for() -> None:
    rows = [row.split("\t") for row in to_bio(TEXT, ENTITIES).removesuffix("\n\n").split("\n")]
    assert "".join(char for char, _ in rows) == "李明在NBA打球😀"
    assert spans_from_tags([tag for _, tag in rows]) == [EntitySpan(0, 2, "PER"), EntitySpan(3, 6, "ORG")]


def test_inline_brackets_each_entity() -> None:
    assert to_inline(TEXT, ENTITIES) == "[李 明 PER]\t在[NBA ORG]\u3000\u2028打球\0😀\n"


@given(text=st.text())
def test_text_without_entities_stands_as_it_is(text: str) -> None:
    assert to_inline(text, []) == text + "\n"
    assert json.loads(to_jsonl(text, [])) == {"text": text, "entities": []}
