"""The bundle: the folder on disk that is a whole tagger, and the same in memory.

    save_bundle: Bundle -> NAME.partial/ -> loaded back -> checked by the caller -> NAME/
    load_bundle: NAME/ -> sizes, hashes, schemas, shapes checked -> Bundle

    NAME/ = bundle.json, vocabulary.json, weights.safetensors, network.onnx, golden.json

A bundle is data, never code: JSON, arrays, and a graph that may only be the one that bundle.json gives. A stranger's
bundle can be wrong, not dangerous.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from model.bundle.config import NetworkConfig
from model.bundle.files import (
    GOLDEN_FILE,
    MAX_MANIFEST_BYTES,
    NETWORK_FILE,
    VOCABULARY_FILE,
    WEIGHTS_FILE,
    check_folder,
    read_file,
    read_files,
    record_of,
)
from model.bundle.golden import Golden, read_golden, write_golden
from model.bundle.manifest import (
    MANIFEST_FILE,
    REMEDY,
    BundleError,
    Int8,
    Manifest,
    Origin,
    TextRules,
    read_manifest,
)
from model.bundle.onnx_bytes import build_onnx
from model.bundle.weights import Weights, check_weights, read_weights, write_weights
from model.features.channels import Channel, Features, FeaturesError
from model.features.lexicon import LexiconError
from model.features.vocabulary import VocabularyError
from model.machine.atomic import atomic_folder
from model.tags.tag_set import TagError, TagSet
from model.text import TEXT_RULES

__all__ = ["Bundle", "BundleError", "Origin", "TextRules", "load_bundle", "save_bundle"]


@dataclass(frozen=True)
class Bundle:
    """A tagger's parts. `weights` are those of `pack_weights`."""

    config: NetworkConfig
    tag_set: TagSet
    features: Features
    rules: TextRules
    weights: Weights
    golden: tuple[Golden, ...] = ()
    origin: Origin = field(default_factory=Origin)
    fingerprint: str = ""
    int8: Int8 | None = None

    @property
    def tables(self) -> str:
        """Element type of the embeddings: "float16" or "float32"."""
        return str(next(array.dtype for name, array in self.weights.items() if name.startswith("embedding.")))

    @property
    def graph(self) -> bytes:
        """The content of network.onnx."""
        return build_onnx(self.config, half_tables=self.tables == "float16")


def save_bundle(
    path: str | Path,
    bundle: Bundle,
    *,
    overwrite: bool = False,
    check: Callable[[Path], object] = lambda partial: None,
) -> Path:
    """Write `bundle` to the folder `path` and return it; the folder appears whole or not at all.

    `check` gets the written folder before it takes its name: what it raises stops the save, what it writes
    into the folder (report.json, README.md) stays there, never loaded. Raises BundleError when the bundle
    contradicts itself, as `check_target`, and when the disk is full or not writable.
    """
    path = Path(path).absolute()
    check_target(path, overwrite=overwrite)
    contents = _contents(path, bundle)
    try:
        with atomic_folder(path, overwrite=overwrite) as partial:
            for name, content in contents.items():
                (partial / name).write_bytes(content)
            load_bundle(partial)
            check(partial)
    except OSError as error:
        raise BundleError(
            f"{path}: expected a writable folder, got {error}; free space or write elsewhere"
        ) from error
    return path


def check_target(path: Path, *, overwrite: bool) -> None:
    """Raise BundleError unless nothing stands at `path`, or with `overwrite` a bundle or an empty folder."""
    if not os.path.lexists(path):
        return
    if not overwrite:
        raise BundleError(f"{path}: exists; choose another name, or overwrite it (--overwrite)")
    is_empty = path.is_dir() and not any(path.iterdir())
    if not is_empty and not (path / MANIFEST_FILE).is_file():
        raise BundleError(
            f"{path}: expected a bundle to overwrite, got something else; choose another name, or remove it yourself"
        )


def load_bundle(path: str | Path) -> Bundle:
    """Return the bundle in the folder `path`. Raises BundleError, and nothing else, on whatever is wrong."""
    path = Path(path)
    check_folder(path)
    manifest = read_manifest(path / MANIFEST_FILE, read_file(path / MANIFEST_FILE, MAX_MANIFEST_BYTES))
    config, tag_set = manifest.network, _tag_set(path / MANIFEST_FILE, manifest)
    files = read_files(path, manifest)
    bundle = Bundle(
        config=config,
        tag_set=tag_set,
        features=_features(path / VOCABULARY_FILE, files[VOCABULARY_FILE]),
        rules=manifest.text,
        weights=read_weights(path / WEIGHTS_FILE, files[WEIGHTS_FILE], config, manifest.tables),
        golden=read_golden(path / GOLDEN_FILE, files[GOLDEN_FILE]),
        origin=manifest.origin,
        fingerprint=manifest.fingerprint,
        int8=manifest.int8,
    )
    check_consistency(path, bundle)
    if files[NETWORK_FILE] != bundle.graph:
        raise BundleError(
            f"{path / NETWORK_FILE}: expected the graph of the network in bundle.json; {REMEDY}"
        )
    return bundle


def _contents(path: Path, bundle: Bundle) -> dict[str, bytes]:
    """Return the content of each file, bundle.json last, so that a folder without it is known to be torn."""
    check_weights(path / WEIGHTS_FILE, bundle.weights, bundle.config, bundle.tables)
    check_consistency(path, bundle)
    contents = {
        VOCABULARY_FILE: bundle.features.to_json().encode("ascii"),
        WEIGHTS_FILE: write_weights(bundle.weights),
        NETWORK_FILE: bundle.graph,
        GOLDEN_FILE: write_golden(bundle.golden).encode("ascii"),
    }
    manifest = Manifest.build(
        network=bundle.config,
        scheme=bundle.tag_set.scheme,
        labels=bundle.tag_set.labels,
        tags=bundle.tag_set.tags,
        text=bundle.rules,
        tables=bundle.tables,
        origin=bundle.origin,
        files={name: record_of(content) for name, content in contents.items()},
        int8=bundle.int8,
    )
    return {**contents, MANIFEST_FILE: manifest.to_json().encode("ascii")}


def _features(path: Path, content: bytes) -> Features:
    try:
        return Features.from_json(content)
    except (FeaturesError, LexiconError, VocabularyError, RecursionError) as error:
        raise BundleError(f"{path}: {error}; {REMEDY}") from error


def _tag_set(path: Path, manifest: Manifest) -> TagSet:
    try:
        tag_set = TagSet(manifest.scheme, manifest.labels)
    except TagError as error:
        raise BundleError(f"{path}: {error}; {REMEDY}") from error
    if manifest.tags != tag_set.tags:
        raise BundleError(f"{path}: tags: expected {tag_set.tags}, got {manifest.tags}; {REMEDY}")
    return tag_set


def check_consistency(path: Path, bundle: Bundle) -> None:
    """Raise BundleError where two parts of the bundle contradict each other."""
    config = bundle.config
    channels = [
        (channel.name, "keys" if isinstance(channel, Channel) else "words", channel.rows)
        for channel in bundle.features.channels
    ]
    expected = [(channel.name, channel.kind, channel.rows) for channel in config.channels]
    if channels != expected:
        raise BundleError(
            f"{path / VOCABULARY_FILE}: expected channels, kinds and rows {expected}, got {channels}; {REMEDY}"
        )
    if bundle.int8 and bundle.int8.ranges.keys() != {channel.name for channel in config.channels}:
        raise BundleError(
            f"{path / MANIFEST_FILE}: int8.ranges: expected the channels {[c.name for c in config.channels]}, "
            f"got {sorted(bundle.int8.ranges)}; {REMEDY}"
        )
    if config.channels[0].kind != "keys":  # by which unknown characters are told
        raise BundleError(
            f"{path / MANIFEST_FILE}: network.channels: expected keys first, got words; {REMEDY}"
        )
    tags = len(bundle.tag_set.tags)
    if tags != config.tags:
        raise BundleError(
            f"{path / MANIFEST_FILE}: network.tags: expected {tags}, got {config.tags}; {REMEDY}"
        )
    if bundle.rules.rules != TEXT_RULES:
        raise BundleError(
            f"{path / MANIFEST_FILE}: text.rules: expected {TEXT_RULES}, got {bundle.rules.rules}; "
            "train the bundle anew with this version, or serve it with the version that made it"
        )
