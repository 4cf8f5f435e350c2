"""Every sentence is judged once, by a tagger that saw neither it nor a copy of it; a run that was stopped goes on."""

import errno
from collections.abc import Sequence
from pathlib import Path

import pytest

from model.tags.schemes import EntitySpan
from training.corpus.comparison import folded
from training.corpus.reader import Sentence
from training.data.cache import CacheError
from training.suspects.crossfit import cross_fit
from training.suspects.disagreements import Disagreement
from training.suspects.folds import assign_folds
from training.suspects.judge import Judge

SENTENCES = [Sentence(f"第{number % 20}句", ("O",) * len(f"第{number % 20}句")) for number in range(30)]


class Stand:
    """Stands in for the fits: judges a sentence by how often its text was seen, and remembers what it was asked."""

    def __init__(self, fails_at: int = 0, error: BaseException | None = None) -> None:
        self.fits = 0
        self.fails_at = fails_at
        self.error = error or KeyboardInterrupt()

    def fit(self, known: Sequence[Sentence], folder: Path) -> Judge:
        self.fits += 1
        assert not list(folder.iterdir())
        (folder / "arrays").write_bytes(b"of this fit")
        if self.fits == self.fails_at:
            raise self.error
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


def test_what_a_fit_keeps_on_disk_lies_in_the_cache_and_goes(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(Stand(fails_at=2), tmp_path)
    kept = {"disagreements.json", "meta.json"}
    assert sorted(path.suffix for path in tmp_path.iterdir()) == ["", ".lock", ".lock"]
    run(Stand(), tmp_path)
    assert [{path.name for path in folder.iterdir()} for folder in tmp_path.iterdir() if folder.is_dir()] == [
        kept
    ] * 3


def test_what_a_killed_run_has_left_is_taken_away(tmp_path: Path) -> None:
    run(Stand(), tmp_path)
    done = next(path for path in tmp_path.iterdir() if path.is_dir())
    left = tmp_path / f"{done.name}.partial" / "scratch"
    done.rename(left.parent)
    left.mkdir()
    (left / "arrays").write_bytes(b"of the killed run")
    run(Stand(), tmp_path)
    assert not left.exists()
    assert done.exists()


def test_a_full_disk_names_the_cache(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(CacheError) as raised:
        run(Stand(fails_at=1, error=full), tmp_path)
    where, _, said = str(raised.value).partition(": ")
    assert (Path(where).parent, said) == (
        tmp_path,
        "the disk is full; make room or choose another cache folder",
    )
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


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
