"""Text without labels: what is held out of it, and how much of it is used."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from toy import write_toy_corpus

from training.corpus.reader import read_sentences
from training.inputs.corpora import Corpora, open_corpora
from training.inputs.unlabelled import find_unlabelled, identity_with_texts
from training.settings.config import ConfigError, FitConfig


def corpora_with(text: str, folder: Path) -> Corpora:
    write_toy_corpus(folder)
    (folder / "raw.txt").write_text(text, encoding="utf-8")
    parts = {part: (str(folder / f"{part}.bio"),) for part in ("train", "dev", "test")}
    return open_corpora(
        FitConfig(
            **parts,
            raw=("none",),
            word_vectors="none",
            dictionary="none",
            unlabelled=(str(folder / "raw.txt"),),
        )
    )


def texts_of(corpora: Corpora, most_chars: int = 10**6) -> list[str]:
    return [sentence.text for sentence in find_unlabelled(corpora, 100, most_chars).sentences()]


def test_lines_are_cut_into_sentences_tagged_o(tmp_path: Path) -> None:
    corpora = corpora_with("他走了。她来了！\n\n  我们都在。  \n", tmp_path)
    sentences = list(find_unlabelled(corpora, 100, 10**6).sentences())
    assert [sentence.text for sentence in sentences] == ["他走了。", "她来了！", "我们都在。"]
    assert all(set(sentence.tags) == {"O"} for sentence in sentences)


@pytest.mark.parametrize("part", ["dev", "test"])
def test_sentences_of_dev_and_test_are_left_out_and_counted(part: str, tmp_path: Path) -> None:
    write_toy_corpus(tmp_path)
    held_out = [s.text for s in read_sentences([tmp_path / f"{part}.bio"]) if len(s.text) > 6][:3]
    corpora = corpora_with(f"这是别的话。{held_out[0]}还有一句。\n{held_out[1]}\n{held_out[2]}\n", tmp_path)
    found = find_unlabelled(corpora, 100, 10**6)
    assert [sentence.text for sentence in found.sentences()] == ["这是别的话。", "还有一句。"]
    assert found.dropped == 3
    assert "3 sentences left out because dev or test has them, too" in found.describe()


def test_more_than_can_be_read_is_thinned_out_evenly(tmp_path: Path) -> None:
    lines = [f"第{number:04}行在这里。" for number in range(1000)]
    corpora = corpora_with("\n".join(lines), tmp_path)
    chosen = texts_of(corpora, most_chars=100 * len(lines[0]))
    assert len(chosen) == pytest.approx(100, abs=1)
    places = [lines.index(text) for text in chosen]
    assert max(after - before for before, after in pairwise(places)) <= 11


def test_however_little_can_be_read_there_is_something(tmp_path: Path) -> None:
    corpora = corpora_with("第一行在这里。\n第二行在这里。\n", tmp_path)
    assert texts_of(corpora, most_chars=1) == ["第一行在这里。"]
    assert texts_of(corpora, most_chars=0) == []


def test_other_text_is_another_fit(tmp_path: Path) -> None:
    before, same, other = (
        identity_with_texts("own", corpora_with(text, tmp_path))
        for text in ("一行。\n", "一行。\n", "两行。\n")
    )
    assert before == same != other
    without = replace(corpora_with("", tmp_path).sources, unlabelled=())
    assert identity_with_texts("own", replace(corpora_with("", tmp_path), sources=without)) == "own"


def test_nothing_left_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    write_toy_corpus(tmp_path)
    text = next(s.text for s in read_sentences([tmp_path / "dev.bio"]) if len(s.text) > 6)
    corpora = corpora_with(text, tmp_path)
    with pytest.raises(ConfigError, match="--unlabelled: expected text that is not in dev or test, got none"):
        find_unlabelled(corpora, 100, 10**6)


def test_text_that_is_all_used_is_the_same_however_much_more_could_be_read(tmp_path: Path) -> None:
    corpora = corpora_with("他走了。\n她来了。\n", tmp_path)
    assert (
        find_unlabelled(corpora, 100, 10).most_chars == find_unlabelled(corpora, 100, 10**6).most_chars == 8
    )
    assert find_unlabelled(corpora, 100, 5).most_chars == 5
