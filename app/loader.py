"""Bundles into taggers: at start and whenever a new bundle shall take over.

folder --hashes, shapes--> bundle --golden sentences--> tagger --warm--> Serving, or LoadError
"""

import glob
import importlib.util
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.memory import release_memory
from app.min_score import unknown_labels
from app.problems import drop_frames
from app.queue.tagger import Tagger
from app.settings import Settings
from model.bundle.bundle import Bundle, BundleError, load_bundle
from model.bundle.golden import replay_golden
from model.machine.cpus import count_cpus
from model.runtime.base import InferenceError, Runtime
from model.runtime.choice import AUTO, build_runtime
from model.runtime.cuda import has_cuda
from model.tagger import Tagger as BundleTagger
from model.words.file import WordsError, check_regular, read_words

logger = logging.getLogger("zitag.loader")

# The first calls of a runtime allocate and compile; nobody should wait for that. (characters, texts)
_WARM_UP = ((10, 1), (40, 1), (40, 32), (100, 16))
# NVIDIA's driver, and the same under Windows Subsystem for Linux.
GPU_DEVICES = ("/dev/nvidia[0-9]*", "/dev/dxg")


class LoadError(Exception):
    """A bundle that cannot serve; the message says why and what to do."""


@dataclass(frozen=True)
class Serving:
    """A tagger that serves, and what clients are told about it. words: how many of one's own are evidence."""

    tagger: Tagger
    name: str
    fingerprint: str
    runtime: str
    device: str
    words: int = 0


Load = Callable[[Settings], Serving]


def load_serving(settings: Settings) -> Serving:
    """Return the tagger of the settings' bundle, checked and warmed up. Takes seconds: call it in a thread.

    Raises LoadError.
    """
    path = settings.bundle
    if not _may_exist(path):
        raise LoadError(
            f"{path}: there is no bundle here; `make bundle` trains one, or set ZITAG_BUNDLE to the folder of one"
        )
    if path.resolve() != path.absolute():
        path = path.resolve()  # a link that is changed meanwhile leads elsewhere
    try:
        tagger = _load_tagger(settings, path)
    except (BundleError, InferenceError, WordsError, LoadError) as error:
        drop_frames(error)  # which hold a bundle that is loaded and will never serve
        release_memory()
        raise LoadError(str(error)) from error
    release_memory()
    return serving_of(tagger, path, words=tagger.word_count)


def _may_exist(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # in a folder that we may not enter: who reads the bundle says so
        return True


def _load_tagger(settings: Settings, path: Path) -> BundleTagger:
    bundle = load_bundle(path)
    tagger = BundleTagger(bundle, _start_runtime(settings, bundle))
    replay_golden(path, bundle.golden, tagger.find)
    if settings.words is not None:
        check_regular(settings.words)  # a reload reads it again
        tagger = tagger.with_words(read_words(settings.words, tagger.labels), settings.words_strength)
    unknown = unknown_labels(settings.min_score, tagger.labels)
    if unknown:
        known = ", ".join(tagger.labels)
        raise LoadError(
            f"ZITAG_MIN_SCORE: expected labels of {path} ({known}), got {unknown[0]!r}; leave it out"
        )
    warm_up(tagger)
    return tagger


def serving_of(tagger: Tagger, path: Path, *, words: int = 0) -> Serving:
    """Return what clients are told of a tagger. Its name is that of the folder, links followed."""
    fingerprint = tagger.fingerprint
    return Serving(
        tagger=tagger,
        name=f"{path.resolve().name}@{fingerprint[:8]}",
        fingerprint=fingerprint,
        runtime=tagger.runtime.name,
        device=tagger.runtime.device,
        words=words,
    )


def warm_up(tagger: Tagger) -> None:
    """Tag texts of several shapes, so that the first client waits no longer than the next."""
    for chars, count in _WARM_UP:
        tagger.tag_details(["今天小明去北京看长城。" * (chars // 11 + 1)] * count)


def _start_runtime(settings: Settings, bundle: Bundle) -> Runtime:
    """Return what the settings ask for; for "auto" the first on a GPU that starts, else what is best on the CPU."""
    if settings.runtime != "auto":
        return _build(settings.runtime, settings, bundle)
    for name, may_run in _ON_GPU.items():
        if not may_run():
            continue
        try:
            runtime = _build(name, settings, bundle)
        except InferenceError as error:
            logger.warning("%s", error)
            continue
        if runtime.device.startswith("gpu"):
            return runtime
        logger.warning("%s sees no GPU", name)
    return _build(AUTO, settings, bundle)


def _build(name: str, settings: Settings, bundle: Bundle) -> Runtime:
    # What runs on CUDA has a better guess of its own.
    threads = settings.threads or (None if name == "cuda" else count_cpus())
    return build_runtime(name, bundle, threads=threads, memory_limit_mb=settings.gpu_memory_mb)


def may_have_gpu(devices: Iterable[str] = GPU_DEVICES) -> bool:
    """Return whether TensorFlow is installed and a GPU's device file is there.

    TensorFlow takes seconds to import, so that it is not asked where there is no such file.
    """
    return any(map(glob.glob, devices)) and importlib.util.find_spec("tensorflow") is not None


# What "auto" tries, in this order.
_ON_GPU: Mapping[str, Callable[[], bool]] = {"cuda": has_cuda, "tensorflow": lambda: may_have_gpu()}
