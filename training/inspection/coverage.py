"""How much of a corpus has a vector of its own: by token (every position counts) and by type (every key once)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import add

from model.features.channels import Channel, Features, WordChannel, count_unknown
from model.features.vocabulary import END, UNK_ID
from model.text import normalise


@dataclass(frozen=True)
class Coverage:
    """Counts of one channel: positions and distinct keys, and those of them that fall to `<unk>`.

    A channel of words has no keys (0), and of its positions those are unknown that no word covers.
    """

    tokens: int
    unknown_tokens: int
    types: int
    unknown_types: int

    def __str__(self) -> str:
        positions = f"{self.unknown_tokens / max(self.tokens, 1):.2%} of {self.tokens:,} positions"
        if not self.types:
            return f"{positions} are part of no word"
        return f"{positions} and {self.unknown_types / self.types:.2%} of {self.types:,} distinct keys have no vector"


def measure_coverage(texts: Iterable[str], features: Features) -> Mapping[str, Coverage]:
    """Return the coverage of each channel over `texts`, by channel name.

    >>> from model.features.vocabulary import Vocabulary
    >>> chars = Channel("char", Vocabulary(["<pad>", "<unk>", "中"]))
    >>> print(measure_coverage(["中中华"], Features((chars,)))["char"])
    33.33% of 3 positions and 50.00% of 2 distinct keys have no vector
    """
    counts = {channel.name: [0, 0] for channel in features.channels}
    keyed = [channel for channel in features.channels if isinstance(channel, Channel)]
    types: dict[str, set[str]] = {channel.name: set() for channel in keyed}
    for text in map(normalise, texts):
        for name, encoded in features.encode(text).items():
            counts[name][0] += len(text)
            counts[name][1] += count_unknown(encoded)
        for channel in keyed:
            types[channel.name].update(_keys(text, channel.vocabulary.width))
    return {
        channel.name: Coverage(
            tokens=counts[channel.name][0],
            unknown_tokens=counts[channel.name][1],
            types=len(types.get(channel.name, ())),
            unknown_types=sum(_is_unknown(key, channel) for key in types.get(channel.name, ())),
        )
        for channel in features.channels
    }


def _keys(text: str, width: int) -> Iterable[str]:
    return text if width == 1 else map(add, text, text[1:] + END)


def _is_unknown(key: str, channel: Channel | WordChannel) -> bool:
    return bool(channel.encode_pieces([key])[0] == UNK_ID)
