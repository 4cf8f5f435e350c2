"""What a fit says it computes on."""

import pytest
import tensorflow as tf

from training.loop import devices
from training.loop.workers import Task
from training.settings.config import FitConfig


def test_a_cpu_is_named_with_its_threads() -> None:
    config = FitConfig(threads=3, precision="float32")
    assert devices.describe_devices(config) == "fits on the CPU: 3 threads, float32"
    assert not devices.has_gpu()


def test_keras_says_that_no_cudnn_ran_on_a_cpu() -> None:
    assert not devices.has_cudnn_lstm("float32")


@pytest.fixture
def a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have TensorFlow see a GPU that is not there."""
    gpu = tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU")
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [gpu])
    monkeypatch.setattr(
        tf.config.experimental, "get_device_details", lambda gpu: {"device_name": "NVIDIA Tiny"}
    )


@pytest.mark.parametrize(
    ("cudnn", "lstm"), [(True, "cuDNN's LSTM"), (False, "no cuDNN: its LSTM is a slow loop")]
)
def test_a_gpu_is_named_with_its_lstm(
    cudnn: bool, lstm: str, a_gpu: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "has_cudnn_lstm", lambda precision: cudnn)
    config = FitConfig(precision="mixed_float16", batch_chars=12_800)
    said = f"fits on NVIDIA Tiny: {lstm}, mixed_float16, batches of 12,800 characters"
    assert devices.describe_devices(config) == said
    assert devices.has_gpu()


@pytest.mark.parametrize(("given", "batch_chars"), [(0, 12_800), (3200, 3200), (20_000, 20_000)])
def test_batches_are_larger_on_a_gpu_unless_a_size_is_given(
    given: int, batch_chars: int, a_gpu: None
) -> None:
    config = devices.suit_devices(FitConfig(batch_chars=given), 2_000_000)
    assert config == FitConfig(batch_chars=batch_chars, precision="float32")
    assert devices.suit_devices(config, 2_000_000) == config


def test_batches_are_those_of_the_settings_on_a_cpu() -> None:
    assert devices.suit_devices(FitConfig(), 2_000_000).batch_chars == 0


@pytest.mark.parametrize(
    ("given", "has_bfloat16", "precision"),
    [
        ("auto", True, "mixed_bfloat16"),
        ("auto", False, "float32"),
        ("float32", True, "float32"),
        ("mixed_bfloat16", False, "mixed_bfloat16"),
    ],
)
def test_products_are_in_bfloat16_where_the_cpu_has_it_unless_a_precision_is_given(
    given: str, has_bfloat16: bool, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "multiplies_bfloat16", lambda: has_bfloat16)
    config = FitConfig.model_validate({"precision": given})
    assert devices.suit_devices(config, 2_000_000).precision == precision


def test_products_are_in_float32_on_a_gpu_and_on_several_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "multiplies_bfloat16", lambda: True)
    monkeypatch.setattr(devices, "has_gpu", lambda: True)
    assert devices.precision_for(FitConfig()) == "float32"
    monkeypatch.setattr(devices, "has_gpu", lambda: False)
    monkeypatch.setattr(devices, "read_task", lambda: Task(0, 2))
    assert devices.precision_for(FitConfig()) == "float32"
