"""What a fit says of its corpora and channels before its first epoch."""

from model.features.channels import Channel, WordChannel
from training.data.arrays import CorpusArrays
from training.embeddings.tables import Channels
from training.inputs.corpora import Corpora
from training.inspection.notes import spacing_notes, trimming_notes

_LACK = {Channel: "have no vector", WordChannel: "are part of no word"}


def describe_corpora(corpora: Corpora) -> str:
    """Return a line for each part's files, what was repaired, labels missing in train, what may be wrong."""
    lines = []
    for part, report in corpora.reports.items():
        entities = ", ".join(f"{label} {count:,}" for label, count in report.entities.items())
        lines.append(
            f"{part} {', '.join(map(str, getattr(corpora.sources, part)))}: {report.sentences:,} sentences, "
            f"{report.characters:,} characters, tagged in {report.written_in}; {entities or 'no entities'}"
        )
        if report.stray or report.unclosed:
            lines.append(
                f"repaired {report.stray:,} I- tags that continue no entity and {report.unclosed:,} "
                f"entities without end, first at {report.places[0]}"
            )
        lines += [f"{part}: {note}" for note in trimming_notes(report)]
    lines += [f"warning: train: {note}" for note in spacing_notes(corpora.reports["train"])]
    for part, labels in corpora.strange_labels.items():
        lines.append(
            f"{part} has labels that train does not have: {', '.join(labels)}; "
            "all of their entities will count as missed"
        )
    return "\n".join([*lines, *(f"warning: {note}" for note in corpora.notes)])


def describe_channels(channels: Channels, arrays: CorpusArrays) -> str:
    """Return a line for each channel, its table's size and how much of train it knows, and what its files lack."""
    lines = [
        f"channel {channel.name}: {len(table):,} rows of {table.shape[1]}; in train "
        f"{arrays.unknown_share[channel.name]:.2%} of {arrays.n_chars:,} positions {_LACK[type(channel)]}"
        for channel in channels.features.channels
        for table in [channels.tables[channel.name]]
    ]
    return "\n".join([*lines, *channels.notes])
