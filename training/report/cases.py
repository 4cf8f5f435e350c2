"""What a report is made from, gathered while a tagger is evaluated: counts of each sentence, scores, mistakes.

evaluate(..., also=cases.add) -> Cases --describe--> numbers, as they stand in JSON
"""

from array import array
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from model.tags.schemes import EntitySpan
from training.corpus.comparison import folded
from training.corpus.reader import Sentence
from training.metrics.evaluation import KnownEntities, ScoredSpan
from training.metrics.scoring import strict_spans
from training.report.bootstrap import RESAMPLES, intervals, rates_of, resampled_sums
from training.report.groups import Group, groups_of, in_order
from training.report.mistakes import Mistakes
from training.report.thresholds import Thresholds

RATES = ("precision", "recall", "f1")


class Cases:
    """Running counts of each sentence and group: a few numbers for each entity, whatever the texts are.

    known: (normalised text, label) of the entities of training, to tell seen from unseen. known_texts: its sentences.
    """

    def __init__(
        self, known: KnownEntities | None = None, known_texts: Collection[str] | None = None
    ) -> None:
        self.known, self.known_texts = known, known_texts
        self.mistakes = Mistakes()
        self.thresholds = Thresholds()
        self.sentences = 0
        self._groups: dict[Group, int] = {}
        # One entry for each sentence and group that has a count there.
        self._sentence, self._group = array("q"), array("q")
        self._counts = array("q")  # gold, predicted, correct of each entry

    def add(self, sentence: Sentence, entities: Sequence[ScoredSpan]) -> None:
        """Count one sentence and what was predicted for its text. Gold tags are read strictly."""
        gold = set(strict_spans(sentence.tags))
        predicted = {EntitySpan(entity.start, entity.end, entity.label) for entity in entities}
        is_copy = None if self.known_texts is None else folded(sentence.text) in self.known_texts
        counts: Counter[tuple[Group, int]] = Counter()
        for column, spans in enumerate((gold, predicted, gold & predicted)):
            for span in spans:
                counts.update(
                    (group, column) for group in groups_of(span, sentence.text, self.known, is_copy)
                )
        for group in dict.fromkeys(group for group, _ in counts):
            self._sentence.append(self.sentences)
            self._group.append(self._groups.setdefault(group, len(self._groups)))
            self._counts.extend(counts[group, column] for column in range(3))
        self.thresholds.add(gold, entities)
        self.mistakes.add(sentence, gold, entities)
        self.sentences += 1

    def counts(self) -> tuple[list[Group], np.ndarray[Any, Any]]:
        """Return the groups in order, and gold, predicted and correct entities: float64 [sentences, groups, 3]."""
        groups = in_order(self._groups)
        places = np.array([groups.index(group) for group in self._groups], np.int64)
        table = np.zeros((self.sentences, len(groups), 3))
        if self._group:
            sentences, group = (np.array(column, np.int64) for column in (self._sentence, self._group))
            table[sentences, places[group]] = np.array(self._counts, np.int64).reshape(-1, 3)
        return groups, table

    def describe(self, resamples: int = RESAMPLES) -> dict[str, Any]:
        """Return the numbers of a report, as they stand in JSON.

        groups: by kind and name, counts, rates and their 95 % intervals. min_score: for each label, where to cut.
        """
        groups, table = self.counts()
        sums = table.sum(0)  # [groups, 3]
        rates = rates_of(sums)
        resampled = resampled_sums(table.reshape(self.sentences, 3 * len(groups)), resamples)
        bounds = intervals(rates_of(resampled.reshape(resamples, len(groups), 3)))  # [2, groups, 3]
        described: dict[str, dict[str, Any]] = {}
        for index, (kind, name) in enumerate(groups):
            counted = dict(
                zip(("gold", "predicted", "correct"), sums[index].astype(int).tolist(), strict=True)
            )
            described.setdefault(kind, {})[name] = {
                **counted,
                **dict(zip(RATES, rates[index].tolist(), strict=True)),
                "interval": dict(zip(RATES, bounds[:, index].T.tolist(), strict=True)),
            }
        return {"resamples": resamples, "groups": described, "min_score": self.thresholds.suggest()}
