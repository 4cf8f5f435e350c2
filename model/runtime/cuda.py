"""The graph of the CPU runtime on an NVIDIA GPU, by ONNX Runtime's CUDA provider.

bundle -> session whose arithmetic is all on the GPU, or InferenceError -> Runtime.emissions
"""

from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from model.bundle.bundle import Bundle
from model.bundle.onnx_graph import EMISSIONS, LENGTHS
from model.machine.cpus import count_cpus
from model.machine.gpus import find_gpu
from model.runtime.base import InferenceError
from model.runtime.batching import Feeds
from model.runtime.onnx import ERRORS_ONLY, ONNX_ERRORS, open_session, session_options
from model.runtime.padded import PaddedRuntime

PROVIDER = "CUDAExecutionProvider"
REMEDY = "take ZITAG_RUNTIME=onnx for the CPU"

# More wait for Python's lock: 375,000 characters a second with four on an H200 with 16 cores, 274,000 with sixteen.
_MOST_THREADS = 4

# What a GPU is for. The few nodes that compute a shape or a mask may stay on the CPU, where ONNX Runtime prefers them.
_ARITHMETIC = {"Concat", "Conv", "Gather", "LSTM", "MatMul"}
_RECORD_PLACES = "session.record_ep_graph_assignment_info"


class CudaRuntime(PaddedRuntime):
    """ONNX Runtime on the first GPU. Calls from several threads are fine.

    threads: how many calls at once, so that some encode and decode on the CPU while others have the GPU; None for one
    per CPU that this process may use, four at most. memory_limit_mb: the most that its arena takes of the GPU's
    memory; without it, memory grows as needed. The driver and cuDNN take theirs beside it.
    """

    name = "cuda"
    batch_chars = 16_384

    def __init__(
        self, bundle: Bundle, *, threads: int | None = None, memory_limit_mb: int | None = None
    ) -> None:
        gpu = _check_machine()
        options = session_options()
        options.add_session_config_entry(_RECORD_PLACES, "1")
        provider = (PROVIDER, provider_options(memory_limit_mb))
        self.session = open_session(bundle, options, [provider, "CPUExecutionProvider"])
        _check_places(self.session)
        self.device = f"gpu:0 ({gpu})"
        self.threads = threads or min(count_cpus(), _MOST_THREADS)
        self._outputs = [EMISSIONS]

    def emissions(self, feeds: Feeds, lengths: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return float32 [batch, time, tags]; see `Runtime.emissions`."""
        try:
            return self.session.run(self._outputs, {**feeds, LENGTHS: lengths})[0]  # type: ignore[no-any-return]
        except ONNX_ERRORS as error:
            raise InferenceError(
                f"onnxruntime {onnxruntime.__version__} on {self.device}: {error}"
            ) from error


def has_cuda() -> bool:
    """Return whether ONNX Runtime was built for CUDA and a GPU is there."""
    return PROVIDER in onnxruntime.get_available_providers() and find_gpu() is not None


def provider_options(memory_limit_mb: int | None) -> dict[str, str]:
    """Return what the provider is started with.

    >>> provider_options(64)["gpu_mem_limit"]
    '67108864'
    """
    options = {
        "device_id": "0",
        # All bits of float32, as on a CPU: golden texts are the same on both.
        "use_tf32": "0",
        # Doubling an arena would take memory that nothing needs.
        "arena_extend_strategy": "kSameAsRequested",
    }
    if memory_limit_mb:
        options["gpu_mem_limit"] = str(memory_limit_mb * 2**20)
    return options


def _check_machine() -> str:
    """Return the GPU's name; InferenceError where there is no provider or no GPU."""
    providers = onnxruntime.get_available_providers()
    if PROVIDER not in providers:
        raise InferenceError(
            f"runtime cuda: expected ONNX Runtime for CUDA, got onnxruntime {onnxruntime.__version__} with "
            f"{', '.join(providers)}; install the extra `gpu-serve` in place of onnxruntime, or {REMEDY}"
        )
    gpu = find_gpu()
    if gpu is None:
        raise InferenceError(
            "runtime cuda: expected an NVIDIA GPU, found none that this process may use; see `nvidia-smi`, give the "
            f"container one (`--gpus all`), or {REMEDY}"
        )
    # It warns at each start that the provider is no plug-in.
    onnxruntime.set_default_logger_severity(ERRORS_ONLY)
    # CUDA and cuDNN, out of the packages that came with the provider.
    onnxruntime.preload_dlls()
    return gpu


def _check_places(session: Any) -> None:
    """Raise InferenceError unless every node that computes has its place on the GPU.

    A provider whose libraries are missing is left out with no more than a warning.
    """
    if PROVIDER not in session.get_providers():
        raise InferenceError(
            f"runtime cuda: onnxruntime {onnxruntime.__version__} could not start its CUDA provider, as the lines "
            f"before this one say: CUDA {onnxruntime.cuda_version} or cuDNN is missing, or the driver is too old; "
            f"install the extra `gpu-serve`, or {REMEDY}"
        )
    placed = [
        (node.op_type, part.ep_name)
        for part in session.get_provider_graph_assignment_info()
        for node in part.get_nodes()
    ]
    left = sorted({op for op, provider in placed if op in _ARITHMETIC and provider != PROVIDER})
    if left:
        raise InferenceError(
            f"runtime cuda: onnxruntime {onnxruntime.__version__} leaves {', '.join(left)} to the CPU; {REMEDY}"
        )
