"""The model card: what a fit was told of itself, and what it was not."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from training.export.card import write_card
from training.settings.config import FitConfig

ROW = {"gold": 8, "precision": 0.5, "recall": 0.25, "f1": 1 / 3}
ROW["interval"] = {"precision": [0.4, 0.6], "recall": [0.2, 0.3], "f1": [0.3, 0.4]}
CUT = {"min_score": 0.6, "precision": 0.96, "recall": 0.7, "f1": 0.8}
PART: dict[str, Any] = {
    "sentences": 9,
    "calibration": {"ece": 0.0123},
    "groups": {
        "all": {"all": ROW},
        "label": {"PER": ROW},
        "seen": {"seen in training": {**ROW, "f1": 0.9}, "not seen": {**ROW, "f1": 0.7}},
    },
    "min_score": {"PER": {"best_f1": CUT, "precise": CUT}, "LOC": {"best_f1": CUT, "precise": None}},
}
NUMBERS: dict[str, Any] = {"best_epoch": 2, "epochs": [{}, {}, {}], "shortfalls": []}


def card(path: Path, config: FitConfig, **parts: Any) -> str:
    write_card(path / "README.md", config, NUMBERS | parts)
    return (path / "README.md").read_text("utf-8")


def test_what_the_maker_says_stands_there_and_what_not_is_told(tmp_path: Path) -> None:
    said = card(tmp_path, FitConfig(intended_use='for "news"', licence="CC0-1.0"), dev=PART)
    assert '## Intended use\n\nfor "news"\n' in said
    assert "## Licence\n\nCC0-1.0\n" in said
    assert "## Data\n\nNot given: `zitag fit --data-note` fills it in.\n" in said
    settings = tomllib.loads(said.partition("```toml\n")[2].partition("```")[0])
    assert settings["intended_use"] == 'for "news"'


@pytest.mark.parametrize(
    ("flags", "parts", "expected"),
    [
        (
            {},
            {},
            "Trained on A.bio with seed 5; epoch 2 of 3 was chosen by its entity F1 on dev. It is one fit.",
        ),
        (
            {"ensemble": 2},
            {"ensemble": {"dev_f1": [0.5, 0.625]}},
            "Trained on A.bio: 2 networks, with seeds 6 to 7, saved as one; of each the epoch with the best entity F1 "
            "on dev (50.00%, 62.50%); curves are means of them.",
        ),
    ],
)
def test_how_it_was_trained_and_chosen(
    flags: dict[str, Any], parts: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    said = card(tmp_path, FitConfig(train=("A.bio",), seed=5, **flags), dev=PART, **parts)
    assert f"\n{expected} Other seeds give other scores.\n" in said


def test_scores_have_intervals_and_cuts(tmp_path: Path) -> None:
    said = card(tmp_path, FitConfig(), dev=PART)
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert lines.count("PER 50.00% (40.0-60.0) 25.00% (20.0-30.0) 33.33% (30.0-40.0) 8") == 1
    assert (
        "calibration error of the scores is 0.012. 95 % of the entities are right from these scores on: PER 0.60"
        in said
    )
    assert "(F1 70.0% against 90.0% of names that did)" in said


def test_no_score_to_cut_at_is_chosen_on_test(tmp_path: Path) -> None:
    assert card(tmp_path, FitConfig(), dev=PART, test=PART).count("PER 0.60 (recall 70.0%)") == 1


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"dev": PART}, "This fit scored dev alone"),
        (
            {"dev": PART, "test": PART},
            "scored the test set once, after that. Whether the test set was looked at before",
        ),
    ],
)
def test_of_the_test_set_it_says_what_is_known_and_no_more(
    tmp_path: Path, parts: dict[str, Any], expected: str
) -> None:
    assert expected in card(tmp_path, FitConfig(), **parts)


def test_a_part_without_entities_has_a_card(tmp_path: Path) -> None:
    nothing = {**PART, "groups": {}, "min_score": {}}
    assert "## dev: 9 sentences" in card(tmp_path, FitConfig(), dev=json.loads(json.dumps(nothing)))


@pytest.mark.parametrize(
    ("known", "others", "expected"),
    [
        ({"f1": 0.9}, {"f1": 0.7}, "are missed more often (F1 70.0% against 90.0% of names that did). Latin"),
        (
            {"f1": 0.7},
            {"f1": 0.9},
            "more often (not so here: F1 90.0% against 70.0% of names that did). Latin",
        ),
        ({"f1": 0.9}, {"f1": 0.0, "gold": 0}, "are missed more often. Latin"),
        ({"f1": 0.0, "gold": 0}, {"f1": 0.7}, "are missed more often. Latin"),
    ],
    ids=["as usual", "otherwise", "no new names", "only new names"],
)
def test_names_that_never_stood_in_training_are_compared_where_there_are_both(
    known: dict[str, float], others: dict[str, float], expected: str, tmp_path: Path
) -> None:
    seen = {"seen in training": {**ROW, **known}, "not seen": {**ROW, **others}}
    assert expected in card(tmp_path, FitConfig(), dev={**PART, "groups": {**PART["groups"], "seen": seen}})


def test_a_label_of_backticks_stays_within_its_table(tmp_path: Path) -> None:
    said = card(tmp_path, FitConfig(), dev={**PART, "groups": {"label": {"````": ROW}}})
    assert said.count("\n`````\n") == 2
