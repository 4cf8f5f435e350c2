"""An ensemble: networks of several seeds are fitted, and saved as one.

settings -> networks, each a run of its own -> merge_networks -> Bundle, its dev score, and a record for the report
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from statistics import mean
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from model.bundle.blocks import merge_networks
from model.bundle.bundle import Bundle
from model.bundle.weights import pack_weights
from training.data.arrays import CorpusArrays
from training.distillation.teachers import MEMBER, train_others
from training.export.folding import fold_projections
from training.export.parts import BundleParts
from training.loop.checkpoint import EpochRecord, Progress
from training.metrics.scoring import Rates
from training.settings.config import FitConfig

if TYPE_CHECKING:
    from training.loop.trainer import Trainer

Weights = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Merged:
    """Networks as one bundle; how they learnt, on average; and what the report says of them."""

    bundle: Bundle
    progress: Progress
    record: Mapping[str, Any]


def train_merged(
    config: FitConfig,
    parts: BundleParts,
    arrays: CorpusArrays,
    identity: str,
    build_trainer: Callable[[BundleParts, FitConfig], "Trainer"],
    score_dev: Callable[[BundleParts, Weights], Rates],
    say: Callable[[str], None],
) -> Merged:
    """Return `config.ensemble` networks as one; they are fitted first, or taken up again.

    identity: of corpora and vectors, as in `Progress`. Raises what a fit raises.
    """
    build, score = partial(build_trainer, parts), partial(score_dev, parts)
    fits = train_others(config, MEMBER, config.ensemble, arrays, identity, build, score, say)
    tables = parts.channels.tables
    network, weights = merge_networks(parts.network, [fold_projections(tables, fit.best) for fit in fits])
    bundle = replace(parts.with_weights(fits[0].best), config=network, weights=pack_weights(weights))
    alone = [fit.best_epoch.f1 for fit in fits if fit.best_epoch]
    say(f"networks: dev F1 {', '.join(f'{f1:.4f}' for f1 in alone)}; saved as one of {network.units} units")
    return Merged(bundle, Progress(identity, mean_history([fit.history for fit in fits])), {"dev_f1": alone})


def mean_history(histories: Sequence[Sequence[EpochRecord]]) -> list[EpochRecord]:
    """Return the mean of what each epoch gave, as far as all have come."""
    names = [one.name for one in fields(EpochRecord) if one.name != "epoch"]
    return [
        EpochRecord(epoch, **{name: mean(getattr(record, name) for record in records) for name in names})
        for epoch, records in enumerate(zip(*histories, strict=False), start=1)
    ]
