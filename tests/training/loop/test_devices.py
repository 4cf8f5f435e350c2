"""What a fit says it computes on."""

import pytest
import tensorflow as tf

from training.loop import devices
from training.settings.config import FitConfig


def test_a_cpu_is_named_with_its_threads() -> None:
    config = FitConfig(threads=3)
    assert devices.describe_devices(config) == "fits on the CPU: 3 threads, float32"
    assert not devices.has_gpu()


def test_keras_says_that_no_cudnn_ran_on_a_cpu() -> None:
    assert not devices.has_cudnn_lstm("float32")


@pytest.mark.parametrize(
    ("cudnn", "said"),
    [
        (True, "fits on NVIDIA Tiny: cuDNN's LSTM, mixed_float16"),
        (False, "fits on NVIDIA Tiny: no cuDNN: its LSTM is a slow loop, mixed_float16"),
    ],
)
def test_a_gpu_is_named_with_its_lstm(cudnn: bool, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU")
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [gpu])
    monkeypatch.setattr(
        tf.config.experimental, "get_device_details", lambda gpu: {"device_name": "NVIDIA Tiny"}
    )
    monkeypatch.setattr(devices, "has_cudnn_lstm", lambda precision: cudnn)
    assert devices.describe_devices(FitConfig(precision="mixed_float16")) == said
    assert devices.has_gpu()
