"""What a fit fell short of, and what to do: nothing learnt, labels never found, stopped too early."""

from collections.abc import Sequence
from typing import TypedDict

from training.metrics.scoring import Scores

# Below this dev F1 a tagger is of no use, whatever the corpus: Weibo, the hardest one measured, is at 0.6.
USELESS_F1 = 0.3
# An unfound label with fewer entities in dev than this may be chance.
FEW_ENTITIES = 5
# So much better in the last epoch than before it: more epochs would have gone on.
STILL_RISING = 0.002
# So much better are teachers together than the network that they taught: an ensemble is worth its time.
BETTER_TOGETHER = 0.005


class Teachers(TypedDict):
    """The dev F1 of the teachers of a network."""

    dev_f1: Sequence[float]
    dev_f1_together: float


def shortfalls(
    dev: Scores, f1_by_epoch: Sequence[float], max_epochs: int, steps: int, teachers: Teachers | None = None
) -> list[str]:
    """Return a sentence for each thing that a finished fit fell short of, with what to do; none where all is well.

    dev: scores of the saved tagger. f1_by_epoch: dev F1 after each epoch. max_epochs: those asked for. steps: batches
    that the network was trained on, over all epochs. teachers: the dev F1 of each of its teachers, and of all together.

    >>> rates = {"precision": 0.9, "recall": 0.9, "f1": 0.9}
    >>> dev = {"micro": rates, "macro": rates, "labels": {}}
    >>> shortfalls(dev, [0.89, 0.9, 0.9], 3, 900)
    []
    """
    return [
        *_useless(dev, max_epochs, steps),
        *_unfound(dev),
        *_rising(f1_by_epoch, max_epochs),
        *_outdone(dev["micro"]["f1"], teachers),
    ]


def _useless(dev: Scores, max_epochs: int, steps: int) -> list[str]:
    f1 = dev["micro"]["f1"]
    if f1 >= USELESS_F1:
        return []
    return [
        f"the tagger has learnt {'nothing' if f1 == 0 else 'little'}: dev F1 is {f1:.2%} after {steps:,} batches; "
        f"train longer (--epochs {4 * max_epochs}), give more labelled sentences, and look at the corpus with "
        "`python -m training.check`"
    ]


def _unfound(dev: Scores) -> list[str]:
    found = [
        name
        for name, rates in dev["labels"].items()
        if rates["support"] >= FEW_ENTITIES and rates["recall"] == 0
    ]
    if not found or dev["micro"]["f1"] == 0:
        return []
    counts = ", ".join(f"{name} (0 of {dev['labels'][name]['support']:,})" for name in found)
    return [f"never found in dev: {counts}; give more examples of them in --train, or leave these labels out"]


def _rising(f1_by_epoch: Sequence[float], max_epochs: int) -> list[str]:
    if len(f1_by_epoch) < max(2, max_epochs):
        return []
    gain = f1_by_epoch[-1] - max(f1_by_epoch[:-1])
    if gain < STILL_RISING:
        return []
    return [
        f"dev F1 was still rising at the last epoch (by {gain:.2%}): more epochs may give more "
        f"(--epochs {2 * max_epochs})"
    ]


def _outdone(f1: float, teachers: Teachers | None) -> list[str]:
    if not teachers or teachers["dev_f1_together"] - f1 < BETTER_TOGETHER:
        return []
    return [
        f"the teachers together have dev F1 {teachers['dev_f1_together']:.2%}, the network that they taught {f1:.2%}: "
        f"--preset full --ensemble {len(teachers['dev_f1'])} saves such networks as one, which tags more slowly"
    ]
