"""Bundles into taggers: at start and whenever a new bundle shall take over.

folder --Tagger.load (hashes, shapes, golden sentences)--> tagger --warm--> Serving, or LoadError
"""

import glob
import importlib.util
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.cpus import count_cpus
from app.settings import Settings
from app.tagging import Tagger
from model.bundle import BundleError
from model.runtime import InferenceError

logger = logging.getLogger("zitag.loader")

# The first calls of a runtime allocate and compile; nobody should wait for that. (characters, texts)
_WARM_UP = ((10, 1), (40, 1), (40, 32), (100, 16))


class LoadError(Exception):
    """A bundle that cannot serve; the message says why and what to do."""


@dataclass(frozen=True)
class Serving:
    """A tagger that serves, and what clients are told about it."""

    tagger: Tagger
    name: str
    fingerprint: str
    runtime: str
    device: str


Load = Callable[[Settings], Serving]


def load_serving(settings: Settings) -> Serving:
    """Return the tagger of the settings' bundle, checked and warmed up. Takes seconds: call it in a thread.

    Raises LoadError.
    """
    from model.tagger import Tagger as BundleTagger

    path = settings.bundle
    if not path.exists():
        raise LoadError(
            f"{path}: there is no bundle here; `make bundle` trains one, or set ZITAG_BUNDLE to the folder of one"
        )
    runtime = choose_runtime(settings)
    try:
        tagger = BundleTagger.load(path, runtime=runtime, threads=settings.threads or count_cpus())
    except (BundleError, InferenceError) as error:
        raise LoadError(str(error)) from error
    serving = serving_of(tagger, path)
    warm_up(tagger)
    return serving


def serving_of(tagger: Tagger, path: Path) -> Serving:
    """Return what clients are told of a tagger. Its name is that of the folder, links followed."""
    fingerprint = tagger.fingerprint
    return Serving(
        tagger=tagger,
        name=f"{path.resolve().name}@{fingerprint[:8]}",
        fingerprint=fingerprint,
        runtime=tagger.runtime.name,
        device=tagger.runtime.device,
    )


def choose_runtime(settings: Settings) -> str:
    """Return "tensorflow" or "onnx": what the settings say, or TensorFlow if it is installed and sees a GPU.

    TensorFlow takes seconds to import, so it is asked only where there is the device file of a GPU.
    """
    if settings.runtime != "auto":
        return settings.runtime
    if importlib.util.find_spec("tensorflow") is None or not glob.glob("/dev/nvidia[0-9]*"):
        return "onnx"
    import tensorflow

    return "tensorflow" if tensorflow.config.list_physical_devices("GPU") else "onnx"


def warm_up(tagger: Tagger) -> None:
    """Tag texts of several shapes, so that the first client waits no longer than the next."""
    for chars, count in _WARM_UP:
        tagger.tag_details(["今天小明去北京看长城。" * (chars // 11 + 1)] * count)
