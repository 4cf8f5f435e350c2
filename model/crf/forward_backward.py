"""Sums over all paths of a linear-chain CRF: the forward-backward algorithm (Rabiner 1989), compiled.

emissions --> weight --forward--> alpha --backward--> beta --> log partition, marginals, span probabilities

Sentences lie one after another: emissions [chars, tags] and offsets [sentences + 1]. Each is computed in one
of two spaces. As probabilities, every position is divided by its sum (`scale`): fast, and exact while nothing
underflows. Where emissions and transitions spread so wide that something might, it is computed as logarithms,
where nothing can.
"""

from typing import Any

import numpy as np

from model.machine.numba_cache import compiled

# Any tag is at most three legal steps from the likeliest one (BIOES: B-X, E-X, B-Y, E-Y), so up to this spread
# no alpha or beta falls below exp(-3 * 200) = 1e-260 over a power of the tags' number; float64 goes to 1e-308.
MAX_SPREAD = 200.0

# The last two rows of a CRF's weights [tags + 2, tags]; those before are its transitions [from_tag, to_tag].
START, END = -2, -1


@compiled
def forward_backward(
    emissions: Any, offsets: Any, wanted: Any, logs: Any, factors: Any, columns: Any, spread: float
) -> Any:
    """Return table [weight alpha beta, chars, tags], scale [chars], log partition and is_log [sentences].

    logs, factors: the weights of the CRF as logarithms, and as exp(logs - their maximum); columns: factors with
    the transitions transposed; spread: largest less smallest finite log. Only wanted sentences are computed.
    """
    chars, tags = emissions.shape
    table, scale = np.empty((3, chars, tags)), np.empty(chars)
    log_partition = np.zeros(offsets.size - 1)
    is_log = np.zeros(offsets.size - 1, np.bool_)
    for sentence in range(offsets.size - 1):
        here = slice(offsets[sentence], offsets[sentence + 1])
        if not wanted[sentence] or here.start == here.stop:
            continue
        weight, alpha, beta = table[0, here], table[1, here], table[2, here]
        emitted, widest = _weigh(emissions[here], weight)
        is_log[sentence] = spread + widest > MAX_SPREAD
        if is_log[sentence]:
            total = _sum_logs(weight, alpha, beta, scale[here], logs)
        else:
            total = _sum_probabilities(weight, alpha, beta, scale[here], factors, columns)
            total += logs.max() * (len(weight) + 1)  # the start, chars - 1 transitions, the end
        log_partition[sentence] = emitted + total
    return table, scale, log_partition, is_log


@compiled(nogil=False)
def entity_probabilities(
    table: Any, scale: Any, offsets: Any, is_log: Any, logs: Any, label_tags: Any, continues: Any, spans: Any
) -> Any:
    """Return the probability of each span, float64 [spans]; spans: int64 [sentence start end label, spans].

    P(span) = P(its tags, whatever stands around them) * P(the next tag doesn't continue it | its last tag)
    """
    result = np.empty(spans.shape[1])
    for index in range(spans.shape[1]):
        sentence, start, end, label = spans[:, index]
        here, in_logs = slice(offsets[sentence], offsets[sentence + 1]), is_log[sentence]
        weight, alpha, beta = table[0, here], table[1, here], table[2, here]
        tags = label_tags[label]
        total = _log_tags(weight, alpha, beta, scale[here], in_logs, logs, tags, start, end)
        last_tag = tags[-1] if end - start == 1 else tags[-2]
        if end < len(weight) and total > -np.inf:
            total += _log_end(weight[end], beta[end], in_logs, logs[last_tag], continues[last_tag])
        result[index] = np.exp(min(total, 0.0))
    return result


@compiled
def _log_tags(
    weight: Any, alpha: Any, beta: Any, scale: Any, is_log: bool, logs: Any, tags: Any, start: int, end: int
) -> Any:
    """Return log P(the tags from start to end are these: first, middle..., last, or only)."""
    first_tag, middle_tag, last_tag, only_tag = tags
    last = end - 1
    tag = only_tag if start == last else first_tag
    total = _log(alpha[start, tag], is_log)
    for t in range(start + 1, end):
        following = last_tag if t == last else middle_tag
        total += logs[tag, following] + _log(weight[t, following], is_log) - _log(scale[t], is_log)
        tag = following
    total += _log(beta[last, tag], is_log)
    return total - (_log_dot(alpha[last], beta[last]) if is_log else logs.max() * (last - start))


@compiled
def _log_end(weight: Any, beta: Any, is_log: bool, logs: Any, continues: Any) -> Any:
    """Return log P(the next tag doesn't continue the span | its last tag), all arguments [tags]."""
    after, ends = np.empty(weight.size), np.empty(weight.size)
    for tag in range(weight.size):
        after[tag] = _log(weight[tag], is_log) + _log(beta[tag], is_log)
        ends[tag] = -np.inf if continues[tag] else after[tag]
    return _log_dot(logs, ends) - _log_dot(logs, after)


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
def _sum_probabilities(weight: Any, alpha: Any, beta: Any, scale: Any, factors: Any, columns: Any) -> Any:
    """Fill alpha, beta and scale of one sentence as probabilities; return the log of the sum of all paths."""
    chars, tags = weight.shape
    log_total = 0.0
    for t in range(chars):
        total = 0.0
        for tag in range(tags):
            weight[t, tag] = np.exp(weight[t, tag])
            reached = columns[START, tag] if t == 0 else _dot(columns[tag], alpha[t - 1])
            alpha[t, tag] = reached * weight[t, tag]
            total += alpha[t, tag]
        scale[t] = total
        log_total += np.log(total)
        for tag in range(tags):
            alpha[t, tag] /= total
    ended = _dot(factors[END], alpha[-1])
    carried = np.empty(tags)
    for tag in range(tags):
        beta[-1, tag] = factors[END, tag] / ended
    for t in range(chars - 2, -1, -1):
        for tag in range(tags):
            carried[tag] = weight[t + 1, tag] * beta[t + 1, tag] / scale[t + 1]
        for tag in range(tags):
            beta[t, tag] = _dot(factors[tag], carried)
    return log_total + np.log(ended)


@compiled
def _dot(left: Any, right: Any) -> Any:
    total = 0.0
    for index in range(left.size):
        total += left[index] * right[index]
    return total


@compiled
def _sum_logs(weight: Any, alpha: Any, beta: Any, scale: Any, logs: Any) -> Any:
    """Fill alpha, beta and scale of one sentence as logarithms; return the log of the sum of all paths."""
    chars, tags = weight.shape
    columns, carried = logs[:START].T.copy(), np.empty(tags)
    log_total = 0.0
    for t in range(chars):
        for tag in range(tags):
            reached = logs[START, tag] if t == 0 else _log_dot(columns[tag], alpha[t - 1])
            alpha[t, tag] = reached + weight[t, tag]
        scale[t] = _lower_to_zero(alpha[t])
        log_total += scale[t]
    for tag in range(tags):
        beta[-1, tag] = logs[END, tag]
    for t in range(chars - 2, -1, -1):
        for tag in range(tags):
            carried[tag] = weight[t + 1, tag] + beta[t + 1, tag]
        for tag in range(tags):
            beta[t, tag] = _log_dot(logs[tag], carried)
        _lower_to_zero(beta[t])
    return log_total + _log_dot(logs[END], alpha[-1])


@compiled
def _log_dot(left: Any, right: Any) -> Any:
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


@compiled
def _log(values: Any, is_log: bool) -> Any:
    return values if is_log else np.log(values)
