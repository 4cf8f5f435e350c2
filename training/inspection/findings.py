"""What of a report on corpora should be mended before a fit, a line each; `check` ends with 1 where there is any.

Near leaks, rare labels and contradictions are in every real corpus: the report shows them, and they are no findings.
"""

from collections.abc import Iterator

from training.inspection.leakage import Leak
from training.inspection.report import CorpusReport, SplitReport


def findings(report: CorpusReport) -> Iterator[str]:
    """Yield what should be mended."""
    first, *_ = report.splits
    if not report.splits[first].statistics.labels:
        yield f"{first}: no entity in {report.splits[first].reading.sentences:,} sentences: no tagger can learn from it"
    for name, split in report.splits.items():
        if illegal := split.reading.stray + split.reading.unclosed:
            yield f"{name}: {illegal:,} tags break their scheme, first at {split.reading.places[0]}"
        yield from (f"{name}: {note}" for note in split.notes)
    for (name, earlier), leaks in report.leaks.items():
        if exact := [leak for leak in leaks if leak.exact]:
            yield (
                f"{name}: {len(exact):,} sentences stand word for word in {earlier}: its score is too high; "
                f"{_shares(exact, report.splits[name])}: zitag evaluate --train scores the others too"
            )
    for label, times in report.rare_labels().items():
        if not times:
            yield f"label {label} is never in {first}: no tagger can learn it"


def _shares(leaks: list[Leak], split: SplitReport) -> str:
    entities = sum(leak.entities for leak in leaks) / max(split.statistics.labels.total(), 1)
    return f"they are {len(leaks) / split.reading.sentences:.1%} of it, with {entities:.1%} of its entities"


def format_findings(found: list[str]) -> str:
    """Return them as the last section of the page.

    >>> format_findings([])
    'findings: none'
    """
    return (
        "\n".join([f"findings: {len(found)}", *(f"  {line}" for line in found)])
        if found
        else "findings: none"
    )
