"""What every runtime is: the network's inputs in, emissions out.

padded rows of each channel, lengths int32 [batch] --Runtime.emissions--> float32 [batch, time, tags]
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

# Inputs of the network by name but for the lengths, as `model.runtime.batching.pad_rows` makes them.
Feeds = Mapping[str, NDArray[Any]]


class InferenceError(RuntimeError):
    """A runtime that can't be started, or that failed on a batch."""


class Runtime(Protocol):
    """What turns ids into emissions.

    threads: how many calls at once it has use for. batch_chars: characters a call does best, padding included.
    """

    name: str
    device: str
    threads: int
    batch_chars: int

    def emissions(self, feeds: Feeds, lengths: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return float32 [batch, time, tags]; beyond a row's length the values mean nothing.

        lengths: int32 [batch], each 1 to time.
        Raises InferenceError.
        """
        ...
