"""The TensorFlow runtime: the Keras network itself, for machines with a GPU."""

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from model.bundle.bundle import Bundle
from model.runtime.base import InferenceError
from model.runtime.batching import Feeds
from model.runtime.network import LENGTHS, build_network, input_specs, set_network_weights
from model.runtime.padded import PaddedRuntime


class TensorFlowRuntime(PaddedRuntime):
    """The network of a bundle in one tf.function, on the first GPU when there is one.

    threads: how many share one operation on the CPU, None for all cores. memory_limit_mb: the most that is taken
    of the GPU; without it, memory grows as needed. Both settle for the whole process when TensorFlow starts; a
    TensorFlow that has started already keeps what it has.
    """

    name = "tensorflow"
    threads = 1  # one call uses the whole device
    batch_chars = 16_384

    def __init__(
        self, bundle: Bundle, *, threads: int | None = None, memory_limit_mb: int | None = None
    ) -> None:
        self._place, self.device = _set_up_device(threads, memory_limit_mb)
        config = bundle.config
        tables = {channel.name: bundle.weights[f"embedding.{channel.name}"] for channel in config.channels}
        with tf.device(self._place):
            network = build_network(config, tables)
            set_network_weights(network, bundle.weights)
        signature = input_specs(config)
        # One signature: other shapes trace nothing anew. Keras' `predict` costs 50 times as much and leaks.
        self._emit = tf.function(lambda feeds: network(feeds, training=False), input_signature=[signature])

    def emissions(self, feeds: Feeds, lengths: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return float32 [batch, time, tags]; see `model.runtime.base.Runtime`."""
        tensors: dict[str, Any] = {name: tf.constant(array) for name, array in feeds.items()}
        try:
            with tf.device(self._place):
                return self._emit({**tensors, LENGTHS: tf.constant(lengths)}).numpy()  # type: ignore[no-any-return]
        except tf.errors.OpError as error:
            raise InferenceError(f"tensorflow {tf.__version__} on {self.device}: {error.message}") from error


def _set_up_device(threads: int | None, memory_limit_mb: int | None) -> tuple[str, str]:
    """Return the device to run on, its memory bounded, as TensorFlow names it and as people do."""
    gpus = tf.config.list_physical_devices("GPU")
    # All bits of float32, as on a CPU: golden texts are the same on both.
    tf.config.experimental.enable_tensor_float_32_execution(False)
    try:
        if threads:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
        if gpus and memory_limit_mb:
            limit = tf.config.LogicalDeviceConfiguration(memory_limit=memory_limit_mb)
            tf.config.set_logical_device_configuration(gpus[0], [limit])
        elif gpus:
            tf.config.experimental.set_memory_growth(gpus[0], True)
    except (RuntimeError, ValueError):  # started already
        pass
    if not gpus:
        return "/CPU:0", "cpu"
    details = tf.config.experimental.get_device_details(gpus[0])
    return "/GPU:0", f"gpu:0 ({details.get('device_name', 'unknown')})"
