"""Folds the projection of wide vectors into their table, for the bundle.

embedding [rows, wide], projection [wide, dim] --fold_projections--> embedding [rows, dim]

To sum vectors and then to project the sum is to sum projected vectors. Done once after training, it makes the bundle
smaller and tagging faster.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

PROJECTION = "projection."


def fold_projections(tables: Mapping[str, Array], weights: Mapping[str, Array]) -> dict[str, Array]:
    """Return the arrays of a bundle: every table, projected where `weights` has a projection, and the other weights.

    A table that is float16 stays so: what that rounds off is in every score, because the bundle is what is scored.

    >>> tables = {"word": np.array([[1, 2, 3]], np.float16)}
    >>> fold_projections(tables, {"projection.word": np.array([[1.0], [0.0], [2.0]])})
    {'embedding.word': array([[7.]], dtype=float16)}
    """
    folded: dict[str, Array] = {}
    for name, table in tables.items():
        projection = weights.get(PROJECTION + name)
        if projection is not None:
            table = (table.astype(np.float32) @ projection).astype(table.dtype)
        folded[f"embedding.{name}"] = table
    return folded | {name: array for name, array in weights.items() if not name.startswith(PROJECTION)}
