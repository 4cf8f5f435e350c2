"""Which GPU the driver names."""

import ctypes
from types import SimpleNamespace
from typing import Any

import pytest

from model.machine.gpus import DRIVER, find_gpu


def driver_of(name: bytes = b"NVIDIA Tiny", **returns: int) -> Any:
    """What stands in for NVIDIA's driver; each call returns what it must, 0 for success."""

    def write_name(buffer: Any, size: int, device: ctypes.c_int) -> int:
        assert size == len(buffer)
        buffer.value = name
        return returns.get("cuDeviceGetName", 0)

    return SimpleNamespace(
        cuInit=lambda flags: returns.get("cuInit", 0),
        cuDeviceGet=lambda device, index: returns.get("cuDeviceGet", index),
        cuDeviceGetName=write_name,
    )


@pytest.mark.parametrize(
    ("driver", "found"),
    [
        (driver_of(), "NVIDIA Tiny"),
        (driver_of(name=b"caf\xe9"), "caf\ufffd"),
        (driver_of(cuInit=100), None),  # no device
        (driver_of(cuDeviceGet=101), None),
        (driver_of(cuDeviceGetName=1), None),
    ],
)
def test_the_first_gpu_is_named(driver: Any, found: str | None) -> None:
    assert find_gpu({DRIVER: driver}.__getitem__) == found


def test_without_a_driver_there_is_no_gpu() -> None:
    def load(name: str) -> Any:
        raise OSError(f"{name}: cannot open shared object file")

    assert find_gpu(load) is None
