"""How probable an entity is: the share, by weight, of the taggings that have it, from forward-backward sums.

table, scale of `forward_backward`, spans --entity_probabilities--> float64 [spans]
"""

from typing import Any

import numpy as np

from model.crf.forward_backward import log_dot
from model.machine.numba_cache import compiled


@compiled(nogil=False)
def entity_probabilities(
    table: Any,
    scale: Any,
    offsets: Any,
    no_edge: Any,
    is_log: Any,
    logs: Any,
    label_tags: Any,
    continues: Any,
    spans: Any,
) -> Any:
    """Return the probability of each span, float64 [spans]; spans: int64 [sentence start end label, spans].

    P(span) = P(its tags, whatever stands around them) * P(the next tag doesn't continue it | its last tag)
    """
    result = np.empty(spans.shape[1])
    largest_log = logs[0].max()
    for index in range(spans.shape[1]):
        sentence, start, end, label = spans[:, index]
        here, in_logs = slice(offsets[sentence], offsets[sentence + 1]), is_log[sentence]
        weight, alpha, beta, closed = table[0, here], table[1, here], table[2, here], no_edge[here]
        tags = label_tags[label]
        total = _log_tags(weight, alpha, beta, scale[here], in_logs, logs[0], largest_log, tags, start, end)
        last_tag = tags[-1] if end - start == 1 else tags[-2]
        if end < len(weight) and total > -np.inf:
            step = logs[2 * closed[end - 1] + closed[end], last_tag]
            total += _log_end(weight[end], beta[end], in_logs, step, continues[last_tag])
        result[index] = np.exp(min(total, 0.0))
    return result


@compiled
def _log_tags(
    weight: Any,
    alpha: Any,
    beta: Any,
    scale: Any,
    is_log: bool,
    logs: Any,
    largest_log: float,
    tags: Any,
    start: int,
    end: int,
) -> Any:
    """Return log P(the tags from start to end are these: first, middle..., last, or only)."""
    first_tag, middle_tag, last_tag, only_tag = tags
    last = end - 1
    tag = only_tag if start == last else first_tag
    total = _log(alpha[start, tag], is_log)
    for t in range(start + 1, end):
        following = last_tag if t == last else middle_tag
        # What goes on in an entity may do so at any character: logs are those of a step between ordinary ones.
        total += logs[tag, following] + _log(weight[t, following], is_log) - _log(scale[t], is_log)
        tag = following
    total += _log(beta[last, tag], is_log)
    return total - (log_dot(alpha[last], beta[last]) if is_log else largest_log * (last - start))


@compiled
def _log_end(weight: Any, beta: Any, is_log: bool, logs: Any, continues: Any) -> Any:
    """Return log P(the next tag doesn't continue the span | its last tag), all arguments [tags]."""
    after, ends = np.empty(weight.size), np.empty(weight.size)
    for tag in range(weight.size):
        after[tag] = _log(weight[tag], is_log) + _log(beta[tag], is_log)
        ends[tag] = -np.inf if continues[tag] else after[tag]
    return log_dot(logs, ends) - log_dot(logs, after)


@compiled
def _log(values: Any, is_log: bool) -> Any:
    return values if is_log else np.log(values)
