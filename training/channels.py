"""The frozen channels of a fit: for each a vocabulary, and its embedding table in vocabulary order.

texts -> Vectors (kept in the cache: gensim on several threads never gives the same twice)
      -> keys <pad>, <unk>, ... ; table float16 [rows, dim]: zeros, the mean of all, the vectors
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.features import Channel, Features
from model.vocabulary import PAD, UNK, Vocabulary
from training.cache import cached_folder, file_sha256
from training.config import FitConfig
from training.vectors import Vectors, VectorsError, VectorSettings, load_vectors, train_vectors

KEYS_FILE, MATRIX_FILE = "keys.json", "matrix.npy"

Table = npt.NDArray[np.float16]


@dataclass(frozen=True)
class Channels:
    """Features that give ids, and the tables those ids are rows of."""

    features: Features
    tables: Mapping[str, Table]  # name -> float16 [rows, dim]


@dataclass(frozen=True)
class TextSource:
    """Texts to train vectors on: `texts()` gives them anew each time, `sha256` says which they are."""

    texts: Callable[[], Iterable[str]]
    sha256: str


def build_channels(config: FitConfig, source: TextSource) -> Channels:
    """Return the channels of `config`: vectors read from `config.vectors`, or trained on `source` and cached."""
    channels, tables = [], {}
    for name, settings in channel_settings(config).items():
        if name == "char" and config.vectors is not None:
            vectors = load_vectors(config.vectors, allow_pickle=config.allow_pickle)
        else:
            vectors = cached_vectors(source, settings, config.cache / "vectors")
        vocabulary, tables[name] = embedding_table(vectors, config.vector_scale)
        channels.append(Channel(name, vocabulary))
    return Channels(Features(tuple(channels)), tables)


def channel_settings(config: FitConfig) -> dict[str, VectorSettings]:
    """Return the word2vec settings of each channel that `config` asks for, by name."""
    wanted = [("char", 1, config.char_dim, config.char_min_count)]
    if config.bigram_dim:
        wanted.append(("bigram", 2, config.bigram_dim, config.bigram_min_count))
    return {
        name: VectorSettings(
            width=width,
            dim=dim,
            min_count=min_count,
            window=config.vector_window,
            epochs=config.vector_epochs,
            sample=config.vector_sample,
        )
        for name, width, dim, min_count in wanted
    }


def cached_vectors(source: TextSource, settings: VectorSettings, directory: Path) -> Vectors:
    """Return the vectors of `source` under `settings`, trained now if no whole copy of them is in `directory`."""
    identity = json.dumps([source.sha256, settings.model_dump(), _code_sha256()], sort_keys=True)

    def write(folder: Path) -> None:
        vectors = train_vectors(source.texts(), settings, directory)
        (folder / KEYS_FILE).write_text(json.dumps(vectors.keys), encoding="ascii")
        np.save(folder / MATRIX_FILE, vectors.matrix, allow_pickle=False)

    folder = cached_folder(directory, hashlib.sha256(identity.encode()).hexdigest()[:24], write)
    keys = json.loads((folder / KEYS_FILE).read_text(encoding="ascii"))
    return Vectors(tuple(keys), np.load(folder / MATRIX_FILE, allow_pickle=False))


def embedding_table(vectors: Vectors, scale: float) -> tuple[Vocabulary, Table]:
    """Return the vocabulary of `vectors` and its table, float16 [rows, dim], scaled to root mean square `scale`.

    Row 0 (`<pad>`) is zeros, row 1 (`<unk>`) the mean of all. Half precision from the start: the network is
    fitted on the very numbers that are served.

    >>> vocabulary, table = embedding_table(Vectors(("中", "国"), np.array([[3, 0], [0, -3]], np.float32)), 2**-0.5)
    >>> vocabulary.keys, table.tolist()
    (('<pad>', '<unk>', '中', '国'), [[0.0, 0.0], [0.5, -0.5], [1.0, 0.0], [0.0, -1.0]])
    """
    rows = [
        row for row, key in enumerate(vectors.keys) if not any("\ud800" <= char <= "\udfff" for char in key)
    ]
    matrix = vectors.matrix[rows]
    matrix = matrix * (scale / max(float(np.sqrt(np.square(matrix).mean())), 1e-12))
    table = np.concatenate([np.zeros((1, matrix.shape[1])), matrix.mean(0, keepdims=True), matrix])
    if not np.abs(table).max() <= np.finfo(np.float16).max:
        key = vectors.keys[rows[int(np.abs(matrix).max(1).argmax())]]
        raise VectorsError(
            f"the vector of {key!r} is thousands of times larger than the others; leave it out"
        )
    return Vocabulary((PAD, UNK, *(vectors.keys[row] for row in rows))), table.astype(np.float16)


def text_source(paths: Sequence[Path], texts: Callable[[], Iterable[str]]) -> TextSource:
    """Return the source whose identity is the bytes of the files at `paths`."""
    digests = "".join(file_sha256(path) for path in paths)
    return TextSource(texts, hashlib.sha256(digests.encode()).hexdigest())


def _code_sha256() -> str:
    """Return the hash of the code between a text and its tokens: vectors of other code are stale."""
    import model.text
    import training.vectors

    return "".join(file_sha256(Path(str(module.__file__))) for module in (model.text, training.vectors))
