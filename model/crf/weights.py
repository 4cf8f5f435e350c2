"""The weights of a linear-chain CRF, with what the tag scheme forbids masked out."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.crf.forward_backward import START
from model.tags.tag_set import TagSet

_Floats = NDArray[np.float64]


class DecodingError(ValueError):
    """Weights, emissions or spans that can't be decoded."""


@dataclass(frozen=True, eq=False)
class Crf:
    """A linear-chain CRF over the tags of a tag set, in which only legal paths have a probability.

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
    def factors(self) -> tuple[_Floats, _Floats, float]:
        """exp(weights), the largest as 1; the same, transitions transposed; largest less smallest weight."""
        factors = np.exp(self.weights - self.weights.max())
        columns = np.ascontiguousarray(np.vstack([factors[:START].T, factors[START:]]))
        return factors, columns, float(np.ptp(self.weights[np.isfinite(self.weights)]))
