"""Trains python-crfsuite on a BIO file and prints how fast it tags another, and its tags: run in its environment.

    python crfsuite_tagger.py TRAIN.bio TEST.bio

The usual features of a character tagger: the characters around, and their bigrams.
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import pycrfsuite

ITERATIONS = 120
ROUNDS = 3


def main() -> None:
    train, test = (read(Path(path)) for path in sys.argv[1:])
    with tempfile.NamedTemporaryFile() as file:
        trainer = pycrfsuite.Trainer(verbose=False)
        trainer.set_params({"c1": 0.1, "c2": 0.05, "max_iterations": ITERATIONS})
        for chars, tags in train:
            trainer.append(features(chars), tags)
        trainer.train(file.name)
        tagger = pycrfsuite.Tagger()
        tagger.open(file.name)
        seconds = []
        for _ in range(ROUNDS):
            began = time.thread_time()
            tags = [tagger.tag(features(chars)) for chars, _tags in test]
            seconds.append(time.thread_time() - began)
    chars = sum(len(chars) for chars, _ in test)
    print(json.dumps({"chars_s": round(chars / median(seconds)), "chars": chars, "tags": tags}))


def read(path: Path) -> list[tuple[str, list[str]]]:
    sentences, chars, tags = [], [], []
    for line in [*path.read_text("utf-8").split("\n"), ""]:
        if line:
            char, tag = line.split()
            chars.append(char)
            tags.append(tag)
        elif chars:
            sentences.append(("".join(chars), tags))
            chars, tags = [], []
    return sentences


def features(chars: str) -> list[list[str]]:
    padded = f"  {chars}  "
    return [
        [
            *(f"{offset}{padded[here + offset]}" for offset in range(5)),
            *(f"{offset}:{padded[here + offset : here + offset + 2]}" for offset in range(4)),
        ]
        for here in range(len(chars))
    ]


if __name__ == "__main__":
    main()
