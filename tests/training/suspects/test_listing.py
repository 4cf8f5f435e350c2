"""Suspects in order, as lines for people and as files."""

import json
from pathlib import Path

import pytest

from model.tags.schemes import EntitySpan, tags_from_spans
from training.corpus.reader import Sentence
from training.suspects.disagreements import Disagreement
from training.suspects.listing import format_suspects, write_suspects
from training.suspects.ranking import Suspect, rank

TEXT = "他1998年毕业于厦门大学经济系金融专业，后来去了北京"
MAJOR = EntitySpan(16, 20, "ORG")


@pytest.fixture
def suspects() -> list[Suspect]:
    sentence = Sentence(TEXT, tuple(tags_from_spans([MAJOR], len(TEXT))), "train.bio", 7)
    found = [
        Disagreement(16, 20, (MAJOR,), (MAJOR._replace(label="PRO"),), -6.0, -0.25),
        Disagreement(25, 27, (), (EntitySpan(25, 27, "LOC"),), -9.0, -0.01),
    ]
    return rank([Sentence("好", ("O",)), sentence], [[], found])


def test_the_least_probable_gold_tags_come_first(suspects: list[Suspect]) -> None:
    assert [(one.place, round(one.score, 2)) for one in suspects] == [
        ("train.bio:32", 8.99),
        ("train.bio:23", 5.75),
    ]


def test_the_screen_shows_both_readings_and_what_is_around_them(suspects: list[Suspect]) -> None:
    assert format_suspects(suspects, sentences=2).splitlines() == [
        "suspected label errors: 2 places of 2 sentences in which taggers that never saw them differ from the gold "
        "tags; the likeliest errors first",
        "  train.bio:32  9.0  not tagged: …经济系金融专业，后来去了北京 -> [北京]LOC",
        "  train.bio:23  5.8  label: …8年毕业于厦门大学经济系[金融专业]ORG，后来去了北京 -> [金融专业]PRO",
    ]
    assert len(format_suspects(suspects * 30, sentences=2).splitlines()) == 21


def test_files_have_all_of_them(suspects: list[Suspect], tmp_path: Path) -> None:
    write_suspects(tmp_path / "a.tsv", suspects)
    head, *rows = [line.split("\t") for line in (tmp_path / "a.tsv").read_text("utf-8").splitlines()]
    assert head == ["rank", "place", "kind", "score", "gold", "predicted", "text"]
    assert rows[1] == ["2", "train.bio:23", "label", "5.75", "[金融专业]ORG", "[金融专业]PRO", TEXT]
    write_suspects(tmp_path / "a.jsonl", suspects)
    first, _ = map(json.loads, (tmp_path / "a.jsonl").read_text("utf-8").splitlines())
    assert first == {
        "place": "train.bio:32",
        "kind": "not tagged",
        "score": 8.99,
        "start": 25,
        "end": 27,
        "text": TEXT,
        "gold": [],
        "predicted": [{"start": 25, "end": 27, "label": "LOC", "text": "北京"}],
        "gold_probability": 0.000123,
        "predicted_probability": 0.99005,
    }
