"""Word2vec vectors of characters, of character bigrams and of words, trained by gensim.

    texts -> sentences -> tokens -> each spelt in hexadecimal ("5317_4eac") -> gensim -> Vectors

The spelling keeps white space, line separators and boundary markers out of gensim's formats, which break
on them; no text can clash with the end marker, because normalisation never leaves U+0003 in a text.
"""

import logging
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import add
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from model.features.vocabulary import END
from model.text import normalise, split_sentences

# gensim cuts a line of a corpus file at 10,000 tokens without a word: no line here comes near.
MAX_LINE_TOKENS = 1000

FloatMatrix = npt.NDArray[np.float32]


class VectorsError(Exception):
    """A vectors file that cannot be used, or a text too small to train vectors on."""


class VectorSettings(BaseModel):
    """How gensim trains one channel's word2vec vectors (skip-gram with negative sampling)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(ge=0, le=2, description="1: characters, 2: bigrams, 0: words")
    dim: int = Field(ge=1, description="width of a vector")
    window: int = Field(3, ge=1, description="tokens of context on each side")
    epochs: int = Field(5, ge=1, description="passes over the text")
    min_count: int = Field(2, ge=1, description="rarer tokens get no vector")
    sample: float = Field(1e-3, ge=0, description="subsampling threshold of frequent tokens")
    negative: int = Field(5, ge=1, description="negative samples per positive one")
    seed: int = Field(1, description="gensim's seed; with several threads gensim is still not repeatable")
    threads: int = Field(2, ge=1, description="gensim workers")


@dataclass(frozen=True)
class Vectors:
    """Keys, most frequent first, their vectors, float32 [keys, dim], and how often each was seen (if known).

    Notes say what is odd about the file that they come from.
    """

    keys: tuple[str, ...]
    matrix: FloatMatrix
    counts: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def train_vectors(
    sentences: Iterable[Sequence[str]], settings: VectorSettings, directory: Path | None = None
) -> Vectors:
    """Return word2vec vectors of the tokens of `sentences` that occur at least `min_count` times.

    `directory` holds the token file while gensim reads it (about 10 bytes per character and token).
    """
    from gensim.models import Word2Vec

    with tempfile.TemporaryDirectory(prefix="vectors-", dir=directory) as folder:
        tokens = Path(folder) / "tokens.txt"
        count = _write_tokens(sentences, tokens)
        logging.getLogger("gensim").setLevel(logging.ERROR)
        try:
            word2vec = Word2Vec(
                corpus_file=str(tokens),
                vector_size=settings.dim,
                window=settings.window,
                epochs=settings.epochs,
                min_count=settings.min_count,
                sample=settings.sample,
                negative=settings.negative,
                seed=settings.seed,
                workers=settings.threads,
                sg=1,
            )
        except (
            RuntimeError
        ) as error:  # gensim: "you must first build vocabulary": no token is frequent enough
            raise VectorsError(
                f"no token occurs {settings.min_count} times in a text of {count} tokens; "
                "give more text (--raw), or lower --char-min-count, --bigram-min-count or --word-min-count"
            ) from error
    words = word2vec.wv
    keys = tuple(_unspell(token) for token in words.index_to_key)
    counts = tuple(int(words.get_vecattr(token, "count")) for token in words.index_to_key)
    return Vectors(keys, words.vectors.astype(np.float32), counts)


def character_tokens(texts: Iterable[str], width: int) -> Iterator[list[str]]:
    """Yield the tokens of each sentence of `texts`: its characters, or each with the one after it.

    >>> list(character_tokens(["北京。"], 2)) == [["北京", "京。", "。" + END]]
    True
    """
    for text in texts:
        normal = normalise(text)
        for start, end in split_sentences(normal):
            piece = normal[start:end]
            yield list(piece) if width == 1 else list(map(add, piece, piece[1:] + END))


def _write_tokens(sentences: Iterable[Sequence[str]], path: Path) -> int:
    """Write one sentence a line; return how many tokens there are."""
    count = 0
    spelling = _Spelling()
    with open(path, "w", encoding="ascii") as file:
        for sentence in sentences:
            count += len(sentence)
            codes = [spelling[token] for token in sentence]
            for start in range(0, len(codes), MAX_LINE_TOKENS):
                file.write(" ".join(codes[start : start + MAX_LINE_TOKENS]) + os.linesep)
    return count


class _Spelling(dict[str, str]):
    def __missing__(self, token: str) -> str:
        self[token] = "_".join(f"{ord(char):x}" for char in token)
        return self[token]


def _unspell(token: str) -> str:
    return "".join(chr(int(code, 16)) for code in token.split("_"))
