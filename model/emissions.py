"""Pieces of text to emissions: encoded together, cut into rows, run in batches, put back in order.

["小明来了。", "他走了。"] --encode_pieces--> ids {channel: int32 [9]} --emit--> float32 [9, tags]
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from model.features import Features
from model.runtime import Runtime
from model.vocabulary import END, PAD_ID
from model.windows import Ints, Rows, batch_rows

# int32 [chars] by channel name
Ids = Mapping[str, NDArray[np.int32]]


def encode_pieces(features: Features, pieces: Sequence[str], offsets: Ints) -> Ids:
    """Return the ids of normalised pieces one after another, int32 [chars] by channel.

    Piece i goes from offsets[i] to offsets[i + 1]. A piece's ids are those that it has alone: `END`, which no
    piece holds, stands between them, and that is what the last character of a text is paired with anyway.
    """
    ids = features.encode(END.join(pieces))  # [chars + pieces - 1]
    if len(pieces) == 1:
        return ids
    ends = np.arange(offsets[-1]) + np.repeat(np.arange(len(pieces)), np.diff(offsets))  # [chars]
    return {name: channel[ends] for name, channel in ids.items()}


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
        time = np.arange(lengths[0])
        at = rows.start[batch, None] + time  # [batch, time]
        real = time < lengths[:, None]
        padded = {
            name: np.where(real, channel.take(at, mode="clip"), PAD_ID) for name, channel in ids.items()
        }
        output = runtime.emissions(padded, lengths.astype(np.int32))  # [batch, time, tags]
        if not emissions.size:
            emissions = np.empty((int(rows.core_end[-1]), output.shape[2]), np.float32)
        core = (at >= rows.core_start[batch, None]) & (at < rows.core_end[batch, None])
        emissions[at[core]] = output[core]
    return emissions
