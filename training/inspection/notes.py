"""What is to be known of a corpus before a tagger is trained on it or scored by it, found while it was read."""

from collections.abc import Iterator

from training.corpus.reader import ReadReport

MAX_SPACE_SHARE = 0.05  # Chinese text has under 0.02; English has 0.15
MAX_LETTER_SHARE = 0.2  # without any space: Latin words run together
# Chinese words have 1.6 on average; of a file with a character a line, numbers and Latin words may still be whole.
MIN_WORD_CHARS = 1.2


def trimming_notes(report: ReadReport) -> Iterator[str]:
    """Yield a line on each kind of thing that was read otherwise than it is written."""
    if report.trimmed:
        yield (
            f"{report.trimmed:,} entities begin or end with white space or an invisible character, first in the "
            f"sentence at {report.trimmed_at}: read without it, as no tagger finds such"
        )
    yield from report.tally.notes()


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


def unit_notes(report: ReadReport) -> Iterator[str]:
    """Yield a line on a corpus that was read as words.

    >>> report = ReadReport(unit="word", tokens=10)
    >>> report.tags["O"] = 16
    >>> next(unit_notes(report))[:54]
    'read as words of 1.6 characters, joined into text: a f'
    """
    if report.unit == "char" or report.formats:  # records of words are known by what they hold
        return
    length = (report.characters - report.spaces) / max(report.tokens, 1)
    if length < MIN_WORD_CHARS:
        yield (
            f"{length:.1f} characters a line on average: these are no words; read them with --unit char, as words that "
            "are single Latin letters get spaces between them"
        )
    else:
        yield (
            f"read as words of {length:.1f} characters, joined into text: a fit on it needs --unit word too, and no "
            "entity begins or ends inside a word"
        )
