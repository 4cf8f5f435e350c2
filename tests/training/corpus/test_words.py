"""A corpus of words is read as the text that people write and send."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.corpus.reader import read_sentences
from training.corpus.words import join_words


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("小明 在 北京 大学 读书 。", "小明在北京大学读书。"),
        ("2023 年 ， iPhone 很 好", "2023年，iPhone很好"),
        ("Barack Obama met Joe Biden", "Barack Obama met Joe Biden"),
        ("他 见 到 Barack Obama 。", "他见到Barack Obama。"),
        ("约翰 · 史密斯 —— “ 你 好 ” …… 他 说", "约翰·史密斯——“你好”……他说"),
        ("ＮＢＡ 全明星 👍 好", "ＮＢＡ全明星👍好"),
        ("ノート パソコン", "ノートパソコン"),
        ("서울 대학교 에서", "서울 대학교 에서"),
        ("Владимир Путин", "Владимир Путин"),
        ("3 . 5 %", "3 . 5 %"),
    ],
)
def test_spaces_stand_where_the_script_writes_them(words: str, text: str) -> None:
    joined, starts = join_words(words.split())
    assert joined == text
    assert all(joined.startswith(word, start) for start, word in zip(starts, words.split(), strict=True))


words = st.lists(st.text(st.characters(exclude_categories=["Z", "Cc", "Cs"]), min_size=1), min_size=1)


@given(words)
def test_words_joined_are_the_words_with_at_most_a_space_between(drawn: list[str]) -> None:
    text, starts = join_words(drawn)
    ends = [start + len(word) for start, word in zip(starts, drawn, strict=True)]
    assert starts[0] == 0
    assert {text[end:start] for end, start in zip(ends, starts[1:], strict=False)} <= {"", " "}
    assert len(text) == ends[-1]


@pytest.mark.parametrize(
    ("lines", "text", "tags"),
    [
        ("成都 B-LOC|是 O|好 O|地方 O", "成都是好地方", "B-LOC I-LOC O O O O"),
        ("纽约 B-LOC|市长 I-LOC|去 O", "纽约市长去", "B-LOC I-LOC I-LOC I-LOC O"),
        ("北京 B-LOC|上海 B-LOC", "北京上海", "B-LOC I-LOC B-LOC I-LOC"),
        ("New B-LOC|York I-LOC|的 O", "New York的", "B-LOC" + " I-LOC" * 7 + " O"),
        ("New B-LOC|York B-LOC", "New York", "B-LOC I-LOC I-LOC O B-LOC I-LOC I-LOC I-LOC"),
        ("张 S-PER|华为 B-ORG|公司 E-ORG|好 O", "张华为公司好", "B-PER B-ORG I-ORG I-ORG I-ORG O"),
    ],
)
def test_tags_are_spread_over_the_characters_of_the_words(
    tmp_path: Path, lines: str, text: str, tags: str
) -> None:
    (tmp_path / "train.bio").write_text(lines.replace("|", "\n"), encoding="utf-8")
    [sentence] = read_sentences(tmp_path / "train.bio", unit="word")
    assert (sentence.text, " ".join(sentence.tags)) == (text, tags)
