"""All words of a text, against a search that tries every part of it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.features.trie import build_trie, find_words

CHARACTERS = "北京大学生a😀\ud800\U0010ffff"


def every_part(words: list[str], text: str) -> list[list[int]]:
    known = {word: number for number, word in enumerate(words)}
    return [
        [known[text[start:end]], start, end]
        for end in range(1, len(text) + 1)
        for start in range(end)
        if text[start:end] in known
    ]


@given(
    st.lists(st.text(CHARACTERS, min_size=1, max_size=5), unique=True, min_size=1, max_size=40),
    st.text(CHARACTERS, max_size=60),
)
def test_every_word_is_found_by_end_longer_ones_first(words: list[str], text: str) -> None:
    trie = build_trie("".join(words), np.cumsum([len(word) for word in words], dtype=np.int32))
    assert find_words(trie, text).tolist() == every_part(words, text)


def test_more_words_than_characters_of_the_text() -> None:
    words = ["京" * length for length in range(1, 30)]
    trie = build_trie("".join(words), np.cumsum([len(word) for word in words], dtype=np.int32))
    assert find_words(trie, "京" * 100).tolist() == every_part(words, "京" * 100)


def test_the_table_has_no_more_slots_than_serve() -> None:
    words = [f"中华人民{number:04}" for number in range(1000)]
    trie = build_trie("".join(words), np.cumsum([len(word) for word in words], dtype=np.int32))
    assert trie.words.size == 1 + 4 + 1 + 10 + 100 + 1000
    assert trie.keys.size == 4096
