"""Which runtime: one table of names; the one that is asked for, and no other, is imported.

name --RUNTIMES--> module, class --build_runtime--> Runtime of a bundle
"""

from importlib import import_module
from typing import NamedTuple

from model.bundle.bundle import Bundle
from model.runtime.base import InferenceError, Runtime


class _Choice(NamedTuple):
    """Where a runtime is, what it needs and how to get that.

    The class takes (bundle, *, threads, memory_limit_mb), like `build_runtime`.
    """

    module: str
    class_name: str
    needs: str
    remedy: str


AUTO = "auto"

RUNTIMES = {
    "int8": _Choice(
        "model.runtime.int8.runtime", "Int8Runtime", "numba", "install zitag with its dependencies"
    ),
    "onnx": _Choice(
        "model.runtime.onnx", "OnnxRuntime", "ONNX Runtime", "install zitag with its dependencies"
    ),
    "cuda": _Choice(
        "model.runtime.cuda", "CudaRuntime", "ONNX Runtime for CUDA", "install the extra `gpu-serve`"
    ),
    "tensorflow": _Choice(
        "model.runtime.tensorflow",
        "TensorFlowRuntime",
        "TensorFlow",
        "install the extra `train` or `gpu`, or take 'onnx'",
    ),
}


def build_runtime(
    name: str, bundle: Bundle, *, threads: int | None = None, memory_limit_mb: int | None = None
) -> Runtime:
    """Return the runtime called `name`, one of RUNTIMES or "auto", for `bundle`.

    auto: on the CPU, in bytes where `serves_bytes` says so, else by ONNX Runtime.

    threads: how many calls at once on a CPU, None for one per CPU that this process may use. memory_limit_mb: the
    most that is taken of a GPU's memory, None for no limit. Raises InferenceError.
    """
    if name == AUTO:
        name = "int8" if serves_bytes(bundle) else "onnx"
    if name not in RUNTIMES:
        raise InferenceError(f"runtime: expected one of {(AUTO, *RUNTIMES)}, got {name!r}")
    choice = RUNTIMES[name]
    try:
        module = import_module(choice.module)
    except ImportError as error:
        raise InferenceError(f"runtime: expected {choice.needs}, got {error}; {choice.remedy}") from error
    runtime: Runtime = getattr(module, choice.class_name)(
        bundle, threads=threads, memory_limit_mb=memory_limit_mb
    )
    return runtime


def serves_bytes(bundle: Bundle) -> bool:
    """Return whether the network of `bundle` agrees with itself in bytes, and this CPU multiplies them."""
    if bundle.int8 is None or not bundle.int8.agrees:
        return False
    from model.runtime.int8.instruction_sets import best_instructions

    return best_instructions() is not None
