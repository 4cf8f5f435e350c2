"""Sums over all paths of a linear-chain CRF: the forward-backward algorithm (Rabiner 1989), compiled.

emissions --weigh--> weight --forward--> alpha --backward--> beta --> log partition, marginals, span probabilities

Sentences lie one after another: emissions [chars, tags] and offsets [sentences + 1]. Each is computed in one of
two spaces. As probabilities, every position is divided by its sum (`scale`): fast, and exact while nothing
underflows. Where emissions and transitions spread so wide that something might, it is computed as logarithms.
"""

from typing import Any

import numpy as np

from model.compiled import compiled

# Any tag is at most three legal steps from the likeliest one (BIOES: B-X, E-X, B-Y, E-Y), so up to this spread no
# alpha or beta falls below exp(-3 * 200) = 1e-260 over a power of the number of tags; float64 goes to 1e-308.
MAX_SPREAD = 200.0

# The last two rows of the weights of a CRF [tags + 2, tags]; those before are its transitions [from_tag, to_tag].
START, END = -2, -1


@compiled
def forward_backward(
    emissions: Any, offsets: Any, wanted: Any, logs: Any, factors: Any, factors_back: Any, spread: float
) -> Any:
    """Return table [weight alpha beta, chars, tags], scale [chars], log partition [sentences], is_log [sentences].

    logs, factors: the weights of the CRF as logarithms, and as exp(logs - their maximum); factors_back has the
    transitions transposed; spread: largest less smallest of the finite logs. Only wanted sentences are computed.
    """
    chars, tags = emissions.shape
    table, scale = np.empty((3, chars, tags)), np.empty(chars)
    log_partition = np.zeros(offsets.size - 1)
    is_log = np.zeros(offsets.size - 1, np.bool_)
    peak = logs.max()
    for sentence in range(offsets.size - 1):
        here = slice(offsets[sentence], offsets[sentence + 1])
        if not wanted[sentence] or here.start == here.stop:
            continue
        weight, alpha, beta = table[0, here], table[1, here], table[2, here]
        emitted, widest = _weigh(emissions[here], weight)
        if spread + widest > MAX_SPREAD:
            is_log[sentence] = True
            log_partition[sentence] = emitted + _sum_logs(weight, alpha, beta, scale[here], logs)
        else:
            np.exp(weight, weight)
            total = _sum_probabilities(weight, alpha, beta, scale[here], factors, factors_back)
            log_partition[sentence] = emitted + total + peak * (len(weight) + 1)  # start, transitions, end
    return table, scale, log_partition, is_log


@compiled
def tag_marginals(table: Any, offsets: Any, is_log: Any) -> Any:
    """Return the probability of each tag at each position, float64 [chars, tags]."""
    _, alpha, beta = table
    result = alpha * beta
    for sentence in range(offsets.size - 1):
        if is_log[sentence]:
            for t in range(offsets[sentence], offsets[sentence + 1]):
                joint = alpha[t] + beta[t]
                result[t] = np.exp(joint - _log_sum(joint))
    return result


@compiled
def entity_probabilities(
    table: Any, scale: Any, offsets: Any, is_log: Any, logs: Any, label_tags: Any, continues: Any, spans: Any
) -> Any:
    """Return the probability of each span, float64 [spans]; spans: int64 [sentence start end label, spans].

    P(span) = P(its tags, whatever comes before and after) * P(the next tag doesn't continue it | its last tag)
    """
    result = np.empty(spans.shape[1])
    for index in range(spans.shape[1]):
        sentence, start, end, label = spans[:, index]
        here = slice(offsets[sentence], offsets[sentence + 1])
        total = _entity_log_probability(
            table[:, here], scale[here], is_log[sentence], logs, label_tags[label], continues, start, end
        )
        result[index] = np.exp(min(total, 0.0))
    return result


@compiled
def _entity_log_probability(
    table: Any, scale: Any, is_log: bool, logs: Any, tags: Any, continues: Any, start: int, end: int
) -> Any:
    first_tag, middle_tag, last_tag, only_tag = tags
    weight, alpha, beta = table
    last, peak = end - 1, 0.0 if is_log else logs.max()
    tag = only_tag if start == last else first_tag
    total = _log(alpha[start], is_log)[tag]
    for t in range(start + 1, end):
        following = last_tag if t == last else middle_tag
        step = scale[t] if is_log else np.log(scale[t])
        total += logs[tag, following] - peak + _log(weight[t], is_log)[following] - step
        tag = following
    total += _log(beta[last], is_log)[tag]
    if is_log:
        total -= _log_sum(alpha[last] + beta[last])
    if end < len(weight) and continues[tag].any() and total > -np.inf:
        after = logs[tag] + _log(weight[end], is_log) + _log(beta[end], is_log)  # [tags]
        total += _log_sum(np.where(continues[tag], -np.inf, after)) - _log_sum(after)
    return total


@compiled
def _weigh(emissions: Any, weight: Any) -> Any:
    """Fill weight with the emissions less the largest of their position.

    Returns the sum of those largest, and the widest spread of a position.
    """
    emitted, widest = 0.0, 0.0
    for t in range(len(emissions)):
        largest, smallest = np.float64(emissions[t, 0]), np.float64(emissions[t, 0])
        for tag in range(emissions.shape[1]):
            largest, smallest = max(largest, emissions[t, tag]), min(smallest, emissions[t, tag])
        for tag in range(emissions.shape[1]):
            weight[t, tag] = emissions[t, tag] - largest
        emitted += largest
        widest = max(widest, largest - smallest)
    return emitted, widest


@compiled
def _sum_probabilities(weight: Any, alpha: Any, beta: Any, scale: Any, factors: Any, back: Any) -> Any:
    """Fill alpha, beta and scale of one sentence as probabilities; return the log of the sum of all paths."""
    chars, tags = weight.shape
    for tag in range(tags):
        alpha[0, tag] = factors[tags, tag]
    for t in range(chars):
        if t > 0:
            _step(alpha[t - 1], factors, alpha[t])
        total = 0.0
        for tag in range(tags):
            alpha[t, tag] *= weight[t, tag]
            total += alpha[t, tag]
        scale[t] = total
        for tag in range(tags):
            alpha[t, tag] /= total
    ended = (alpha[-1] * factors[END]).sum()
    beta[-1] = factors[END] / ended
    carried = np.empty(tags)
    for t in range(chars - 2, -1, -1):
        for tag in range(tags):
            carried[tag] = weight[t + 1, tag] * beta[t + 1, tag] / scale[t + 1]
        _step(carried, back, beta[t])
    return np.log(scale).sum() + np.log(ended)


@compiled
def _step(before: Any, factors: Any, after: Any) -> None:
    """Fill after with before @ factors."""
    tags = before.size
    for target in range(tags):
        after[target] = 0.0
    for source in range(tags):
        probability = before[source]
        for target in range(tags):  # along a row, so that it is vectorised
            after[target] += probability * factors[source, target]


@compiled
def _sum_logs(weight: Any, alpha: Any, beta: Any, scale: Any, logs: Any) -> Any:
    """Fill alpha, beta and scale of one sentence as logarithms; return the log of the sum of all paths."""
    chars, tags = weight.shape
    for t in range(chars):
        if t == 0:
            alpha[0] = logs[START] + weight[0]
        else:
            for tag in range(tags):
                alpha[t, tag] = weight[t, tag] + _log_sum(alpha[t - 1] + logs[:tags, tag])
        scale[t] = alpha[t].max()
        alpha[t] -= scale[t]
    beta[-1] = logs[END]
    for t in range(chars - 2, -1, -1):
        for tag in range(tags):
            beta[t, tag] = _log_sum(logs[tag] + weight[t + 1] + beta[t + 1])
        beta[t] -= beta[t].max()
    return scale.sum() + _log_sum(alpha[-1] + logs[END])


@compiled
def _log_sum(values: Any) -> Any:
    """Return log(sum(exp(values))), -inf where all are."""
    largest = values.max()
    return largest if largest == -np.inf else largest + np.log(np.exp(values - largest).sum())


@compiled
def _log(values: Any, is_log: bool) -> Any:
    return values if is_log else np.log(values)
