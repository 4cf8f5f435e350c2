"""The devices of a fit: all GPUs, with memory growth, or else the CPU; repeatable on both."""

from typing import Any

import tensorflow as tf

from model.machine.cpus import count_cpus
from model.runtime.lstm.packed import multiplies_bfloat16
from training.loop.objective import Sums
from training.loop.workers import read_task
from training.settings import by_size
from training.settings.config import FitConfig

_KERAS_ON_GPU = 2  # keras.layers.rnn.gru_lstm_utils.RUNTIME_GPU


def make_strategy(config: FitConfig) -> tf.distribute.Strategy:
    """Set up TensorFlow for `config` and return how steps are spread: not, over all GPUs, over all workers.

    Seeds everything and makes kernels deterministic. Called once, before TensorFlow has run anything;
    a second call in a process keeps the first one's threads.
    """
    tf.keras.utils.set_random_seed(config.seed)
    tf.config.experimental.enable_op_determinism()
    # float32 means that: on GPUs that round to 19 bits otherwise, a bundle would differ from what was trained.
    tf.config.experimental.enable_tensor_float_32_execution(False)
    _set_threads(config.threads or count_cpus())
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        # Never the whole card: others may work on it.
        tf.config.experimental.set_memory_growth(gpu, True)
    if read_task().workers > 1:
        return tf.distribute.MultiWorkerMirroredStrategy()
    if len(gpus) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def has_gpu() -> bool:
    """Return whether TensorFlow sees a GPU."""
    return bool(tf.config.list_physical_devices("GPU"))


def compiled_threads(config: FitConfig) -> int:
    """Return in how many threads the LSTM's compiled steps run; 0 where Keras' LSTM is to be taken.

    That is on a GPU, which has cuDNN's, and in float16, which a CPU has no products of.
    """
    return 0 if has_gpu() or config.precision == "mixed_float16" else config.threads or count_cpus()


def sums_over_paths() -> Sums:
    """Return how the CRF sums over paths: in parallel on a GPU, else in compiled loops."""
    return "parallel" if has_gpu() else "compiled"


def precision_for(config: FitConfig) -> str:
    """Return the precision of the layers, a Keras policy: as given, or the fastest here that loses no dev F1."""
    if config.precision != "auto":
        return config.precision
    # Workers may be of several kinds, and all have to round alike.
    alone = not has_gpu() and read_task().workers == 1
    return "mixed_bfloat16" if alone and multiplies_bfloat16() else "float32"


def suit_devices(config: FitConfig, chars: int) -> FitConfig:
    """Return the settings of a fit of so many characters: its precision, larger batches on a GPU unless given."""
    chosen: dict[str, Any] = {"precision": precision_for(config)}
    if has_gpu() and not config.batch_chars:
        chosen["batch_chars"] = by_size.GPU_BATCHES * by_size.batch_chars(chars)
    return config.model_copy(update=chosen)


def describe_devices(config: FitConfig) -> str:
    """Return what a fit computes on, for people: the GPUs by name, or the CPU; which LSTM; which precision.

    To be called after `make_strategy`: it runs a layer, and with that TensorFlow's settings are settled.
    """
    names = [
        tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)
        for gpu in tf.config.list_physical_devices("GPU")
    ]
    task = read_task()
    among = f", {task}" if task.workers > 1 else ""
    if names:
        lstm = "cuDNN's LSTM" if has_cudnn_lstm(config.precision) else "no cuDNN: its LSTM is a slow loop"
        batches = f"batches of {config.batch_chars:,} characters"
        return f"fits on {', '.join(names)}: {lstm}, {config.precision}, {batches}{among}"
    return f"fits on the CPU: {config.threads or count_cpus()} threads, {config.precision}{among}"


def has_cudnn_lstm(precision: str) -> bool:
    """Return whether an LSTM like the network's runs as cuDNN's, as Keras says of one that did."""
    layer = tf.keras.layers.LSTM(2, return_sequences=True, return_runtime=True, dtype=precision)
    signature = [tf.TensorSpec([None, None, 3])]
    run = tf.function(lambda states: layer(states)[1], input_signature=signature, autograph=False)
    return int(run(tf.zeros([1, 4, 3]))) == _KERAS_ON_GPU


def _set_threads(threads: int) -> None:
    # The two directions of the BiLSTM run side by side: half of the threads for each.
    try:
        tf.config.threading.set_intra_op_parallelism_threads(max(1, threads // 2))
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    except RuntimeError:
        # TensorFlow has started already, with the threads of an earlier fit in this process.
        return
