"""Files whose sentences run together are noted, others are not."""

import pytest

from training.corpus.blank_lines import BlankLines
from training.corpus.reader import Sentence


def notes_on(*texts: str) -> list[str]:
    blank_lines = BlankLines()
    for text in texts:
        blank_lines.add(Sentence(text, ("O",) * len(text), "a.bio"))
    return blank_lines.notes()


@pytest.mark.parametrize(
    "texts",
    [
        ["他来了"],
        ["他来了。"],
        ["他说：“来了！”"],
        ["他来了。", "她走了。"],
        ["一条微博。两句话！" * 3, "又一条。", "再一条。"],
    ],
)
def test_a_corpus_with_blank_lines_has_no_note(texts: list[str]) -> None:
    assert notes_on(*texts) == []


@pytest.mark.parametrize(
    ("texts", "note"),
    [
        (["他来了。她走了。"], "no blank line in 8 characters, which are read as one sentence"),
        (["他说：“来了！”她走了"], "for example after '他说：“来了！”' (a sentence ends at 1 place inside)"),
        (["他来了。" * 50, "她走了。"], "no blank line in 200 characters"),
        (["他来了。" * 50, "她走了。"], "(a sentence ends at 49 places inside)"),
        (["她走了。"] * 500 + ["他来了。" * 50], "(a sentence ends at 49 places inside)"),
        (
            ["他们，" * 400],
            "no blank line in 1,200 characters, which are read as one sentence; put a blank line",
        ),
    ],
)
def test_sentences_that_run_together_are_noted_with_a_place_to_cut(texts: list[str], note: str) -> None:
    [found] = notes_on(*texts)
    assert found.startswith("a.bio:0: ")
    assert note in found
    assert "put a blank line after each sentence" in found


def test_each_file_is_looked_at_by_itself() -> None:
    blank_lines = BlankLines()
    for path, text in (("a.bio", "他来了。她走了。"), ("b.bio", "他来了。"), ("b.bio", "她走了。")):
        blank_lines.add(Sentence(text, ("O",) * len(text), path))
    assert [note.partition(":")[0] for note in blank_lines.notes()] == ["a.bio"]
