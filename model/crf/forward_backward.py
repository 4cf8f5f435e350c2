"""Sums over all taggings under a linear-chain CRF: the forward-backward algorithm (Rabiner 1989), compiled.

emissions --> weight --forward--> alpha --backward--> beta --> log partition, span probabilities

Sentences lie one after another: emissions [chars, tags] and offsets [sentences + 1]; no_edge: bool [chars], where no
entity may begin or end. Each sentence is computed in one of two spaces. As probabilities, every position is divided by
its sum (`scale`): fast, and exact while nothing underflows. Where emissions and transitions spread so wide that
something might, it is computed as logarithms, where nothing can.
"""

from typing import Any

import numpy as np

from model.crf.weights import END, START
from model.machine.numba_cache import compiled

# Any tag is at most so many legal steps from the likeliest one (BIOES: B-X, E-X, B-Y, E-Y), and as many more as there
# are characters in a row that no entity begins or ends with. Up to a sum of so many spreads no alpha or beta falls
# below exp(-600) = 1e-260 over a power of the tags' number; float64 goes to 1e-308.
_STEPS, MAX_SPREADS = 3, 600.0


@compiled
def forward_backward(
    emissions: Any,
    offsets: Any,
    no_edge: Any,
    wanted: Any,
    logs: Any,
    columns: Any,
    factors: Any,
    factor_columns: Any,
    spread: float,
) -> Any:
    """Return table [weight alpha beta, chars, tags], scale [chars], log partition and is_log [sentences].

    logs to spread: those of `model.crf.weights.Tables`. Only wanted sentences are computed.
    """
    chars, tags = emissions.shape
    table, scale = np.empty((3, chars, tags)), np.empty(chars)
    log_partition = np.zeros(offsets.size - 1)
    is_log = np.zeros(offsets.size - 1, np.bool_)
    for sentence in range(offsets.size - 1):
        here = slice(offsets[sentence], offsets[sentence + 1])
        if not wanted[sentence] or here.start == here.stop:
            continue
        weight, alpha, beta, closed = table[0, here], table[1, here], table[2, here], no_edge[here]
        emitted, widest = _weigh(emissions[here], weight)
        is_log[sentence] = (_STEPS + _longest_run(closed)) * (spread + widest) > MAX_SPREADS
        if is_log[sentence]:
            total = _sum_logs(weight, alpha, beta, scale[here], closed, logs, columns)
        else:
            total = _sum_probabilities(weight, alpha, beta, scale[here], closed, factors, factor_columns)
            total += logs[0].max() * (len(weight) + 1)  # the start, chars - 1 transitions, the end
        log_partition[sentence] = emitted + total
    return table, scale, log_partition, is_log


@compiled
def _longest_run(flags: Any) -> Any:
    """Return the length of the longest run of True."""
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest


@compiled
def _weigh(emissions: Any, weight: Any) -> Any:
    """Fill weight with the emissions less the largest of their position; return their sum and widest spread."""
    emitted = widest = np.float64(0.0)
    for t in range(len(emissions)):
        largest = smallest = np.float64(emissions[t, 0])
        for tag in range(1, weight.shape[1]):
            largest = np.maximum(largest, emissions[t, tag])
            smallest = np.minimum(smallest, emissions[t, tag])
        for tag in range(weight.shape[1]):
            weight[t, tag] = emissions[t, tag] - largest
        emitted += largest
        widest = np.maximum(widest, largest - smallest)
    return emitted, widest


@compiled
def _sum_probabilities(
    weight: Any, alpha: Any, beta: Any, scale: Any, no_edge: Any, factors: Any, columns: Any
) -> Any:
    """Fill alpha, beta and scale of one sentence as probabilities; return the log of the sum of all taggings."""
    chars, tags = weight.shape
    log_total = 0.0
    for t in range(chars):
        total = 0.0
        step = columns[no_edge[t] if t == 0 else 2 * no_edge[t - 1] + no_edge[t]]
        for tag in range(tags):
            weight[t, tag] = np.exp(weight[t, tag])
            reached = step[START, tag] if t == 0 else _dot(step[tag], alpha[t - 1])
            alpha[t, tag] = reached * weight[t, tag]
            total += alpha[t, tag]
        scale[t] = total
        log_total += np.log(total)
        for tag in range(tags):
            alpha[t, tag] /= total
    end = factors[2 * no_edge[-1], END]
    ended = _dot(end, alpha[-1])
    carried = np.empty(tags)
    for tag in range(tags):
        beta[-1, tag] = end[tag] / ended
    for t in range(chars - 2, -1, -1):
        step = factors[2 * no_edge[t] + no_edge[t + 1]]
        for tag in range(tags):
            carried[tag] = weight[t + 1, tag] * beta[t + 1, tag] / scale[t + 1]
        for tag in range(tags):
            beta[t, tag] = _dot(step[tag], carried)
    return log_total + np.log(ended)


@compiled
def _dot(left: Any, right: Any) -> Any:
    total = 0.0
    for index in range(left.size):
        total += left[index] * right[index]
    return total


@compiled
def _sum_logs(weight: Any, alpha: Any, beta: Any, scale: Any, no_edge: Any, logs: Any, columns: Any) -> Any:
    """Fill alpha, beta and scale of one sentence as logarithms; return the log of the sum of all taggings."""
    chars, tags = weight.shape
    carried = np.empty(tags)
    log_total = 0.0
    for t in range(chars):
        step = columns[no_edge[t] if t == 0 else 2 * no_edge[t - 1] + no_edge[t]]
        for tag in range(tags):
            reached = step[START, tag] if t == 0 else log_dot(step[tag], alpha[t - 1])
            alpha[t, tag] = reached + weight[t, tag]
        scale[t] = _lower_to_zero(alpha[t])
        log_total += scale[t]
    end = logs[2 * no_edge[-1], END]
    for tag in range(tags):
        beta[-1, tag] = end[tag]
    for t in range(chars - 2, -1, -1):
        step = logs[2 * no_edge[t] + no_edge[t + 1]]
        for tag in range(tags):
            carried[tag] = weight[t + 1, tag] + beta[t + 1, tag]
        for tag in range(tags):
            beta[t, tag] = log_dot(step[tag], carried)
        _lower_to_zero(beta[t])
    return log_total + log_dot(end, alpha[-1])


@compiled
def log_dot(left: Any, right: Any) -> Any:
    """Return log(sum(exp(left + right))), -inf where all are."""
    largest = -np.inf
    for index in range(left.size):
        largest = max(largest, left[index] + right[index])
    if largest == -np.inf:
        return largest
    total = 0.0
    for index in range(left.size):
        total += np.exp(left[index] + right[index] - largest)
    return largest + np.log(total)


@compiled
def _lower_to_zero(values: Any) -> Any:
    """Take the largest value from all; return it."""
    largest = values.max()
    for index in range(values.size):
        values[index] -= largest
    return largest
