"""Word2vec vectors of characters, of character bigrams and of words, trained by gensim.

    texts -> sentences -> tokens -> each spelt in hexadecimal ("5317_4eac") -> gensim -> Vectors
    Vectors of other texts, a start ---------------------------------------------/

The spelling keeps white space, line separators and boundary markers out of gensim's formats, which break
on them; no text can clash with the end marker, because normalisation never leaves U+0003 in a text.
"""

import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from model.features.vocabulary import END
from model.text import normalise, split_sentences

if TYPE_CHECKING:
    from gensim.models import Word2Vec

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
    seed: int = Field(1, description="gensim's seed, which repeats vectors with one thread alone")
    # Left out of what is dumped: as a setting of the machine it is in no key of a cache, and in no record.
    threads: int = Field(2, ge=1, exclude=True, description="gensim workers")


@dataclass(frozen=True)
class Vectors:
    """Keys, most frequent first, their vectors, float32 [keys, dim], and how often each was seen (if known).

    Notes say what is odd about the file that they come from. `context` is gensim's output weights, float32
    [keys, dim], without which training cannot go on.
    """

    keys: tuple[str, ...]
    matrix: FloatMatrix
    counts: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    context: FloatMatrix | None = None


def train_vectors(
    sentences: Iterable[Sequence[str]],
    settings: VectorSettings,
    directory: Path | None = None,
    start: Vectors | None = None,
    passed: Callable[[], None] = lambda: None,
) -> Vectors:
    """Return word2vec vectors of the tokens of `sentences` that occur at least `min_count` times.

    With a `start`, training goes on from its vectors: its keys stay, and new ones that are frequent enough join them.
    `directory` holds the token file while gensim reads it (about 10 bytes per character and token). `passed` is called
    after each pass over the text.
    """
    word2vec = _untrained(settings)
    if start:
        _put(word2vec, start)
    with tempfile.TemporaryDirectory(prefix="tokens-", dir=directory) as folder:
        tokens = Path(folder) / "tokens.txt"
        count = _write_tokens(sentences, tokens)
        try:
            word2vec.build_vocab(corpus_file=str(tokens), update=start is not None)
            word2vec.train(
                corpus_file=str(tokens),
                total_examples=word2vec.corpus_count,
                total_words=word2vec.corpus_total_words,
                epochs=settings.epochs,
                callbacks=[_after_each_pass(passed)],
            )
        except (
            RuntimeError
        ) as error:  # gensim: "you must first build vocabulary": no token is frequent enough
            raise VectorsError(
                f"no token occurs {settings.min_count} times in a text of {count} tokens; "
                "give more text (--raw), or lower --char-min-count, --bigram-min-count or --word-min-count"
            ) from error
    return _taken_from(word2vec)


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


def _after_each_pass(passed: Callable[[], None]) -> Any:
    from gensim.models.callbacks import CallbackAny2Vec

    class AfterEachPass(CallbackAny2Vec):  # type: ignore[misc]
        def on_epoch_end(self, model: Any) -> None:
            passed()

    return AfterEachPass()


def _untrained(settings: VectorSettings) -> "Word2Vec":
    from gensim.models import Word2Vec

    logging.getLogger("gensim").setLevel(logging.ERROR)
    return Word2Vec(
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


def _put(word2vec: "Word2Vec", start: Vectors) -> None:
    """Give an untrained model the keys, vectors and output weights that training goes on from."""
    spelling = _Spelling()
    tokens = [spelling[key] for key in start.keys]
    word2vec.build_vocab_from_freq(dict(zip(tokens, start.counts, strict=True)))
    # gensim orders its keys by count, and equal counts as it likes.
    places = {token: place for place, token in enumerate(tokens)}
    rows = [places[token] for token in word2vec.wv.index_to_key]
    assert start.context is not None
    word2vec.wv.vectors[:] = start.matrix[rows]
    word2vec.syn1neg[:] = start.context[rows]


def _taken_from(word2vec: "Word2Vec") -> Vectors:
    """Return what gensim has learnt, most frequent first."""
    words = word2vec.wv
    counts = [int(words.get_vecattr(token, "count")) for token in words.index_to_key]
    order = sorted(range(len(counts)), key=lambda row: -counts[row])
    return Vectors(
        tuple(_unspell(words.index_to_key[row]) for row in order),
        words.vectors[order].astype(np.float32),
        tuple(counts[row] for row in order),
        context=word2vec.syn1neg[order].astype(np.float32),
    )


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
