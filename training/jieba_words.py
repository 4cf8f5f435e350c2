"""Names in jieba's dictionary as a lexicon: persons (nr), places (ns), organisations (nt) and other names (nz).

dict.txt: 一汽集团 4 nt --> jieba_names.txt: 一汽集团 <TAB> nt
"""

from __future__ import annotations

from pathlib import Path

from training.package import Package

PACKAGE = Package(
    "jieba",
    "0.42.1",
    "055ca12f62674fafed09427f176506079bc135638a14e23e25be909131928db2",
    size_mb=19,
    source=True,
)
DICTIONARY = "jieba-0.42.1/jieba/dict.txt"
MEMBERS = {DICTIONARY: "7197c3211ddd98962b036cdf40324d1ea2bfaa12bd028e68faa70111a88e12a8"}
FILES = ("jieba_names.txt",)
# Part of speech -> type: nrt is a foreign name, nrfg a name and surname.
TYPES = {"nr": "nr", "nrt": "nr", "nrfg": "nr", "ns": "ns", "nt": "nt", "nz": "nz"}


def write_names(members: dict[str, bytes], folder: Path, seed: int) -> None:
    """Write the file; words of one character are left out, as is all that is no name."""
    with (folder / FILES[0]).open("w", encoding="utf-8", newline="\n") as file:
        for line in members[DICTIONARY].decode("utf-8").splitlines():
            word, _, speech = line.rsplit(" ", 2)
            if speech in TYPES and len(word) > 1:
                file.write(f"{word}\t{TYPES[speech]}\n")
