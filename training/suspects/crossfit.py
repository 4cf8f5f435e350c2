"""Every sentence judged by a tagger that was fitted on the other folds.

    sentences --assign_folds--> | 1 | 2 | 3 |   fit on 2, 3 -> judge 1;  fit on 1, 3 -> judge 2;  fit on 1, 2 -> judge 3

What each fold gave is kept under a key of all that decides it, so that a run that was stopped goes on at its fold.
What a fit has on disk lies there too, until the fold is done or stopped; what a kill leaves goes with its next run.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from model.tags.schemes import EntitySpan
from training.corpus.reader import Sentence
from training.data.cache import cached_folder
from training.suspects.disagreements import Disagreement
from training.suspects.folds import assign_folds
from training.suspects.judge import Judge

RESULT, SCRATCH = "disagreements.json", "scratch"

Fit = Callable[[Sequence[Sentence], Path], Judge]
Say = Callable[[str], None]


def cross_fit(
    sentences: Sequence[Sentence], fit: Fit, *, folds: int, seed: int, cache: Path, identity: str, say: Say
) -> list[list[Disagreement]]:
    """Return where gold and a tagger that never saw it differ, for each sentence.

    fit: sentences to learn from, an empty folder for its files -> what judges others. identity: all that decides it
    beside those sentences. Raises what `fit` does, and CacheError.
    """
    fold_of = assign_folds(sentences, folds, seed)
    results: list[list[Disagreement]] = [[] for _ in sentences]
    for fold in range(folds):
        known = [sentence for sentence, its in zip(sentences, fold_of, strict=True) if its != fold]
        judged = [index for index, its in enumerate(fold_of) if its == fold]
        name = f"fold {fold + 1} of {folds}"
        say(f"{name}: learns from {len(known):,} sentences, judges {len(judged):,}")
        held_out = [sentences[index] for index in judged]
        for index, found in zip(
            judged, _judged(known, held_out, fit, cache, identity, name, say), strict=True
        ):
            results[index] = found
    return results


def _judged(
    known: Sequence[Sentence],
    held_out: Sequence[Sentence],
    fit: Fit,
    cache: Path,
    identity: str,
    name: str,
    say: Say,
) -> list[list[Disagreement]]:
    """Return what the tagger of a fold finds, from the cache if it is there."""
    is_new = False

    def write(folder: Path) -> None:
        nonlocal is_new
        is_new = True
        scratch = folder / SCRATCH
        scratch.mkdir()
        found = fit(known, scratch)(held_out)
        shutil.rmtree(scratch)
        (folder / RESULT).write_text(json.dumps(found, ensure_ascii=False), "utf-8")

    key = hashlib.sha256(f"{identity} {_digest(known)} {_digest(held_out)}".encode()).hexdigest()[:24]
    folder = cached_folder(cache, key, write)
    found = json.loads((folder / RESULT).read_text("utf-8"))
    differ = sum(map(len, found))
    say(f"{name}: differs from the gold tags in {differ:,} places{'' if is_new else ', as found before'}")
    return [[_read(one) for one in of_sentence] for of_sentence in found]


def _digest(sentences: Iterable[Sentence]) -> str:
    """Return the hash of texts and tags, wherever they stand."""
    digest = hashlib.sha256()
    for sentence in sentences:
        digest.update(f"{sentence.text!r} {' '.join(sentence.tags)}\n".encode())
    return digest.hexdigest()


def _read(one: Sequence[Any]) -> Disagreement:
    start, end, gold, predicted, gold_log, predicted_log = one
    of_gold, of_tagger = (tuple(EntitySpan(*span) for span in side) for side in (gold, predicted))
    return Disagreement(start, end, of_gold, of_tagger, gold_log, predicted_log)
