"""Entities in brackets: as taking brackets away one by one finds them, and however many there are."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.tags.tag_set import is_label
from training.corpus.reader import ReadReport
from training.formats.inline import parse
from training.formats.reading import read_documents
from training.formats.sources import Source

N = 20_000


def one_by_one(line: str) -> tuple[str, list[tuple[int, int, str]]]:
    """Return the text and the entities of a line, each bracket and label taken out of the text when it ends."""
    text, opened = "", []
    found: list[tuple[int, int, str]] = []
    for char in line:
        if char == "]" and opened:
            start = opened.pop()
            inside, space, label = text[start + 1 :].rpartition(" ")
            end = start + 1 + len(inside)
            if space and inside and is_label(label) and all(e <= end for _, e, _ in found):
                text = text[:start] + inside
                found = [(s - (s > start), e - (s > start), name) for s, e, name in found]
                found.append((start, end - 1, label))
                continue
        if char == "[":
            opened.append(len(text))
        text += char
    return text, found


@example("[小 [明 A]]")
@example("[[小 A]明 B]")
@settings(max_examples=300)
@given(st.text(st.sampled_from("小[[]] A\t"), max_size=16))
def test_brackets_are_read_as_one_by_one(line: str) -> None:
    text, spans = parse(line)
    expected, found = one_by_one(line)
    assert (text, sorted((one.start, one.end, one.label) for one in spans)) == (expected, sorted(found))
    assert [(one.start, -one.end) for one in spans] == sorted((one.start, -one.end) for one in spans)


@pytest.mark.parametrize(
    ("line", "text", "found"),
    [
        ("[" * N + "小" + " A]" * N, "小", {(0, 1): N}),
        (
            "[小 A" * N + "]" * N,
            "[小 A" * (N - 1) + "小" + "]" * (N - 1),
            {(4 * (N - 1), 4 * (N - 1) + 1): 1},
        ),
        ("[" * N + "小 A" + "]" * N, "[" * (N - 1) + "小" + "]" * (N - 1), {(N - 1, N): 1}),
        ("[" * N + "小 " + "A" * 65 + "]" * N, "[" * N + "小 " + "A" * 65 + "]" * N, {}),
        ("[小 A]" * N, "小" * N, {(at, at + 1): 1 for at in range(N)}),
    ],
    ids=["each an entity", "one in each", "one inside", "none", "one after another"],
)
def test_a_line_of_many_brackets(
    tmp_path: Path, line: str, text: str, found: dict[tuple[int, int], int]
) -> None:
    (tmp_path / "a.txt").write_text(line, "utf-8")
    [document] = read_documents(Source(tmp_path / "a.txt"), "inline", ReadReport())
    counted: dict[tuple[int, int], int] = {}
    for span in document.spans:
        counted[span.start, span.end] = counted.get((span.start, span.end), 0) + 1
    assert (document.text, counted) == (text, found)
