"""What a student learns from: teachers are fitted, tag train and the text without labels, and their view is batched.

settings, arrays, corpora -> teachers -> Ensemble -> its dev score; posterior of train, of text without labels
                          -> SoftBatches, and a record of it all for the report
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import mean
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from training.data.arrays import CorpusArrays, build_arrays, cache_key
from training.data.batches import EpochBatches, GoldBatches
from training.distillation.ensemble import Ensemble
from training.distillation.posterior import Posterior, build_posterior
from training.distillation.soft_batches import SoftBatches
from training.distillation.teachers import TEACHER, teacher_config, train_others
from training.export.parts import BundleParts, network_config
from training.inputs.corpora import Corpora
from training.inputs.unlabelled import Unlabelled, find_unlabelled
from training.loop.checkpoint import Progress
from training.metrics.evaluation import evaluate
from training.metrics.scoring import Rates
from training.settings.config import FitConfig

if TYPE_CHECKING:
    from training.loop.trainer import Trainer

FASTER = "--preset full --teachers 0 fits one alone, in about a fifth of the time"

Say = Callable[[str], None]
Weights = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Lessons:
    """What a network reads, what the report says of its teachers, and those that could be saved in its place."""

    batches: EpochBatches
    record: Mapping[str, Any]
    equals: Sequence[Progress] = ()  # the teachers, done, where they are networks like their student

    def better_than(self, student: Progress) -> Progress | None:
        """Return the best of the teachers where their student is worse than they are on average, by dev F1."""
        scores = [fit.best_epoch.f1 for fit in self.equals if fit.best_epoch]
        if not scores or not student.best_epoch or student.best_epoch.f1 >= mean(scores):
            return None
        return self.equals[scores.index(max(scores))]


def prepare_lessons(
    config: FitConfig,
    parts: BundleParts,
    arrays: CorpusArrays,
    corpora: Corpora,
    identity: str,
    build_trainer: Callable[[BundleParts, FitConfig], "Trainer"],
    score_dev: Callable[[BundleParts, Weights], Rates],
    say: Say,
) -> Lessons:
    """Return the corpus' own batches, or those of a student of teachers, which are fitted first or taken up again.

    identity: of corpora and vectors, as in `Progress`. Raises what a fit raises.
    """
    if not config.teachers:
        return Lessons(GoldBatches(arrays, config.batch_chars_for(arrays.n_chars), config.seed), {})
    text = _find_text(config, arrays, corpora)  # before the teachers: what is wrong with it is told at once
    if text:
        say(text.describe())
    say(f"{config.teachers} networks are fitted first, then the one that they teach; {FASTER}")
    theirs = _teacher_parts(config, parts, arrays.n_chars)
    build, score = partial(build_trainer, theirs), partial(score_dev, theirs)
    fits = train_others(config, TEACHER, config.teachers, arrays, identity, build, score, say)
    teachers = Ensemble([theirs.with_weights(fit.best) for fit in fits], config.threads or None)
    together = evaluate(teachers.tagger(), corpora.dev()).strict["micro"]["f1"]
    alone = [fit.best_epoch.f1 for fit in fits if fit.best_epoch]
    say(f"teachers: dev F1 {', '.join(f'{f1:.4f}' for f1 in alone)}; together {together:.4f}")
    batches = _batches(config, parts, arrays, teachers, text)
    equals = fits if theirs.network == parts.network else ()
    return Lessons(batches, {"dev_f1": alone, "dev_f1_together": together}, equals)


def _batches(
    config: FitConfig, parts: BundleParts, arrays: CorpusArrays, teachers: Ensemble, text: Unlabelled | None
) -> SoftBatches:
    """Return the batches of what the teachers think of train and of the text without labels."""
    return SoftBatches(
        train=build_posterior(arrays, teachers, config.cache / "posterior"),
        unlabelled=_posterior_of(text, config, parts, teachers) if text else None,
        batch_chars=config.batch_chars_for(arrays.n_chars),
        seed=config.seed,
        gold_share=config.gold_share,
        ratio=config.unlabelled_ratio,
    )


def _teacher_parts(config: FitConfig, parts: BundleParts, chars: int) -> BundleParts:
    """Return the parts of a teacher's bundle: those of the student but for the network."""
    network = network_config(teacher_config(config, 1, chars), parts.channels, parts.tag_set)
    return replace(parts, network=network)


def _find_text(config: FitConfig, arrays: CorpusArrays, corpora: Corpora) -> Unlabelled | None:
    """Return the text without labels, as much of it as the fit can read; None where none was given."""
    if not corpora.sources.unlabelled:
        return None
    most = int(config.unlabelled_ratio * arrays.n_chars * config.epochs)
    return find_unlabelled(corpora, config.max_chars, most)


def _posterior_of(text: Unlabelled, config: FitConfig, parts: BundleParts, teachers: Ensemble) -> Posterior:
    """Return what the teachers think of the text without labels."""
    corpora = text.corpora
    files = [corpora.sha256[path] for path in corpora.sources.unlabelled]
    held_out = [corpora.sha256[path] for path in (*corpora.sources.dev, *corpora.sources.test)]
    options = {**corpora.reader_options, "without": " ".join(held_out), "most": str(text.most_chars)}
    features = parts.channels.features
    key = cache_key(files, features, parts.tag_set, config.max_chars, options)
    unlabelled = build_arrays(
        text.sentences(), features, parts.tag_set, config.cache / "arrays", key, config.max_chars
    )
    return build_posterior(unlabelled, teachers, config.cache / "posterior")
