"""The words at each character, each in one of four sets.

words found, weights --segmentation.sort_into_sets--> offsets, rows, sets, weights of WordSets

A word belongs to set B of the character where it begins, to M of those that it runs through, to E of the one where it
ends; a word of one character belongs to S. In the network, each set becomes the weighted sum of the vectors of its
words.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SETS = "BMES"
# Row 0 of the table is zeros: it fills up rows of fewer words.
NO_WORD = 0


class WordSets(NamedTuple):
    """The words at each character, those of character t at offsets[t] to offsets[t + 1].

    offsets: int64 [chars + 1]; rows: int32 [entries], rows of the table; sets: int8 [entries], indices into
    SETS; weights: float32 [entries]. They add up to 4 at each character that has words; those of a
    segmentation are probabilities, and what they lack to 1 is that the character is in no word.
    """

    offsets: NDArray[np.int64]
    rows: NDArray[np.int32]
    sets: NDArray[np.int8]
    weights: NDArray[np.float32]
