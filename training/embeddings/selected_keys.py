"""The rows of a vector file whose keys are wanted, and what is odd about the others."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from model.text import normalise
from training.embeddings.vector_rows import Row
from training.embeddings.word2vec import FloatMatrix, VectorsError


class SelectedKeys:
    """The vectors of the wanted keys, normalised; the first of equal ones counts."""

    def __init__(self, path: Path, is_wanted: Callable[[str], bool]) -> None:
        self.path = path
        self.vectors: dict[str, FloatMatrix] = {}
        self.rows = 0
        # Places of keys that are left out against expectation.
        self.repeated: list[str] = []
        self.alike: list[str] = []
        self.torn: list[str] = []
        self._is_wanted = is_wanted
        self._seen: set[str] = set()  # every key of the file

    def add(self, row: Row) -> None:
        """Take a row if its key is wanted and new. Raises VectorsError where its vector cannot be used."""
        self.rows += 1
        if row.key is None:
            self.torn.append(row.where)
        elif row.key in self._seen:
            self.repeated.append(row.where)
        else:
            self._seen.add(row.key)
            if self._is_wanted(row.key):
                self._keep(row, normalise(row.key))

    def notes(self) -> Iterator[str]:
        """Yield what was left out, counted, with the place of the first."""
        for places, what in (
            (self.repeated, "stood there before: the first vector of each counts"),
            (self.alike, "become equal to an earlier one when normalised: the first vector counts"),
            (self.torn, "hold a torn character (no UTF-8): left out"),
        ):
            if places:
                yield f"vectors: {len(places):,} of {self.rows:,} keys, the first at {places[0]}, {what}"

    def _keep(self, row: Row, key: str) -> None:
        if key in self.vectors:
            self.alike.append(row.where)
        elif not np.isfinite(row.vector).all():
            raise VectorsError(
                f"{row.where}: the vector of {row.key!r} holds values that are not finite numbers; "
                "leave the key out, or fetch the file again"
            )
        else:
            self.vectors[key] = row.vector
