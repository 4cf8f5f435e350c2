"""What is to be known of a corpus before a tagger is trained on it or scored by it, found while it was read."""

from collections.abc import Iterator

from training.corpus.reader import ReadReport

MAX_SPACE_SHARE = 0.05  # Chinese text has under 0.02; English has 0.15
MAX_LETTER_SHARE = 0.2  # without any space: Latin words run together


def trimming_notes(report: ReadReport) -> Iterator[str]:
    """Yield a line where entities were read shorter than they are written."""
    if report.trimmed:
        yield (
            f"{report.trimmed:,} entities begin or end with white space or an invisible character, first in the "
            f"sentence at {report.trimmed_at}: read without it, as no tagger finds such"
        )


def spacing_notes(report: ReadReport) -> Iterator[str]:
    """Yield a warning where a corpus has far more or far fewer spaces than the text that will be sent.

    >>> report = ReadReport(spaces=8)
    >>> report.tags["O"] = 100
    >>> next(spacing_notes(report))[:46]
    '8% of the characters are spaces, of which Chin'
    """
    spaces, letters = (count / max(report.characters, 1) for count in (report.spaces, report.letters))
    if spaces > MAX_SPACE_SHARE:
        yield (
            f"{spaces:.0%} of the characters are spaces, of which Chinese text has next to none: a tagger trained on "
            "it is for text with as many"
        )
    elif letters > MAX_LETTER_SHARE and not report.spaces:
        yield (
            f"{letters:.0%} of the characters are Latin letters and none is a space: text with spaces between words "
            "is unlike it; write a word a line and read them with --unit word"
        )
