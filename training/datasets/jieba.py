"""jieba's dictionary: words with kinds and counts, to segment texts with.

dict.txt: 一汽集团 4 nt --> jieba_dictionary.txt: 一汽集团 <TAB> nt <TAB> 4

Names are persons (nr), places (ns), organisations (nt) and others (nz).
"""

from collections.abc import Iterator
from pathlib import Path

from training.datasets.pypi import Package

PACKAGE = Package(
    "jieba",
    "0.42.1",
    "055ca12f62674fafed09427f176506079bc135638a14e23e25be909131928db2",
    size_mb=19,
    source=True,
)
DICTIONARY = "jieba-0.42.1/jieba/dict.txt"
MEMBERS = {DICTIONARY: "7197c3211ddd98962b036cdf40324d1ea2bfaa12bd028e68faa70111a88e12a8"}
DICTIONARY_FILES = ("jieba_dictionary.txt",)
# Part of speech -> type: nrt is a foreign name, nrfg a name and surname.
TYPES = {"nr": "nr", "nrt": "nr", "nrfg": "nr", "ns": "ns", "nt": "nt", "nz": "nz"}
# Rarer words that are not names are left out: 120,000 idioms and nouns that improve no segmentation.
MIN_COUNT = 4


def write_dictionary(members: dict[str, bytes], folder: Path, seed: int) -> None:
    """Write all names and the words seen at least MIN_COUNT times, each with its kind and how often it was seen.

    The kind is the type of a name, else the first letter of the part of speech: n for noun, v for verb.
    """
    with (folder / DICTIONARY_FILES[0]).open("w", encoding="utf-8", newline="\n") as file:
        for word, count, speech in _entries(members):
            if speech in TYPES or count >= MIN_COUNT:
                kind = "nrt" if speech == "nrt" else TYPES.get(speech, speech[0])
                file.write(f"{word}\t{kind}\t{max(count, 1)}\n")


def _entries(members: dict[str, bytes]) -> Iterator[tuple[str, int, str]]:
    for line in members[DICTIONARY].decode("utf-8").splitlines():
        word, count, speech = line.rsplit(" ", 2)
        yield word, int(count), speech
