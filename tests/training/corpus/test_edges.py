"""No gold entity begins or ends with what cannot be seen: such edges are read off, counted and told."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.tags.schemes import EntitySpan
from model.tags.tag_set import spans_from_tags, tags_from_spans
from training.corpus.edges import trim_entities
from training.corpus.reader import ReadReport, read_sentences
from training.inspection.notes import trimming_notes


@pytest.mark.parametrize(
    ("text", "tags", "trimmed", "starts"),
    [
        ("小明", "B I", "B I", []),
        ("\u200b小明", "B I I", "O B I", [0]),
        ("小明\u202e", "B I I", "B I O", [0]),
        ("\ufeff小 明\u3000", "B I I I I", "O B I I O", [0]),
        ("去\x07\u200b好", "O B I O", "O O O O", [1]),
        ("小\u200b明", "B I I", "B I I", []),
        ("小\u200b\u200b明", "B I B I", "B O O B", [0, 2]),
        ("\u200b明\u200b明", "B I B I", "O B O B", [0, 2]),
        ("去\u200b明", "O I I", "O O I", [1]),  # a stray I- stays one
    ],
)
def test_entities_are_trimmed_to_what_can_be_seen(
    text: str, tags: str, trimmed: str, starts: list[int]
) -> None:
    written, expected = (
        tuple(tag if tag == "O" else f"{tag}-PER" for tag in row.split()) for row in (tags, trimmed)
    )
    assert trim_entities(text, written) == (expected, starts)


chars = st.sampled_from("小明a \u3000\u200b\u202e\x07\ufeff\u00a0")


@given(st.lists(st.tuples(chars, st.sampled_from(["O", "B-A", "I-A", "B-B", "I-B"])), min_size=1))
def test_what_is_left_is_each_span_stripped(drawn: list[tuple[str, str]]) -> None:
    text, tags = "".join(char for char, _ in drawn), [tag for _, tag in drawn]
    expected = []
    for start, end, label in spans_from_tags(tags):
        seen = [at for at in range(start, end) if unicodedata.category(text[at])[0] not in "ZC"]
        if seen:
            expected.append(EntitySpan(seen[0], seen[-1] + 1, label))
    trimmed, _ = trim_entities(text, tags)
    assert spans_from_tags(trimmed) == expected
    assert len(tags_from_spans(expected, len(text))) == len(trimmed)


def test_trimmed_entities_are_counted_with_the_place_of_the_first(tmp_path: Path) -> None:
    path, report = tmp_path / "train.bio", ReadReport()
    path.write_text(
        "好\tO\n\n\u200b\tB-PER\n明\tI-PER\n去\tO\n\n明\tB-PER\n\u200e\tI-PER\n", encoding="utf-8"
    )
    read = [" ".join(sentence.tags) for sentence in read_sentences(path, report=report)]
    assert read == ["O", "O B-PER O", "B-PER O"]
    assert (report.trimmed, report.trimmed_at, report.entities) == (2, f"{path}:3", {"PER": 2})
    [note] = trimming_notes(report)
    assert note.startswith("2 entities begin or end with white space or an invisible character, first in the")
    assert f" sentence at {path}:3: read without it" in note
