"""A runtime whose network takes batches of rows padded to the longest: all but the one in bytes.

ids, rows --batch_rows, pad_rows--> feeds --emissions--> [batch, time, tags] --cores--> [chars, tags]
"""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.machine.numba_cache import compiled
from model.runtime.base import Ids, Rows
from model.runtime.batching import Feeds, batch_rows, pad_rows


class PaddedRuntime(ABC):
    """A runtime, given what computes the emissions of a padded batch."""

    name: str
    device: str
    threads: int
    batch_chars: int

    @abstractmethod
    def emissions(self, feeds: Feeds, lengths: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return float32 [batch, time, tags]; beyond a row's length the values mean nothing.

        lengths: int32 [batch], each 1 to time. Raises InferenceError.
        """

    def emit(self, ids: Ids, rows: Rows, max_batch_chars: int) -> NDArray[np.float32]:
        """Return the emissions at each position of `ids`; see `Runtime.emit`."""
        if rows.start.size == 1:
            length = rows.end[:1]
            alone = pad_rows(ids, rows.start, length)
            emissions: NDArray[np.float32] = self.emissions(alone, length.astype(np.int32))[0]
            return emissions
        emissions = np.empty((0, 0), np.float32)
        for batch in batch_rows(rows, max_batch_chars):
            lengths = rows.end[batch] - rows.start[batch]  # [batch], longest first
            starts = rows.start[batch]
            feeds = pad_rows(ids, starts, lengths)
            output = self.emissions(feeds, lengths.astype(np.int32))  # [batch, time, tags]
            if not emissions.size:
                emissions = np.empty((int(rows.core_end[-1]), output.shape[2]), np.float32)
            _keep_cores(output, starts, rows.core_start[batch], rows.core_end[batch], emissions)
        return emissions


@compiled(nogil=False)
def _keep_cores(output: Any, starts: Any, core_starts: Any, core_ends: Any, emissions: Any) -> None:
    """Copy the core of each row of `output` to its place in `emissions`."""
    for row in range(starts.size):
        for position in range(core_starts[row], core_ends[row]):
            for tag in range(emissions.shape[1]):
                emissions[position, tag] = output[row, position - starts[row], tag]
