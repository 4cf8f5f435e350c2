"""What teachers think of a corpus: their emissions, on disk, and the probabilities that follow from them.

arrays --Ensemble--> float16 [chars, tags] in the cache; pieces of them --forward-backward--> SoftTargets
"""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.crf.marginals import tag_marginals
from model.crf.weights import Crf
from model.features.channels import Encoded
from model.features.word_sets import WordSets
from model.predictor import bundle_crf
from model.runtime.batching import cut_rows
from training.data.arrays import CorpusArrays
from training.data.batches import SoftTargets
from training.data.cache import cached_folder, code_sha256
from training.distillation.ensemble import Ensemble

EMISSIONS = "emissions.float16"
CHUNK_CHARS = 1 << 18  # tagged at a time


@dataclass(frozen=True)
class Posterior:
    """What teachers think of the pieces of `arrays`."""

    arrays: CorpusArrays
    emissions: npt.NDArray[np.float16]  # [chars, tags], the mean of the teachers'; mapped
    crf: Crf  # likewise

    def targets(self, pieces: npt.NDArray[np.int64], gold_share: float = 0.0) -> SoftTargets:
        """Return the soft targets of a batch whose rows are `pieces`; of its own tags they have `gold_share`."""
        arrays, tags = self.arrays, self.emissions.shape[1]
        starts = arrays.offsets[pieces]
        lengths = arrays.offsets[pieces + 1] - starts
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        chars = np.repeat(starts - offsets[:-1], lengths) + np.arange(
            offsets[-1]
        )  # where each stands in the corpus
        emissions = self.emissions[chars - arrays.offsets[0]].astype(np.float32)
        found = tag_marginals(emissions, offsets, self.crf)
        probabilities, steps = found.tags * (1 - gold_share), found.steps * (1 - gold_share)
        if gold_share:
            tag_ids = arrays.tag_ids[chars]
            probabilities[np.arange(len(chars)), tag_ids] += gold_share
            row = np.repeat(np.arange(len(pieces)), lengths)
            within = row[1:] == row[:-1]
            np.add.at(steps, (row[1:][within], tag_ids[:-1][within], tag_ids[1:][within]), gold_share)
        padded = np.zeros((len(pieces), int(lengths.max()), tags), np.float32)
        padded[np.arange(padded.shape[1]) < lengths[:, None]] = probabilities
        return SoftTargets(padded, steps.astype(np.float32))


def build_posterior(arrays: CorpusArrays, teachers: Ensemble, directory: Path) -> Posterior:
    """Return what `teachers` think of `arrays`, from the cache in `directory` if it is there."""
    facts = [code_sha256(Path(__file__)), arrays.path.name, str(arrays.offsets[[0, -1]]), teachers.sha256]
    key = hashlib.sha256(" ".join(facts).encode()).hexdigest()[:32]
    folder = cached_folder(directory, key, partial(_write, arrays, teachers))
    crf = bundle_crf(teachers.bundle)
    emissions = np.memmap(folder / EMISSIONS, np.float16, mode="r").reshape(-1, len(crf.tag_set.tags))
    return Posterior(arrays, np.asarray(emissions), crf)


def _write(arrays: CorpusArrays, teachers: Ensemble, folder: Path) -> None:
    rules, runtime = teachers.bundle.rules, teachers.runtime

    def emit(chunk: tuple[int, int]) -> bytes:
        offsets = arrays.offsets[chunk[0] : chunk[1] + 1]
        ids = {name: _part(encoded, offsets[0], offsets[-1]) for name, encoded in arrays.ids.items()}
        rows = cut_rows(offsets - offsets[0], rules.window_chars, rules.context_chars)
        return runtime.emit(ids, rows, runtime.batch_chars).astype(np.float16).tobytes()

    chunks = _chunks(arrays.offsets)
    with (folder / EMISSIONS).open("wb") as file, ThreadPoolExecutor(runtime.threads) as pool:
        # One for each thread at a time: an interruption waits for no more.
        while group := list(islice(chunks, runtime.threads)):
            file.writelines(pool.map(emit, group))


def _chunks(offsets: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield the first piece of each chunk and the piece after its last."""
    first = 0
    while first < len(offsets) - 1:
        last = int(np.searchsorted(offsets, offsets[first] + CHUNK_CHARS, "right")) - 1
        yield first, max(first + 1, last)
        first = max(first + 1, last)


def _part(encoded: Encoded, start: int, end: int) -> Encoded:
    """Return the ids of the characters from start to end."""
    if isinstance(encoded, WordSets):
        return encoded._replace(offsets=encoded.offsets[start : end + 1])
    return encoded[start:end]
