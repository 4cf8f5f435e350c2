"""What every runtime is: rows of ids in, emissions out.

ids of each channel, rows --Runtime.emit--> float32 [chars, tags]
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from model.features.channels import Encoded

Ints = NDArray[np.int64]

# Of all characters, by channel name.
Ids = Mapping[str, Encoded]


class InferenceError(RuntimeError):
    """A runtime that can't be started, or that failed on a batch."""


class Rows(NamedTuple):
    """Rows of the network's input, each int64 [rows]; all count from the start of the ids.

    A row reads ids[start:end]; of what comes out, core_start to core_end is kept.
    """

    start: Ints
    end: Ints
    core_start: Ints
    core_end: Ints


class Runtime(Protocol):
    """What turns ids into emissions.

    threads: how many calls at once it has use for. batch_chars: characters that go through the network at once best.
    """

    name: str
    device: str
    threads: int
    batch_chars: int

    def emit(self, ids: Ids, rows: Rows, max_batch_chars: int) -> NDArray[np.float32]:
        """Return the emissions at each position of `ids`, float32 [chars, tags].

        Every position is in the core of one row. A batch is at most max_batch_chars, padding included.
        Raises InferenceError.
        """
        ...
