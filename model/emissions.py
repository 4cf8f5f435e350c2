"""Ids to emissions: cut into rows, run in batches, put back in order.

{channel: Encoded}, rows --emit--> float32 [chars, tags]
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.features.channels import Encoded
from model.machine.numba_cache import compiled
from model.runtime.onnx import Runtime
from model.runtime.padding import pad_rows
from model.runtime.windows import Rows, batch_rows

# Of all characters, by channel name.
Ids = Mapping[str, Encoded]


def emit(runtime: Runtime, ids: Ids, rows: Rows, max_batch_chars: int) -> NDArray[np.float32]:
    """Return the emissions at each position of `ids`, float32 [chars, tags].

    Every position is in the core of one row. A batch is at most max_batch_chars, padding included.
    """
    if rows.start.size == 1:
        length = rows.end[:1]
        alone = pad_rows(ids, rows.start, length)
        emissions: NDArray[np.float32] = runtime.emissions(alone, length.astype(np.int32))[0]
        return emissions
    emissions = np.empty((0, 0), np.float32)
    for batch in batch_rows(rows, max_batch_chars):
        lengths = rows.end[batch] - rows.start[batch]  # [batch], longest first
        starts = rows.start[batch]
        output = runtime.emissions(
            pad_rows(ids, starts, lengths), lengths.astype(np.int32)
        )  # [batch, time, tags]
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
