"""Suspects as findings of a page: the gold tags beside the tagger's reading of the place."""

from collections.abc import Sequence

from model.tags.schemes import spans_from_tags
from training.inspection.shown import Group, Reading, Shown, gold_reading
from training.suspects.listing import inline
from training.suspects.ranking import Suspect


def show_suspects(suspects: Sequence[Suspect]) -> Group:
    """Return the suspects in their order."""
    note = "Places where taggers that never saw them differ from the gold tags, the likeliest errors first."
    return Group("Suspected label errors", note, [_show(suspect) for suspect in suspects])


def _show(suspect: Suspect) -> Shown:
    text, found = suspect.sentence.text, suspect.found
    others = [span for span in spans_from_tags(suspect.sentence.tags) if span not in found.gold]
    tagger = Reading("tagger", text, tuple(sorted([*others, *found.predicted])))
    gold, predicted = (inline(text, side, found.start, found.end) for side in (found.gold, found.predicted))
    what = f"{found.kind}: {gold} → {predicted} ({suspect.score:.1f})"
    return Shown(suspect.place, what, (gold_reading(suspect.sentence), tagger))
