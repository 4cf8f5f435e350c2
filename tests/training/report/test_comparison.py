"""Two taggers compared: the test against a loop over resamples, and every change by hand."""

import random

import numpy as np
import pytest

from model.tags.schemes import EntitySpan, tags_from_spans
from training.corpus.reader import Sentence
from training.report.bootstrap import draws
from training.report.comparison import Comparison
from training.report.verdict import verdict

LOC, ORG = EntitySpan(0, 2, "LOC"), EntitySpan(0, 2, "ORG")


def sentence(text: str, *spans: EntitySpan) -> Sentence:
    return Sentence(text, tuple(tags_from_spans(spans, len(text))), "a.bio", 1)


def drawn_taggers(seed: int, right: tuple[float, float]) -> list[tuple[list[EntitySpan], ...]]:
    """Return gold and what two taggers found, sentence by sentence; each is right so often."""
    dice = random.Random(seed)
    made = []
    for _ in range(40):
        gold = [
            EntitySpan(at, at + 2, dice.choice(["LOC", "PER"])) for at in range(0, dice.randint(0, 3) * 3, 3)
        ]
        sides = [
            [span if dice.random() < share else span._replace(label="ORG") for span in gold]
            for share in right
        ]
        made.append((gold, *sides))
    return made


def compared(made: list[tuple[list[EntitySpan], ...]]) -> Comparison:
    comparison = Comparison()
    for gold, first, second in made:
        comparison.add(sentence("人" * 12, *gold), dict.fromkeys(first, 0.5), dict.fromkeys(second, 0.5))
    return comparison


def f1(pairs: list[tuple[list[EntitySpan], list[EntitySpan]]]) -> float:
    right = sum(len(set(gold) & set(found)) for gold, found in pairs)
    total = sum(len(gold) + len(found) for gold, found in pairs)
    return 2 * right / total if total else 0.0


@pytest.mark.parametrize("right", [(0.6, 0.9), (0.9, 0.6), (0.8, 0.8)])
def test_difference_interval_and_p_are_those_of_a_loop(right: tuple[float, float]) -> None:
    made = drawn_taggers(3, right)
    numbers = compared(made).describe(resamples=400, seed=11)["scores"]["all"]
    differences = []
    for drawn in np.concatenate(list(draws(len(made), 400, seed=11))):
        chosen = [made[index] for index in drawn]
        differences.append(f1([(g, b) for g, _, b in chosen]) - f1([(g, a) for g, a, _ in chosen]))
    smaller = min(sum(d <= 0 for d in differences), sum(d >= 0 for d in differences))
    assert numbers["difference"] == pytest.approx(
        f1([(g, b) for g, _, b in made]) - f1([(g, a) for g, a, _ in made])
    )
    assert numbers["interval"] == pytest.approx(np.percentile(differences, [2.5, 97.5]))
    assert numbers["p"] == pytest.approx(min(1, 2 * (smaller + 1) / 401))


@pytest.mark.parametrize(
    ("right", "said"),
    [
        ((0.3, 0.9), "B is better: B less A is +"),
        ((0.9, 0.3), "A is better: B less A is -"),
        ((0.8, 0.82), "cannot tell"),
    ],
)
def test_the_verdict_is_that_of_the_test(right: tuple[float, float], said: str) -> None:
    assert said in verdict(compared(drawn_taggers(5, right)).describe(500))


def test_a_tagger_is_no_better_than_itself() -> None:
    numbers = compared([(gold, a, a) for gold, a, _ in drawn_taggers(1, (0.5, 0.5))]).describe(200)
    assert (numbers["scores"]["all"]["p"], numbers["scores"]["all"]["interval"]) == (1.0, [0.0, 0.0])
    assert verdict(numbers) == "A and B score the same."


@pytest.mark.parametrize(
    ("gold", "first", "second", "entities", "inventions"),
    [
        ([LOC], [], [LOC], {"fixed": 1}, {}),
        ([LOC], [LOC], [], {"broken": 1}, {}),
        ([LOC], [LOC], [ORG], {"broken": 1}, {"broken": 1}),
        ([LOC], [ORG], [LOC], {"fixed": 1}, {"fixed": 1}),
        ([LOC], [ORG], [ORG], {"both wrong": 1}, {"both wrong": 1}),
        ([LOC], [LOC], [LOC], {"both right": 1}, {}),
        ([], [LOC], [], {}, {"fixed": 1}),
        ([], [], [LOC], {}, {"broken": 1}),
    ],
)
def test_every_change_has_its_name(gold, first, second, entities, inventions) -> None:
    numbers = compared([(gold, first, second)]).describe(100)
    for counted, expected in (("entities", entities), ("inventions", inventions)):
        found = {kind: n for kinds in numbers[counted].values() for kind, n in kinds.items() if n}
        assert found == expected


def test_nothing_at_all_can_be_compared() -> None:
    assert Comparison().describe(100)["scores"]["all"]["p"] == 1
    assert verdict(compared([([], [], [])]).describe(100)) == "A and B score the same."
