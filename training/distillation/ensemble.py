"""Several networks as one: the mean of their emissions under the mean of their CRFs.

The mean of the scores of several linear-chain CRFs is the score of one, which is their geometric mean: a logarithmic
opinion pool (Smith, Cohn and Osborne 2005, "Logarithmic Opinion Pools for Conditional Random Fields").
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from model.bundle.bundle import Bundle
from model.runtime.base import Ids, Rows, Runtime
from model.runtime.onnx import OnnxRuntime
from model.tagger import Tagger

CRF = ("crf.transitions", "crf.start", "crf.end")


class MeanRuntime:
    """A runtime whose emissions are the mean of those of others."""

    name, device = "mean", "cpu"

    def __init__(self, runtimes: Sequence[Runtime]) -> None:
        self._runtimes = runtimes
        self.threads = runtimes[0].threads
        self.batch_chars = runtimes[0].batch_chars

    def emit(self, ids: Ids, rows: Rows, max_batch_chars: int) -> npt.NDArray[np.float32]:
        """Return the emissions at each position of `ids`; see `Runtime.emit`."""
        total = self._runtimes[0].emit(ids, rows, max_batch_chars)
        for runtime in self._runtimes[1:]:
            total = total + runtime.emit(ids, rows, max_batch_chars)
        mean: npt.NDArray[np.float32] = total / np.float32(len(self._runtimes))
        return mean


class Ensemble:
    """Bundles of the same corpus that differ in their weights alone."""

    def __init__(self, bundles: Sequence[Bundle], threads: int | None = None) -> None:
        mean = {name: np.mean([bundle.weights[name] for bundle in bundles], axis=0) for name in CRF}
        self.bundle = replace(bundles[0], weights={**bundles[0].weights, **mean})
        self.runtime = MeanRuntime([OnnxRuntime(bundle, threads=threads) for bundle in bundles])
        self.sha256 = _hash([array for bundle in bundles for array in _trained(bundle)])

    def tagger(self) -> Tagger:
        """Return the tagger that they are together."""
        return Tagger(self.bundle, self.runtime)


def _trained(bundle: Bundle) -> list[npt.NDArray[Any]]:
    """Return the weights that a fit gave, in a fixed order."""
    return [array for name, array in sorted(bundle.weights.items()) if not name.startswith("embedding.")]


def _hash(arrays: Sequence[npt.NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
