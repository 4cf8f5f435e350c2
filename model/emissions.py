"""Ids to emissions: cut into rows, run in batches, put back in order.

ids {channel: int32 [chars]}, rows --emit--> float32 [chars, tags]
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.compiled import compiled
from model.runtime import Runtime
from model.vocabulary import PAD_ID
from model.windows import Rows, batch_rows

# int32 [chars] by channel name
Ids = Mapping[str, NDArray[np.int32]]


def emit(runtime: Runtime, ids: Ids, rows: Rows, max_batch_chars: int) -> NDArray[np.float32]:
    """Return the emissions at each position of `ids`, float32 [chars, tags].

    Every position is in the core of one row. A batch is at most max_batch_chars, padding included.
    """
    if rows.start.size == 1:
        length = np.array([rows.end[0]], np.int32)
        alone = {name: channel[None, :] for name, channel in ids.items()}
        emissions: NDArray[np.float32] = runtime.emissions(alone, length)[0]
        return emissions
    emissions = np.empty((0, 0), np.float32)
    for batch in batch_rows(rows, max_batch_chars):
        lengths = rows.end[batch] - rows.start[batch]  # [batch], longest first
        starts = rows.start[batch]
        padded = {name: _pad(channel, starts, lengths) for name, channel in ids.items()}
        output = runtime.emissions(padded, lengths.astype(np.int32))  # [batch, time, tags]
        if not emissions.size:
            emissions = np.empty((int(rows.core_end[-1]), output.shape[2]), np.float32)
        _keep_cores(output, starts, rows.core_start[batch], rows.core_end[batch], emissions)
    return emissions


@compiled(nogil=False)
def _pad(ids: Any, starts: Any, lengths: Any) -> Any:
    """Return the rows that begin at `starts`, longest first, int32 [batch, time]."""
    padded = np.full((starts.size, lengths[0]), PAD_ID, np.int32)
    for row in range(starts.size):
        for t in range(lengths[row]):
            padded[row, t] = ids[starts[row] + t]
    return padded


@compiled(nogil=False)
def _keep_cores(output: Any, starts: Any, core_starts: Any, core_ends: Any, emissions: Any) -> None:
    """Copy the core of each row of `output` to its place in `emissions`."""
    for row in range(starts.size):
        for position in range(core_starts[row], core_ends[row]):
            for tag in range(emissions.shape[1]):
                emissions[position, tag] = output[row, position - starts[row], tag]
