"""What is odd about the edges of an entity, and that the page and the JSON name where."""

import json
from pathlib import Path

import pytest

from training.check import main
from training.corpus.reader import Sentence
from training.corpus.writer import write_sentences
from training.inspection.edges import PUNCTUATION, UNBALANCED, edge_fault


@pytest.mark.parametrize(
    ("surface", "fault"),
    [
        ("北京", None),
        ("北京，", PUNCTUATION),
        ("、北京", PUNCTUATION),
        ("·史密斯", PUNCTUATION),
        ("约翰·史密斯", None),
        ("……", PUNCTUATION),
        ("《茶馆》", None),
        ("《茶馆", UNBALANCED),
        ("茶馆》", UNBALANCED),
        ("》茶馆《", UNBALANCED),
        ("华为（中国）", None),
        ("（中国》", UNBALANCED),
        ('"神舟', UNBALANCED),
        ('"神舟"', None),
        ("“神舟”五号", None),
        ("Apple Inc.", None),
        ("Yahoo！", None),
        ("公司.", PUNCTUATION),
        ("5%", None),
        ("@小明", None),
    ],
)
def test_odd_edges_are_told_from_sound_ones(surface: str, fault: str | None) -> None:
    assert edge_fault(surface) == fault


def test_odd_edges_are_counted_with_their_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "train.bio"
    write_sentences(
        path,
        [
            Sentence("看《茶馆》", ("O", "B-WORK", "I-WORK", "I-WORK", "O")),
            Sentence("去北京,", ("O", "B-LOC", "I-LOC", "I-LOC")),
        ],
    )
    assert main(["--train", str(path)]) == 0
    page = capsys.readouterr().out
    assert f"train: 1 entities {UNBALANCED}: 《茶馆 ({path}:2)\n" in page
    assert f"train: 1 entities {PUNCTUATION}: 北京， ({path}:8)\n" in page
    assert main(["--train", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["splits"]["train"]["odd_edges"]
    assert found[PUNCTUATION] == {"entities": 1, "places": [[f"{path}:8", "北京，"]]}
