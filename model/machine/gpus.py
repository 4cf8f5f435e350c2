"""The NVIDIA GPU of this machine, asked of its driver: no framework is imported for the question."""

import ctypes
from collections.abc import Callable
from typing import Any

# Comes with the driver; in a container, with NVIDIA's container toolkit.
DRIVER = "libcuda.so.1"
_NAME_BYTES = 128


def find_gpu(load: Callable[[str], Any] = ctypes.CDLL) -> str | None:
    """Return the name of the first GPU that this process may use, None where there is none or no driver.

    `CUDA_VISIBLE_DEVICES` counts, as for every program of CUDA.
    """
    try:
        driver = load(DRIVER)
    except OSError:
        return None
    device, name = ctypes.c_int(), ctypes.create_string_buffer(_NAME_BYTES)
    # Each returns 0 when all is well.
    failed = (
        driver.cuInit(0)
        or driver.cuDeviceGet(ctypes.byref(device), 0)
        or driver.cuDeviceGetName(name, _NAME_BYTES, device)
    )
    return None if failed else name.value.decode(errors="replace")
