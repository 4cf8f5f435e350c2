"""One sentence as it is written, with tags that break no rule and entities that begin and end with what can be seen.

    小 I-PER        小 B-PER        a tag that continues nothing begins an entity
    \\u200b I-PER    \\u200b O        an edge that nobody sees is none

What the reader makes of the sentence stays what it was: it reads both alike.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

from model.tags.schemes import SchemeName, spans_from_tags, tags_from_spans
from training.corpus.edges import trim_entities
from training.corpus.reader import ToBio
from training.corpus.sentences import RawSentence, Unit, tag_pairs

ILLEGAL, EDGE = "illegal tag", "entity edge"


class Mend(NamedTuple):
    """What was mended: where, what it is called, how it was written and how it is written now."""

    place: str
    what: str
    before: str
    after: str


def mend_tags(raw: RawSentence, to_bio: ToBio, unit: Unit) -> tuple[Sequence[str], list[Mend]]:
    """Return the tags of a sentence, mended, in the scheme of `to_bio`; as written where nothing is to be mended."""
    pairs = list(tag_pairs(raw.tags))
    bio: Sequence[str] = [to_bio[pair] for pair in pairs][:-1]
    broken = [index for index, pair in enumerate(pairs) if pair in to_bio.stray or pair in to_bio.unclosed]
    trimmed: list[int] = []
    if unit == "char":  # the inside of a word is no place to cut
        bio, trimmed = trim_entities("".join(raw.tokens), untrimmed := bio)
    if not broken and not trimmed:
        return raw.tags, []
    tags = _in_scheme(bio, to_bio.scheme)
    mends = list(_illegal(raw, tags, broken, to_bio))
    if trimmed:
        mends += _edges(raw, untrimmed, bio, trimmed)
    return tags, mends


def _in_scheme(bio: Sequence[str], scheme: str) -> Sequence[str]:
    if scheme == "IOB1":  # where B- stands between two entities of a label alone
        return [
            tag if tag[0] != "B" or before[1:] == tag[1:] else f"I{tag[1:]}"
            for before, tag in zip(("O", *bio), bio, strict=False)
        ]
    return tags_from_spans(spans_from_tags(bio), len(bio), cast(SchemeName, scheme))


def _illegal(raw: RawSentence, tags: Sequence[str], broken: Sequence[int], to_bio: ToBio) -> Iterator[Mend]:
    """Yield a mend for each tag that continues nothing, and for each last tag of an entity without end."""
    for index in broken:
        pair = (raw.tags[index - 1] if index else "O", raw.tags[index] if index < len(raw.tags) else "O")
        for at, is_broken in ((index - 1, pair in to_bio.unclosed), (index, pair in to_bio.stray)):
            if is_broken:
                yield Mend(f"{raw.path}:{raw.line + at}", ILLEGAL, raw.tags[at], tags[at])


def _edges(
    raw: RawSentence, before: Sequence[str], after: Sequence[str], starts: Sequence[int]
) -> Iterator[Mend]:
    kept = spans_from_tags(after)
    for span in spans_from_tags(before):
        if span.start in starts:
            inside = [one for one in kept if span.start <= one.start and one.end <= span.end]
            texts = [repr("".join(raw.tokens[one.start : one.end])) for one in (span, *inside)]
            yield Mend(f"{raw.path}:{raw.line + span.start}", EDGE, texts[0], (texts[1:] or ["none"])[0])
