"""Which part of a long text is shown to people: that around a mistake.

length of a text, where the mistake begins --excerpt--> start, end
"""

MAX_TEXT_CHARS = 300  # some four lines of a terminal, in Chinese
BEFORE_CHARS = 80
MAX_NAME_CHARS = 60  # of an entity


def excerpt(length: int, at: int) -> tuple[int, int]:
    """Return the part of a text of this length that is shown: all of it, or that from a little before `at`.

    >>> excerpt(200, 150), excerpt(1000, 500), excerpt(1000, 990)
    ((0, 200), (420, 720), (700, 1000))
    """
    start = max(0, min(at - BEFORE_CHARS, length - MAX_TEXT_CHARS))
    return start, min(length, start + MAX_TEXT_CHARS)
