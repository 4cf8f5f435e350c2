"""The weights of a linear-chain CRF, with what the tag scheme forbids masked out."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.tags.tag_set import TagSet

_Floats = NDArray[np.float64]

# The last two rows of weights [tags + 2, tags]; those before are the transitions [from_tag, to_tag].
START, END = -2, -1


class DecodingError(ValueError):
    """Weights, emissions or spans that can't be decoded."""


class Tables(NamedTuple):
    """The weights of each kind of step, as the compiled functions take them.

    Each is float64 [4, tags + 2, tags], the first index 2 * (no entity may end before the step) + (none may begin
    after it). Of `columns` and `factor_columns` the transitions are transposed: [to_tag, from_tag].
    """

    logs: _Floats
    columns: _Floats
    factors: _Floats  # exp(logs - their maximum)
    factor_columns: _Floats
    spread: float  # largest less smallest finite log


@dataclass(frozen=True, eq=False)
class Crf:
    """A linear-chain CRF over the tags of a tag set, in which only legal taggings have a probability.

    weights: float64 [tags + 2, tags], the transitions [from_tag, to_tag], then the start and the end weights;
    -inf where the tag scheme forbids it.
    """

    weights: _Floats
    tag_set: TagSet

    @classmethod
    def build(cls, transitions: ArrayLike, start: ArrayLike, end: ArrayLike, tag_set: TagSet) -> "Crf":
        """Return the CRF with trained transitions [from_tag, to_tag], start [tags] and end [tags].

        Raises DecodingError if a shape is wrong or a number isn't finite.
        """
        tags = len(tag_set.tags)
        parts = {"transitions": (transitions, (tags, tags)), "start": (start, (tags,)), "end": (end, (tags,))}
        for name, (values, shape) in parts.items():
            if np.shape(values) != shape or not np.isfinite(values).all():
                raise DecodingError(
                    f"CRF {name}: expected finite numbers of shape {shape}, "
                    f"got shape {np.shape(values)}: {values!r}"
                )
        weights = np.vstack([transitions, start, end]).astype(np.float64)
        allowed = np.vstack([tag_set.allowed_transitions, tag_set.allowed_starts, tag_set.allowed_ends])
        weights[~allowed] = -np.inf
        return cls(weights, tag_set)

    @cached_property
    def tables(self) -> Tables:
        """The weights of the steps between characters that entities may begin and end with, and others."""
        outside = self.tag_set.tag_labels < 0  # [tags]
        goes_on = self.tag_set.continues
        may_leave = np.vstack([goes_on | outside[:, np.newaxis], np.ones_like(outside), outside])
        may_enter = np.vstack([goes_on | outside, outside, np.ones_like(outside)])
        logs = np.repeat(self.weights[np.newaxis], 4, axis=0)
        logs[2:, ~may_leave] = -np.inf
        logs[1::2, ~may_enter] = -np.inf
        factors = np.exp(logs - self.weights.max())
        spread = float(np.ptp(self.weights[np.isfinite(self.weights)]))
        return Tables(logs, _transposed(logs), factors, _transposed(factors), spread)


def _transposed(table: _Floats) -> _Floats:
    """Return a table [4, tags + 2, tags] with its transitions transposed."""
    transitions = table[:, :START].transpose(0, 2, 1)
    return np.ascontiguousarray(np.concatenate([transitions, table[:, START:]], axis=1))
