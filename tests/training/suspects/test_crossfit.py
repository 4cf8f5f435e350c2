"""Every sentence is judged once, by a tagger that saw neither it nor a copy of it; a run that was stopped goes on."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from model.tags.schemes import EntitySpan
from training.corpus.comparison import folded
from training.corpus.reader import Sentence
from training.suspects.crossfit import cross_fit
from training.suspects.disagreements import Disagreement
from training.suspects.folds import assign_folds
from training.suspects.judge import Judge

SENTENCES = [Sentence(f"第{number % 20}句", ("O",) * len(f"第{number % 20}句")) for number in range(30)]


class Stand:
    """Stands in for the fits: judges a sentence by how often its text was seen, and remembers what it was asked."""

    def __init__(self, fails_at: int = 0) -> None:
        self.fits = 0
        self.fails_at = fails_at

    def fit(self, known: Sequence[Sentence]) -> Judge:
        self.fits += 1
        if self.fits == self.fails_at:
            raise KeyboardInterrupt
        seen = [folded(sentence.text) for sentence in known]

        def judge(sentences: Sequence[Sentence]) -> list[list[Disagreement]]:
            return [
                [Disagreement(0, 1, (), (EntitySpan(0, 1, "A"),), -float(seen.count(folded(one.text))), 0.0)]
                for one in sentences
            ]

        return judge


def run(stand: Stand, cache: Path, sentences=SENTENCES, identity: str = "one", folds: int = 3) -> list:
    said: list[str] = []
    found = cross_fit(
        sentences, stand.fit, folds=folds, seed=1, cache=cache, identity=identity, say=said.append
    )
    assert len(said) == 2 * folds
    return found


def test_no_tagger_has_seen_what_it_judges(tmp_path: Path) -> None:
    found = run(Stand(), tmp_path)
    assert [len(of_one) for of_one in found] == [1] * len(SENTENCES)
    assert all(one.gold_log == 0 for of_one in found for one in of_one)


def test_a_stopped_run_goes_on_at_its_fold(tmp_path: Path) -> None:
    stopped = Stand(fails_at=2)
    with pytest.raises(KeyboardInterrupt):
        run(stopped, tmp_path)
    resumed = Stand()
    found = run(resumed, tmp_path)
    assert resumed.fits == 2
    assert found == run(Stand(), tmp_path / "anew")
    assert run(again := Stand(), tmp_path) == found
    assert again.fits == 0


@pytest.mark.parametrize("changed", ["tags", "identity", "folds"])
def test_what_was_kept_is_not_used_for_something_else(tmp_path: Path, changed: str) -> None:
    run(Stand(), tmp_path)
    stand = Stand()
    if changed == "tags":
        other = [Sentence(one.text, ("B-A", *one.tags[1:])) for one in SENTENCES]
        run(stand, tmp_path, sentences=other)
    elif changed == "identity":
        run(stand, tmp_path, identity="other")
    else:
        run(stand, tmp_path, folds=4)
    assert stand.fits == (4 if changed == "folds" else 3)


def test_folds_are_even_and_copies_stay_together() -> None:
    folds = assign_folds(SENTENCES, 3, seed=5)
    assert folds[:10] == folds[20:]
    assert sorted(folds[:20].count(fold) for fold in range(3)) == [6, 7, 7]
    assert folds == assign_folds(SENTENCES, 3, seed=5) != assign_folds(SENTENCES, 3, seed=6)
    spaced = [Sentence("ＮＢＡ赛", ("O",) * 4), Sentence("NBA 赛", ("O",) * 5)]
    assert len(set(assign_folds(spaced, 2, seed=1))) == 1
