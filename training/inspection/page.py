"""The report of `training.check` as a page of text for people."""

from collections.abc import Iterator

from training.inspection.leakage import NEAR_SHARE, SHINGLE_CHARS, Leak
from training.inspection.notes import spacing_notes, trimming_notes, unit_notes
from training.inspection.report import RARE_ENTITIES, CorpusReport, count_leaks, length_names

TOP = 10
EXAMPLES = 3
BAR_CHARS = 40
EXAMPLE_CHARS = 40


def format_corpus_report(report: CorpusReport) -> str:
    """Return the report as a page for people."""
    sections = (_splits, _labels, _lengths, _leakage, _contradictions, _edges, _unseen)
    return "\n\n".join(filter(None, ("\n".join(section(report)) for section in sections)))


def _splits(report: CorpusReport) -> Iterator[str]:
    columns = f"{'sentences':>12}{'characters':>12}{'entities':>10}{'no entity':>11}{'repeated':>10}"
    yield f"{'':8}{columns}  scheme, illegal tags"
    for name, split in report.splits.items():
        reading, statistics = split.reading, split.statistics
        illegal = f"{reading.stray} stray, {reading.unclosed} unclosed" if reading.places else "none"
        places = f": {', '.join(reading.places[:EXAMPLES])}" if reading.places else ""
        yield (
            f"{name:8}{reading.sentences:12,}{reading.characters:12,}{statistics.labels.total():10,}"
            f"{statistics.without_entities / reading.sentences:11.0%}{len(split.repeats):10,}  "
            f"{reading.written_in}, {illegal}{places}"
        )
    for name, split in report.splits.items():
        for notes in (unit_notes, trimming_notes, spacing_notes):
            yield from (f"{name}: {note}" for note in notes(split.reading))


def _labels(report: CorpusReport) -> Iterator[str]:
    rare = report.rare_labels()
    names = sorted({label for split in report.splits.values() for label in split.statistics.labels})
    width = max([len(name) for name in names], default=5) + 2
    yield f"{'label':{width}}" + "".join(f"{name:>10}" for name in report.splits)
    for label in names:
        counts = "".join(f"{split.statistics.labels[label]:10,}" for split in report.splits.values())
        note = (
            ""
            if label not in rare
            else f"  rare: fewer than {RARE_ENTITIES} in train"
            if rare[label]
            else "  never trained on"
        )
        yield f"{label:{width}}{counts}{note}"


def _lengths(report: CorpusReport) -> Iterator[str]:
    for name, split in report.splits.items():
        yield f"{name}: lengths in characters, the longest {split.statistics.longest:,}"
        for bar, count in zip(length_names(), split.statistics.lengths, strict=True):
            share = count / split.reading.sentences
            yield f"  {bar:>8} {count:10,} {'█' * round(share * BAR_CHARS)}"


def _leakage(report: CorpusReport) -> Iterator[str]:
    for name, split in report.splits.items():
        if split.repeats:
            _, retagged, _ = count_leaks(split.repeats).values()
            yield (
                f"{name} in itself: {len(split.repeats):,} repeat an earlier sentence word for word, so that it counts "
                f"again in a fit or a score, {retagged:,} of them tagged otherwise"
            )
            unlike = sorted(split.repeats, key=lambda repeat: (repeat.same_tags, -len(repeat.text)))
            yield from map(_line, unlike[:EXAMPLES])
    for (name, earlier), leaks in report.leaks.items():
        exact, retagged, near = count_leaks(leaks).values()
        yield (
            f"{name} in {earlier}: word for word {exact:,} ({retagged:,} tagged otherwise), "
            f"nearly {near:,} (at least {NEAR_SHARE:.0%} of their {SHINGLE_CHARS}-grams)"
        )
        worst = sorted(leaks, key=lambda leak: (-leak.share, -len(leak.text)))
        for whole in (True, False):
            for leak in [leak for leak in worst if leak.exact is whole][:EXAMPLES]:
                yield _line(leak)
    if not report.leaks:
        yield "leakage: one split alone, nothing to compare"


def _contradictions(report: CorpusReport) -> Iterator[str]:
    found = report.contradictions
    entities = sum(one.minority for one in found)
    yield f"contradictory labels: {len(found):,} surfaces with several labels, {entities:,} entities in a minority"
    for one in found[:TOP]:
        (most, times), *fewer = one.labels
        rest = (f"{label} {times:,} ({_first(one.places[label])})" for label, times in fewer)
        yield f"  {one.surface}: " + ", ".join([f"{most} {times:,}", *rest])


def _edges(report: CorpusReport) -> Iterator[str]:
    for name, split in report.splits.items():
        for fault, times in split.statistics.edges.most_common():
            first = ", ".join(
                f"{surface} ({place})" for place, surface in split.statistics.edge_places[fault][:EXAMPLES]
            )
            yield f"{name}: {times:,} entities {fault}: {first}"


def _unseen(report: CorpusReport) -> Iterator[str]:
    for name, unseen in report.unseen.items():
        yield (
            f"{name}: {unseen.tokens:,} characters never seen in training ({unseen.token_share:.2%}), "
            f"{unseen.types:,} different ones ({unseen.type_share:.1%}): "
            + " ".join(f"{char}×{times}" for char, times in unseen.top)
        )
    if not report.unseen:
        yield "unseen characters: one split alone, nothing to compare"


def _first(places: list[str]) -> str:
    return ", ".join(places[:EXAMPLES]) + (", ..." if len(places) > EXAMPLES else "")


def _line(leak: Leak) -> str:
    return f"  {leak.place} {_relation(leak)} {leak.other}  {_shorten(leak.text)}"


def _relation(leak: Leak) -> str:
    if not leak.exact:
        return f"~ {leak.share:.0%} of"
    return "=" if leak.same_tags else "= (tagged otherwise)"


def _shorten(text: str) -> str:
    return text if len(text) <= EXAMPLE_CHARS else text[:EXAMPLE_CHARS] + "…"
