"""What a CRF thinks of each character: how probable each tag is there, and each step from one tag to the next.

emissions, offsets, no_edge --forward_backward--> alpha, beta --tag_marginals--> probabilities of tags, expected steps
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.crf.decoding import check_emissions
from model.crf.forward_backward import forward_backward
from model.crf.weights import Crf
from model.machine.numba_cache import compiled

_Floats = NDArray[np.float64]


class Marginals(NamedTuple):
    """The posterior of sentences that lie one after another."""

    tags: _Floats  # [chars, tags]: the probability of each tag at each character; a row sums to 1
    steps: _Floats  # [sentences, from_tag, to_tag]: how often each step is expected in the sentence


def tag_marginals(
    emissions: ArrayLike, offsets: ArrayLike, crf: Crf, no_edge: NDArray[np.bool_] | None = None
) -> Marginals:
    """Return the probability of each tag at each character, and the expected number of each step per sentence.

    Arguments and errors are those of `model.crf.decoding.viterbi`.

    >>> from model.tags.tag_set import TagSet
    >>> crf = Crf.build(np.zeros((3, 3)), np.zeros(3), np.zeros(3), TagSet("BIO", ("PER",)))
    >>> tag_marginals([[0, 0, 0], [0, 0, 0]], [0, 2], crf).tags.round(2)  # O O, O B, B O, B B, B I
    array([[0.4, 0.6, 0. ],
           [0.4, 0.4, 0.2]])
    """
    return log_norms_and_marginals(emissions, offsets, crf, no_edge)[1]


def log_norms_and_marginals(
    emissions: ArrayLike, offsets: ArrayLike, crf: Crf, no_edge: NDArray[np.bool_] | None = None
) -> tuple[_Floats, Marginals]:
    """Return the log partition function of each sentence, float64 [sentences], and what `tag_marginals` returns."""
    emissions, offsets, no_edge = check_emissions(emissions, offsets, no_edge, crf)
    wanted = np.ones(offsets.size - 1, np.bool_)
    table, scale, log_norms, is_log = forward_backward(emissions, offsets, no_edge, wanted, *crf.tables)
    sums = _sum_up(table, scale, offsets, no_edge, is_log, crf.tables.logs, crf.tables.factors)
    return log_norms, Marginals(*sums)


@compiled
def _sum_up(table: Any, scale: Any, offsets: Any, no_edge: Any, is_log: Any, logs: Any, factors: Any) -> Any:
    """Return probabilities [chars, tags] and expected steps [sentences, tags, tags]."""
    chars, tags = table.shape[1:]
    probabilities = np.empty((chars, tags))
    steps = np.zeros((offsets.size - 1, tags, tags))
    for sentence in range(offsets.size - 1):
        here = slice(offsets[sentence], offsets[sentence + 1])
        weight, alpha, beta, closed = table[0, here], table[1, here], table[2, here], no_edge[here]
        for t in range(len(weight)):
            _multiply(alpha[t], beta[t], is_log[sentence], probabilities[offsets[sentence] + t])
            if t + 1 < len(weight):
                step = 2 * closed[t] + closed[t + 1]
                if is_log[sentence]:
                    _add_log_steps(alpha[t], logs[step], weight[t + 1], beta[t + 1], steps[sentence])
                else:
                    _add_steps(alpha[t], factors[step], weight[t + 1], beta[t + 1], steps[sentence])
    return probabilities, steps


@compiled
def _multiply(alpha: Any, beta: Any, is_log: bool, product: Any) -> None:
    """Fill product with alpha times beta, of sum 1."""
    largest = (alpha + beta).max() if is_log else 0.0
    total = 0.0
    for tag in range(alpha.size):
        product[tag] = np.exp(alpha[tag] + beta[tag] - largest) if is_log else alpha[tag] * beta[tag]
        total += product[tag]
    for tag in range(alpha.size):
        product[tag] /= total


@compiled
def _add_steps(alpha: Any, factors: Any, weight: Any, beta: Any, steps: Any) -> None:
    """Add the probability of each step between two characters to steps, all of probabilities."""
    tags = alpha.size
    total = 0.0
    for tag in range(tags):
        for following in range(tags):
            total += alpha[tag] * factors[tag, following] * weight[following] * beta[following]
    for tag in range(tags):
        for following in range(tags):
            steps[tag, following] += (
                alpha[tag] * factors[tag, following] * weight[following] * beta[following] / total
            )


@compiled
def _add_log_steps(alpha: Any, logs: Any, weight: Any, beta: Any, steps: Any) -> None:
    """Add the probability of each step between two characters to steps, all of logarithms."""
    tags = alpha.size
    entered = weight + beta
    largest = -np.inf
    for tag in range(tags):
        for following in range(tags):
            largest = max(largest, alpha[tag] + logs[tag, following] + entered[following])
    total = 0.0
    for tag in range(tags):
        for following in range(tags):
            total += np.exp(alpha[tag] + logs[tag, following] + entered[following] - largest)
    for tag in range(tags):
        for following in range(tags):
            weighed = np.exp(alpha[tag] + logs[tag, following] + entered[following] - largest)
            steps[tag, following] += weighed / total
