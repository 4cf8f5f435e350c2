"""How much of a corpus has a vector of its own: by token (every position counts) and by type (every key once)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import add

from model.features import Features
from model.text import normalise
from model.vocabulary import END, UNK_ID, Vocabulary


@dataclass(frozen=True)
class Coverage:
    """Counts of one channel: positions and distinct keys, and those of them that fall to `<unk>`."""

    tokens: int
    unknown_tokens: int
    types: int
    unknown_types: int

    def __str__(self) -> str:
        return (
            f"{self.unknown_tokens / max(self.tokens, 1):.2%} of {self.tokens:,} positions and "
            f"{self.unknown_types / max(self.types, 1):.2%} of {self.types:,} distinct keys have no vector"
        )


def measure_coverage(texts: Iterable[str], features: Features) -> Mapping[str, Coverage]:
    """Return the coverage of each channel over `texts`, by channel name.

    >>> from model.features import Channel
    >>> chars = Channel("char", Vocabulary(["<pad>", "<unk>", "中"]))
    >>> print(measure_coverage(["中中华"], Features((chars,)))["char"])
    33.33% of 3 positions and 50.00% of 2 distinct keys have no vector
    """
    counts = {channel.name: [0, 0] for channel in features.channels}
    types: dict[str, set[str]] = {channel.name: set() for channel in features.channels}
    for text in map(normalise, texts):
        for name, ids in features.encode(text).items():
            counts[name][0] += len(ids)
            counts[name][1] += int((ids == UNK_ID).sum())
        for channel in features.channels:
            types[channel.name].update(_keys(text, channel.vocabulary.width))
    return {
        channel.name: Coverage(
            tokens=counts[channel.name][0],
            unknown_tokens=counts[channel.name][1],
            types=len(types[channel.name]),
            unknown_types=sum(_is_unknown(key, channel.vocabulary) for key in types[channel.name]),
        )
        for channel in features.channels
    }


def _keys(text: str, width: int) -> Iterable[str]:
    return text if width == 1 else map(add, text, text[1:] + END)


def _is_unknown(key: str, vocabulary: Vocabulary) -> bool:
    return bool(vocabulary.encode(key)[0] == UNK_ID)
