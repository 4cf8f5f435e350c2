"""How words are counted, against the definition tried out on every pair of matches; and how text is segmented."""

from hypothesis import given
from hypothesis import strategies as st

from training.embeddings.words import count_words, read_segmented, segment


def slow_counts(words: list[str], texts: list[str]) -> list[int]:
    counts = dict.fromkeys(words, 1)
    for text in texts:
        found = [
            (start, start + len(word), word)
            for word in words
            for start in range(len(text))
            if text.startswith(word, start)
        ]
        for start, end, word in found:
            covered = any(low <= start and end <= high and high - low > end - start for low, high, _ in found)
            counts[word] += not covered
    return list(counts.values())


@given(
    st.lists(st.text("北京大学生", min_size=1, max_size=4), unique=True, min_size=1, max_size=10),
    st.lists(st.text("北京大学生", max_size=15), max_size=3),
)
def test_a_word_counts_where_no_longer_one_covers_it(words: list[str], texts: list[str]) -> None:
    assert count_words(words, texts) == slow_counts(words, texts)


def test_segmented_text_is_normalised_and_without_white_space() -> None:
    assert list(segment(["他在　北京大学　读书"])) == [["他", "在", "北京大学", "读书"]]
    assert list(read_segmented(["１９９８年  新华社"])) == [["1998年", "新华社"]]
