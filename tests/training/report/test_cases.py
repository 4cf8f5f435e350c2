"""The numbers of a report against those of the scores, and counts by hand."""

import random

import numpy as np
import pytest

from model.tagger import Entity
from model.tags.schemes import EntitySpan, tags_from_spans
from training.corpus.reader import Sentence
from training.metrics.evaluation import evaluate, known_sentences
from training.metrics.excerpt import MAX_TEXT_CHARS
from training.report import browser
from training.report.cases import Cases
from training.report.groups import groups_of, in_order
from training.report.page import part_numbers
from training.report.thresholds import suggest_cuts

LABELS = ("LOC", "ORG", "PER")


def sentence(text: str, *spans: tuple[int, int, str], line: int = 1) -> Sentence:
    return Sentence(text, tuple(tags_from_spans([EntitySpan(*s) for s in spans], len(text))), "a.bio", line)


class Dice:
    """Tags a text by chance, the same each time; some entities are those of the corpus."""

    def __init__(self, gold: dict[str, list[EntitySpan]]) -> None:
        self.gold = gold

    def tag(self, texts):
        return [list(self.tag_one(text)) for text in texts]

    def tag_one(self, text):
        dice = random.Random(text)
        for start, end, label in self.gold[text]:
            how = dice.choice(["right", "right", "label", "boundary", "missed"])
            if how != "missed":
                label = dice.choice(LABELS) if how == "label" else label
                end = start + 1 if how == "boundary" else end
                yield Entity(start, end, text[start:end], label, round(dice.random(), 4))

    def score_spans(self, texts, spans):
        return [[0.125] * len(of_text) for of_text in spans]


@pytest.fixture(scope="module")
def corpus() -> list[Sentence]:
    dice = random.Random(5)
    made = []
    for number in range(60):
        text = f"{number:03}" + "上海的人" * dice.randint(1, 12)
        starts = sorted(dice.sample(range(3, len(text) - 1, 4), k=dice.randint(0, min(3, len(text) // 4))))
        spans = [(start, start + dice.randint(1, 3), dice.choice(LABELS)) for start in starts]
        made.append(sentence(text, *(span for span in spans if span[1] <= len(text)), line=number + 1))
    return made


@pytest.fixture(scope="module")
def evaluated(corpus: list[Sentence]):
    known = {("上", "LOC"), ("上海", "ORG")}
    gold = {s.text: [EntitySpan(*span) for span in spans_of(s)] for s in corpus}
    known_texts = known_sentences(corpus[::4])
    tagger, cases = Dice(gold), Cases(known, known_texts)
    report = evaluate(tagger, corpus, known=known, known_texts=known_texts, also=cases.add)
    cases.mistakes.score_missed(tagger)
    return report, cases


def spans_of(one: Sentence) -> list[EntitySpan]:
    from training.metrics.scoring import strict_spans

    return strict_spans(one.tags)


def test_rates_are_those_of_the_scores(evaluated) -> None:
    report, cases = evaluated
    numbers = part_numbers(report, cases)
    labels = numbers["groups"]["label"]
    assert labels.keys() == report.strict["labels"].keys()
    for label, rates in report.strict["labels"].items():
        assert labels[label]["gold"] == rates["support"]
        for rate in ("precision", "recall", "f1"):
            assert labels[label][rate] == pytest.approx(rates[rate])
    assert numbers["groups"]["all"]["all"]["f1"] == pytest.approx(report.strict["micro"]["f1"])
    for name, scores in (("seen in training", report.seen), ("not seen", report.unseen)):
        assert numbers["groups"]["seen"][name]["f1"] == pytest.approx(scores["micro"]["f1"])
    assert numbers["groups"]["copy"]["new"]["f1"] == pytest.approx(report.new["strict"]["micro"]["f1"])


def test_every_kind_of_group_counts_every_entity_once(evaluated) -> None:
    groups = evaluated[1].describe()["groups"]
    for column in ("gold", "predicted", "correct"):
        assert {sum(row[column] for row in rows.values()) for rows in groups.values()} == {
            groups["all"]["all"][column]
        }


def test_an_interval_holds_its_rate_and_is_the_same_again(evaluated) -> None:
    described = evaluated[1].describe()
    for rows in described["groups"].values():
        for row in rows.values():
            for rate, (low, high) in row["interval"].items():
                assert 0 <= low <= row[rate] + 1e-9
                assert row[rate] - 1e-9 <= high <= 1
    assert evaluated[1].describe() == described


@pytest.mark.parametrize(
    ("length", "text_length", "expected"),
    [(1, 10, ("1", "1 to 10")), (5, 11, ("5 to 6", "11 to 20")), (30, 81, ("10 and more", "81 and more"))],
)
def test_groups_by_length(length: int, text_length: int, expected: tuple[str, str]) -> None:
    groups = dict(groups_of(EntitySpan(0, length, "PER"), "人" * text_length))
    assert (groups["entity length"], groups["sentence length"]) == expected


def test_lengths_stand_in_their_order() -> None:
    names = ["10 and more", "2", "1", "5 to 6"]
    assert in_order([("entity length", name) for name in names]) == [
        ("entity length", name) for name in ("1", "2", "5 to 6", "10 and more")
    ]


def test_nothing_at_all_has_no_groups() -> None:
    assert Cases().describe()["groups"] == {}
    cases = Cases()
    cases.add(sentence("人"), [])
    assert cases.describe() == {"resamples": 1000, "groups": {}, "min_score": {}}


def test_the_best_cut_is_that_of_trying_all() -> None:
    dice = np.random.default_rng(1)
    scores = dice.random(200).round(4)
    correct = dice.random(200) < scores
    found = suggest_cuts(scores, correct, 150)["best_f1"]
    tried = {
        cut / 100: 2 * correct[scores >= cut / 100].sum() / ((scores >= cut / 100).sum() + 150)
        for cut in range(100)
    }
    assert found["f1"] == pytest.approx(max(tried.values()))
    assert tried[found["min_score"]] == pytest.approx(found["f1"])


def test_where_cutting_gains_nothing_nothing_is_cut() -> None:
    cuts = suggest_cuts(np.full(50, 0.9), np.ones(50, bool), 50)
    assert (cuts["best_f1"]["min_score"], cuts["precise"]["min_score"]) == (0, 0)
    assert suggest_cuts(np.full(50, 0.9), np.zeros(50, bool), 50)["precise"] is None


def test_mistakes_are_those_that_were_counted_the_surest_first(evaluated) -> None:
    report, cases = evaluated
    data = cases.mistakes.to_json({})
    kinds = [finding[0] for item in data["items"] for finding in item["findings"]]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        kind: count for kind, count in report.errors.kinds.items() if kind != "correct"
    }
    surest = [max(finding[3] for finding in item["findings"]) for item in data["items"]]
    assert surest == sorted(surest, reverse=True)
    assert {f[3] for item in data["items"] for f in item["findings"] if f[0] == "missed"} == {0.875}


def test_a_page_carries_so_many_mistakes_and_says_of_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "MAX_SHOWN", 2)
    cases = Cases()
    for number in range(5):
        cases.add(sentence("小明去"), [Entity(2, 3, "去", "LOC", number / 10)])
    data = cases.mistakes.to_json({})
    assert (data["total"], [item["number"] for item in data["items"]]) == (5, [4, 3])


def test_of_a_long_text_the_part_around_the_mistake_is_shown() -> None:
    cases = Cases()
    text = "小" * 2000 + "北京" + "大" * 2000
    cases.add(sentence(text, (0, 2, "PER"), (2000, 2002, "LOC")), [Entity(0, 2, "小小", "PER", 0.9)])
    (item,) = cases.mistakes.to_json({})["items"]
    ((start, end, label, *_),) = item["sides"][0]
    assert (item["text"][start:end], label, item["cut"]) == ("北京", "LOC", [True, True])
    assert len(item["text"]) == MAX_TEXT_CHARS
