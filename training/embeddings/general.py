"""General vectors: of raw text alone, trained once and shared by the fits of many corpora.

raw texts -> gensim -> <cache>/vectors/general/<key>/, a folder for each channel
    keys.json, matrix.npy, context.npy   as in trained.py
    vectors.json                         what they were trained on, how and when
    meta.json                            the key, and bytes and sha256 of the others: a torn folder is no folder

A copy of these folders under the channels' names, char/ bigram/ segment/, is what `zitag vectors --output` makes.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

import training.corpus.lines
import training.embeddings.word2vec
from model.machine.atomic import atomic_folder
from model.machine.hashing import file_sha256
from training.data.cache import META, cached_folder, is_sound
from training.embeddings.texts import TextSource, WantedVectors, modules_sha256
from training.embeddings.trained import read_vectors, train_shown, vectors_key, write_vectors
from training.embeddings.word2vec import Vectors, VectorsError, VectorSettings

GENERAL = "general"  # the folder of vectors in the cache that has them
RECORD = "vectors.json"
REMEDY = "make them again with `zitag vectors --output`"


class VectorsRecord(BaseModel):
    """What the vectors of one channel are: the content of vectors.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    name: str  # of the raw texts
    channel: str
    key: str  # hash of texts, settings and code
    raw: str  # hash of the texts
    settings: VectorSettings
    keys: int
    created: str
    gensim: str


@dataclass(frozen=True)
class GeneralVectors:
    """The general vectors of some raw texts: a folder and a record for each channel."""

    folders: Mapping[str, Path]
    records: Mapping[str, VectorsRecord]

    @property
    def name(self) -> str:
        """The names of the raw texts."""
        return next(iter(self.records.values())).name

    @property
    def sha256(self) -> str:
        """The hash of texts, settings and code of all channels."""
        return vectors_key({channel: record.key for channel, record in self.records.items()})

    def read(self, channel: str) -> Vectors:
        """Return the vectors of one channel, with what training can go on from."""
        return read_vectors(self.folders[channel])

    def bytes_sha256(self, channel: str) -> str:
        """Return the hash of a channel as it lies there: several threads of gensim never give the same twice."""
        return file_sha256(self.folders[channel] / META)


def train_general(
    name: str,
    raw: TextSource,
    wanted: Mapping[str, WantedVectors],
    directory: Path,
    say: Callable[[str], None] = lambda line: None,
) -> GeneralVectors:
    """Return the general vectors of `raw`; channels that are not in `directory` are trained into it, one by one.

    What is interrupted leaves the channels that were whole. Raises VectorsError and CacheError.
    """
    for number, (channel, one) in enumerate(wanted.items(), 1):
        key = _key(raw, one)
        if not is_sound(directory / key, key):
            say(f"{channel} vectors of {name}: training ({number} of {len(wanted)})")
            cached_folder(directory, key, partial(_write, name, channel, key, raw, one))
    found = find_general(raw, wanted, directory)
    assert found
    return found


def find_general(
    raw: TextSource, wanted: Mapping[str, WantedVectors], directory: Path
) -> GeneralVectors | None:
    """Return the general vectors of `raw` if every channel is in `directory`, whole."""
    keys = {channel: _key(raw, one) for channel, one in wanted.items()}
    if not all(is_sound(directory / key, key) for key in keys.values()):
        return None
    return _opened({channel: directory / key for channel, key in keys.items()})


def open_general(folder: Path) -> GeneralVectors:
    """Return the general vectors that `copy_general` wrote. Raises VectorsError where there are none, or torn ones."""
    parts = {path.parent.name: path.parent for path in sorted(folder.glob(f"*/{RECORD}"))}
    if not parts:
        raise VectorsError(
            f"{folder}: expected a folder that `zitag vectors --output` made, found no */{RECORD}; check the path"
        )
    general = _opened(parts)
    for channel, part in parts.items():
        if general.records[channel].channel != channel:
            got = f"those of {general.records[channel].channel}"
            raise VectorsError(
                f"{part}: expected vectors of {channel}, got {got}; give the folder its name back"
            )
        if not is_sound(part, general.records[channel].key):
            raise VectorsError(
                f"{part}: expected the files that {META} names, found others; copy them again, or {REMEDY}"
            )
    return general


def copy_general(general: GeneralVectors, folder: Path) -> None:
    """Copy the vectors to a folder of their own, which appears whole or not at all. Raises OSError."""
    with atomic_folder(folder) as partial_folder:
        for channel, path in general.folders.items():
            shutil.copytree(path, partial_folder / channel)


def _opened(folders: Mapping[str, Path]) -> GeneralVectors:
    records = {}
    for channel, folder in folders.items():
        try:
            records[channel] = VectorsRecord.model_validate_json((folder / RECORD).read_bytes())
        except (OSError, ValidationError) as error:
            reason = error.strerror if isinstance(error, OSError) else error.errors()[0]["msg"]
            raise VectorsError(
                f"{folder / RECORD}: expected a record of vectors, got {reason}; {REMEDY}"
            ) from error
    return GeneralVectors(folders, records)


def _key(raw: TextSource, wanted: WantedVectors) -> str:
    code = modules_sha256(training.corpus.lines, training.embeddings.word2vec) + wanted.code
    return vectors_key(["general", raw.sha256, wanted.settings.model_dump(), code])


def _write(name: str, channel: str, key: str, raw: TextSource, wanted: WantedVectors, folder: Path) -> None:
    vectors = train_shown(wanted, raw, folder)
    write_vectors(folder, vectors, context=True)
    record = VectorsRecord(
        name=name,
        channel=channel,
        key=key,
        raw=raw.sha256,
        settings=wanted.settings,
        keys=len(vectors.keys),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        gensim=version("gensim"),
    )
    (folder / RECORD).write_text(json.dumps(record.model_dump(), indent=1) + "\n", encoding="utf-8")
