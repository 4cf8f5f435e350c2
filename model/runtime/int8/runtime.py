"""The runtime in bytes, for CPUs that multiply them: those with AVX2 and FMA, or better."""

import numpy as np
from numpy.typing import NDArray

from model.bundle.blocks import split_network
from model.bundle.bundle import Bundle
from model.bundle.config import NetworkConfig
from model.machine.cpus import count_cpus
from model.runtime.base import Ids, InferenceError, Rows
from model.runtime.int8.instruction_sets import InstructionSet, best_instructions
from model.runtime.int8.network import Int8Network
from model.runtime.int8.ranges import default_ranges

_REMEDY = "take ZITAG_RUNTIME=onnx (or --runtime onnx)"


class Int8Runtime:
    """The network of a bundle in bytes. Calls from several threads are fine.

    threads: how many calls at once; None for one per CPU that this process may use. instructions: None for the best of
    this CPU. Raises InferenceError where it has none, or the network has a convolution.
    """

    name = "int8"
    device = "cpu"
    batch_chars = 2048

    def __init__(
        self,
        bundle: Bundle,
        *,
        threads: int | None = None,
        memory_limit_mb: int | None = None,
        instructions: InstructionSet | None = None,
    ) -> None:
        best = check_support(bundle.config)
        ranges = bundle.int8.ranges if bundle.int8 else default_ranges(bundle.config, bundle.weights)
        self.threads = threads or count_cpus()
        # One of several that stand side by side in an ensemble has no part in the sums of the others.
        parts = split_network(bundle.config, bundle.weights)
        self._networks = [
            Int8Network(config, weights, ranges, instructions or best) for config, weights in parts
        ]

    def emit(self, ids: Ids, rows: Rows, max_batch_chars: int) -> NDArray[np.float32]:
        """Return the emissions at each position of `ids`; see `Runtime.emit`."""
        total = self._networks[0].emit(ids, rows, max_batch_chars)
        for network in self._networks[1:]:
            total += network.emit(ids, rows, max_batch_chars)
        return total


def check_support(config: NetworkConfig) -> InstructionSet:
    """Return the instructions for it; raise InferenceError unless this CPU and the network of `config` can do."""
    instructions = best_instructions()
    if instructions is None:
        raise InferenceError(f"int8: expected an x86 CPU with AVX2 and FMA, got one without; {_REMEDY}")
    if config.conv_filters:
        raise InferenceError(f"int8: expected a network without a convolution, got one; {_REMEDY}")
    return instructions
