"""What a fit says of its corpora and channels before its first epoch."""

from training.embeddings.tables import Channels
from training.inputs.corpora import Corpora
from training.inspection.coverage import measure_coverage


def describe_corpora(corpora: Corpora) -> str:
    """Return a line for each part's files, what was repaired in it, and the labels that train has not."""
    lines = []
    for part, report in corpora.reports.items():
        entities = ", ".join(f"{label} {count:,}" for label, count in report.entities.items())
        lines.append(
            f"{part} {', '.join(map(str, getattr(corpora.sources, part)))}: {report.sentences:,} sentences, "
            f"{report.characters:,} characters, tagged in {report.scheme}; {entities or 'no entities'}"
        )
        if report.stray or report.unclosed:
            lines.append(
                f"repaired {report.stray:,} tags that continued nothing and {report.unclosed:,} entities without end, "
                f"first at {report.places[0]}"
            )
    for part, labels in corpora.strange_labels.items():
        lines.append(
            f"{part} has labels that train has not: {', '.join(labels)}; all those will count as missed"
        )
    return "\n".join(lines)


def describe_channels(channels: Channels, corpora: Corpora) -> str:
    """Return a line for each channel, its table's size and how much of train it knows, and what its files lack."""
    coverage = measure_coverage((sentence.text for sentence in corpora.train()), channels.features)
    lines = [
        f"channel {name}: {len(table):,} rows of {table.shape[1]}; in train {coverage[name]}"
        for name, table in channels.tables.items()
    ]
    return "\n".join([*lines, *channels.notes])
