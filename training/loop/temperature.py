"""Temperature scaling of the scores, fitted on dev: of the spans given 0.8, 80 % should be right.

bundle, dev sentences --network--> emissions --Viterbi--> spans, right or not
                      --temperature with the smallest log loss of their scores--> bundle, its CRF divided by it

Trained to the end, a network is overconfident; dividing all it adds up for a path by one number mends most
of that (temperature scaling, Guo et al. 2017). The likeliest path stays the likeliest, so what is found stays.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from model.bundle.bundle import Bundle
from model.predictor import Predictor, bundle_crf
from model.runtime.base import Runtime
from model.text import normalise, split_sentences
from training.corpus.reader import Sentence, sentence_chunks
from training.metrics.scoring import strict_spans

CHUNK_CHARS = 1 << 16  # characters scored at a time
TEMPERATURES = np.arange(50, 401, 5) / 100
# What a path's score is the sum of.
_SCALED = ("emission.kernel", "emission.bias", "crf.transitions", "crf.start", "crf.end")

Array = npt.NDArray[Any]


def choose_temperature(bundle: Bundle, runtime: Runtime, sentences: Iterable[Sentence]) -> float:
    """Return the temperature, 0.5 to 4, at which the scores of the spans in `sentences` have the smallest log loss.

    runtime: that of `bundle`. 1 where nothing is found.
    """
    scores, right = [np.empty((len(TEMPERATURES), 0))], [np.empty(0, bool)]
    for chunk in sentence_chunks(sentences, CHUNK_CHARS):
        for whole, part in zip((scores, right), _score_chunk(chunk, bundle, runtime), strict=True):
            whole.append(part)
    marks = np.concatenate(right)  # [spans]
    if not marks.size:
        return 1.0
    losses = [log_loss(row, marks) for row in np.concatenate(scores, axis=1)]
    return float(TEMPERATURES[np.argmin(losses)])


def divide_weights(weights: Mapping[str, Array], temperature: float) -> dict[str, Array]:
    """Return the arrays of a bundle with everything that a path's score is the sum of divided by `temperature`.

    >>> divided = divide_weights({"crf.start": np.ones(2, np.float32), "lstm": np.ones(1)}, 2.0)
    >>> divided["crf.start"], divided["lstm"]
    (array([0.5, 0.5], dtype=float32), array([1.]))
    """
    return {
        name: (array / temperature).astype(array.dtype) if name in _SCALED else array
        for name, array in weights.items()
    }


def set_temperature(bundle: Bundle, temperature: float) -> Bundle:
    """Return `bundle` with scores at this temperature."""
    return replace(bundle, weights=divide_weights(bundle.weights, temperature))


def log_loss(scores: Array, right: Array) -> float:
    """Return the mean log loss of probabilities [spans] beside which spans are right, bool [spans], in nats.

    With the targets of Platt (1999) instead of 1 and 0, so that a few spans, all right, do not ask for certainty.

    >>> round(log_loss(np.array([0.75, 0.5]), np.array([True, False])), 4)
    0.6735
    """
    sure, wrong = (right.sum() + 1) / (right.sum() + 2), 1 / ((~right).sum() + 2)
    targets = np.where(right, sure, wrong)
    scores = np.clip(scores, 1e-9, 1 - 1e-9)
    return float(-np.mean(targets * np.log(scores) + (1 - targets) * np.log1p(-scores)))


def _score_chunk(sentences: Sequence[Sentence], bundle: Bundle, runtime: Runtime) -> tuple[Array, Array]:
    """Return the scores of the spans found in sentences, [temperatures, spans], and which are right, bool [spans]."""
    texts, gold = zip(*_pieces(sentences, bundle.rules.max_chars), strict=True)
    prediction = Predictor.build(bundle, runtime).predict([normalise(text) for text in texts], texts)
    columns = zip(*(column.tolist() for column in prediction.spans), strict=True)
    labels = bundle.tag_set.labels
    right = [(start, end, labels[label]) in gold[piece] for piece, start, end, label in columns]
    scores = [prediction.scores(bundle_crf(set_temperature(bundle, one)), one) for one in TEMPERATURES]
    return np.stack(scores), np.array(right, bool)


def _pieces(sentences: Iterable[Sentence], max_chars: int) -> Iterator[tuple[str, set[Any]]]:
    """Yield pieces of sentences, each with its gold spans."""
    for sentence in sentences:
        spans = strict_spans(sentence.tags)
        for start, end in split_sentences(sentence.text, max_chars):
            inside = {
                (span.start - start, span.end - start, span.label)
                for span in spans
                if start <= span.start and span.end <= end
            }
            yield sentence.text[start:end], inside
