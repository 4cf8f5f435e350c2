"""The benchmark of suspects corrupts what it says and nothing else."""

from collections import Counter

import pytest
from suspects import KINDS, corrupt, found_among, table
from toy import toy_sentences

from model.tags.schemes import spans_from_tags
from training.suspects.disagreements import Disagreement
from training.suspects.ranking import Suspect

SENTENCES = list(toy_sentences(200, seed=5))
ENTITIES = sum(len(spans_from_tags(sentence.tags)) for sentence in SENTENCES)


@pytest.mark.parametrize("seed", range(5))
def test_only_the_chosen_places_change_and_each_of_them_does(seed: int) -> None:
    corrupted, done = corrupt(SENTENCES, 0.05, seed)
    assert len(done) == round(0.05 * ENTITIES)
    assert max(counts := Counter(one.kind for one in done).values()) - min(counts) <= 1
    touched = {(one.sentence, char) for one in done for char in range(one.start, one.end)}
    changed = {
        (index, char)
        for index, (before, after) in enumerate(zip(SENTENCES, corrupted, strict=True))
        for char, (tag, new) in enumerate(zip(before.tags, after.tags, strict=True))
        if tag != new
    }
    assert changed <= touched
    for one in done:
        assert changed & {(one.sentence, char) for char in range(one.start, one.end)}
    assert [one.text for one in corrupted] == [one.text for one in SENTENCES]
    assert corrupt(SENTENCES, 0.05, seed) == (corrupted, done)


def test_what_is_found_is_counted_by_kind() -> None:
    corrupted, done = corrupt(SENTENCES, 0.05, 1)
    suspects = [
        Suspect(corrupted[one.sentence], Disagreement(one.start, one.end, (), (), -1.0, 0.0))
        for one in done
        if one.kind != "label"
    ]
    found = found_among(corrupted, suspects, done)
    assert [one.kind for one, is_found in zip(done, found, strict=True) if not is_found] == [
        one.kind for one in done if one.kind == "label"
    ]
    *_, last = table(corrupted, suspects, done, ENTITIES)
    cells = dict(zip(("share", "all", *KINDS), last.strip("| ").split(" | "), strict=True))
    assert [cells[kind] for kind in KINDS] == ["0.0%" if kind == "label" else "100.0%" for kind in KINDS]
