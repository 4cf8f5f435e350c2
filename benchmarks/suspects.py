"""How well `zitag check --suspects` finds label errors: puts some into a corpus by a seed, and looks where they stand.

    python benchmarks/suspects.py --train train.bio                      # cross-fits, as the command does
    python benchmarks/suspects.py --train dev.bio --bundle bundles/mine  # judged by a bundle that never saw the file

Of the entities 2 % are corrupted, a quarter each: an edge moved by one character, another label, taken out, or put in
where none was. Found is what overlaps one of the first places of the list, as many as are 4 % of the entities.
"""

import argparse
import platform
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from model.bundle.bundle import load_bundle
from model.machine.command import ExitCode, run_command
from model.predictor import Predictor
from model.runtime.onnx import OnnxRuntime
from model.tags.schemes import EntitySpan, spans_from_tags, tags_from_spans
from training.corpus.reader import Sentence, read_sentences
from training.suspects.command import find_suspects
from training.suspects.judge import judge_by
from training.suspects.ranking import Suspect, rank

KINDS = ("boundary", "label", "deletion", "addition")
ADDED_CHARS = (2, 3, 4)
SHARES = (0.01, 0.02, 0.03, 0.04, 0.06, 0.1)
READ, WANTED = 0.04, 0.7  # of the entities, and of the corrupted


class Corruption(NamedTuple):
    """Which sentence was corrupted and how: the characters that the entity had before or has now."""

    sentence: int
    start: int
    end: int
    kind: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--train", type=Path, required=True, help="a corpus file")
    add("--bundle", type=Path, help="judge by this bundle, which never saw the file, instead of cross-fits")
    add("--share", type=float, default=0.02, help="of the entities that are corrupted; default: 0.02")
    add("--seeds", type=int, nargs="+", default=[1])
    add("--folds", type=int, default=3)
    add("--config", type=Path, help="TOML file of settings of the cross-fits")
    options = parser.parse_args()
    sentences = list(read_sentences(options.train))
    print(f"{date.today()}, {platform.processor() or platform.machine()}, Python {platform.python_version()}")
    reached = True
    for seed in options.seeds:
        corrupted, done = corrupt(sentences, options.share, seed)
        suspects = list_suspects(corrupted, options)
        entities = sum(len(spans_from_tags(sentence.tags)) for sentence in corrupted)
        print(f"\nseed {seed}: {entities:,} entities, {len(done):,} corrupted, {len(suspects):,} suspects\n")
        print("\n".join(table(corrupted, suspects, done, entities)), flush=True)
        reached &= sum(found_among(corrupted, suspects[: round(READ * entities)], done)) >= WANTED * len(done)
    return ExitCode.FINE if reached else ExitCode.FINDINGS


def list_suspects(sentences: Sequence[Sentence], options: argparse.Namespace) -> list[Suspect]:
    """Return the suspects by cross-fits, or by the bundle that was named."""
    if not options.bundle:
        return find_suspects(sentences, [options.train], folds=options.folds, config=options.config)
    bundle = load_bundle(options.bundle)
    return rank(sentences, judge_by(Predictor.build(bundle, OnnxRuntime(bundle)), sentences))


def corrupt(
    sentences: Sequence[Sentence], share: float, seed: int
) -> tuple[list[Sentence], list[Corruption]]:
    """Return the sentences with a share of their entities corrupted, and where."""
    dice = random.Random(seed)
    spans = [spans_from_tags(sentence.tags) for sentence in sentences]
    entities = [(index, span) for index, of_one in enumerate(spans) for span in of_one]
    labels = sorted({span.label for _, span in entities})
    done = []
    for number, (index, span) in enumerate(dice.sample(entities, round(share * len(entities)))):
        kind = KINDS[number % len(KINDS)]
        if kind == "addition":
            index, new = _added(sentences, spans, labels, dice)
            touched = [new]
        else:
            spans[index].remove(span)
            others = _others(kind, span, labels, len(sentences[index].text))
            fitting = [one for one in others if _is_free(one, spans[index])]
            touched = [span, *([dice.choice(fitting)] if fitting else [])]  # with no room it goes
        spans[index] = sorted([*spans[index], *touched[kind != "addition" :]])
        start, end = min(one.start for one in touched), max(one.end for one in touched)
        done.append(Corruption(index, start, end, kind))
    tags = (tags_from_spans(of_one, len(one.text)) for of_one, one in zip(spans, sentences, strict=True))
    return [replace(one, tags=tuple(its)) for one, its in zip(sentences, tags, strict=True)], done


def found_among(
    sentences: Sequence[Sentence], suspects: Sequence[Suspect], done: Sequence[Corruption]
) -> list[bool]:
    """Return whether each corruption overlaps one of these suspects."""
    number = {id(sentence): index for index, sentence in enumerate(sentences)}
    ranges: dict[int, list[tuple[int, int]]] = {}
    for suspect in suspects:
        ranges.setdefault(number[id(suspect.sentence)], []).append(suspect.found[:2])
    return [
        any(start < one.end and one.start < end for start, end in ranges.get(one.sentence, []))
        for one in done
    ]


def table(
    sentences: Sequence[Sentence], suspects: Sequence[Suspect], done: Sequence[Corruption], entities: int
) -> Iterator[str]:
    """Yield the lines of a table: the share of each kind found in the first places."""
    yield "| read, of the entities | all | " + " | ".join(KINDS) + " |"
    yield "|---" * (len(KINDS) + 2) + "|"
    for share in SHARES:
        found = found_among(sentences, suspects[: round(share * entities)], done)
        cells = [sum(found) / len(done)]
        for kind in KINDS:
            of_kind = [is_found for is_found, one in zip(found, done, strict=True) if one.kind == kind]
            cells.append(sum(of_kind) / max(1, len(of_kind)))
        yield f"| {share:.0%} | " + " | ".join(f"{cell:.1%}" for cell in cells) + " |"


def _others(kind: str, span: EntitySpan, labels: Sequence[str], chars: int) -> list[EntitySpan]:
    """Return what may take an entity's place in a sentence of so many characters."""
    if kind == "label":
        return [span._replace(label=label) for label in labels if label != span.label]
    if kind == "deletion":
        return []
    moves = ((-1, 0), (1, 0), (0, -1), (0, 1))
    moved = [span._replace(start=span.start + left, end=span.end + right) for left, right in moves]
    return [one for one in moved if 0 <= one.start < one.end <= chars]


def _added(
    sentences: Sequence[Sentence],
    spans: Sequence[Sequence[EntitySpan]],
    labels: Sequence[str],
    dice: random.Random,
) -> tuple[int, EntitySpan]:
    """Return a sentence and an entity that has room there."""
    while True:
        index, length = dice.randrange(len(sentences)), dice.choice(ADDED_CHARS)
        start = dice.randrange(max(1, len(sentences[index].text) - length + 1))
        new = EntitySpan(start, start + length, dice.choice(labels))
        if new.end <= len(sentences[index].text) and _is_free(new, spans[index]):
            return index, new


def _is_free(span: EntitySpan, others: Sequence[EntitySpan]) -> bool:
    return not any(span.start < other.end and other.start < span.end for other in others)


if __name__ == "__main__":
    sys.exit(run_command(main))
