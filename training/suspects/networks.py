"""The taggers of a cross-fit: small networks over the same vectors, fitted without a dev set, so many epochs.

settings, sentences -> vectors (of texts, never of tags) -> CrossFitter --sentences of some folds--> Judge
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Before TensorFlow is imported: its start-up messages are not about the fit.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from model.machine.hashing import file_sha256
from model.predictor import Predictor
from model.runtime.onnx import OnnxRuntime
from model.tags.tag_set import TagSet, spans_from_tags
from training.corpus.reader import Sentence
from training.data.arrays import open_arrays
from training.data.batches import GoldBatches
from training.data.cache import code_sha256
from training.data.encode import write_arrays
from training.embeddings.tables import build_channels
from training.embeddings.texts import TextSource
from training.export.parts import BundleParts, bundle_parts
from training.inputs.sources import find_sources
from training.inputs.texts import text_source
from training.inputs.traditional import fold_sentences, opencc_folds
from training.settings.config import FitConfig
from training.suspects.crossfit import Say
from training.suspects.judge import Judge, judge_by

if TYPE_CHECKING:
    from training.loop.trainer import Trainer

# Their settings decide nothing about a tagger's weights.
_PLACES = {"train", "dev", "test", "output", "runs", "cache", "threads", "resume", "overwrite"}


@dataclass(frozen=True)
class CrossFitter:
    """Fits taggers of one shape, each from the same first weights."""

    config: FitConfig  # in which nothing is left to choose
    parts: BundleParts
    say: Say

    @cached_property
    def identity(self) -> str:
        """The hash of all that decides a tagger beside the sentences it learns from."""
        tables = self.parts.channels.tables.values()
        facts = [
            self.config.model_dump_json(exclude=_PLACES),
            *(hashlib.sha256(table.tobytes()).hexdigest() for table in tables),
            *self.parts.tag_set.labels,
            code_sha256(Path(__file__)),
        ]
        return hashlib.sha256(" ".join(facts).encode()).hexdigest()

    def fit(self, sentences: Sequence[Sentence], folder: Path) -> Judge:
        """Return what judges sentences by a network that has learnt from these; `folder` gets their arrays."""
        from training.loop.epochs import train_epoch

        trainer, first = self._start
        trainer.restore(first)
        config, parts = self.config, self.parts
        write_arrays(
            _folded(sentences, config), parts.channels.features, parts.tag_set, folder, config.max_chars
        )
        arrays = open_arrays(folder)
        batches = GoldBatches(arrays, config.batch_chars_for(arrays.n_chars), config.seed)
        for epoch in range(1, config.epochs + 1):
            loss, _ = train_epoch(trainer, batches, config, epoch, lambda: False)
            self.say(f"  epoch {epoch}/{config.epochs}  loss {loss:.3f}")
        bundle = parts.with_weights(trainer.weights())
        return partial(judge_by, Predictor.build(bundle, OnnxRuntime(bundle, threads=config.threads or None)))

    @cached_property
    def _start(self) -> tuple["Trainer", dict[str, Any]]:
        """The trainer, compiled once for all folds, and its state before the first step."""
        # TensorFlow takes seconds to import: not before a fold has to be fitted.
        from training.loop.devices import make_strategy
        from training.loop.trainer import Trainer

        strategy = make_strategy(self.config)
        parts = self.parts
        trainer = Trainer(parts.network, parts.channels.tables, parts.tag_set, self.config, strategy)
        return trainer, trainer.state()


def build_fitter(config: FitConfig, sentences: Sequence[Sentence], folds: int, say: Say) -> CrossFitter:
    """Return what fits taggers on parts of these sentences; its vectors are trained or read first.

    Raises what `find_sources` and `build_channels` raise for a file or a setting that cannot be used.
    """
    channels = build_channels(config, _texts(config, sentences), say)
    labels = sorted({span.label for sentence in sentences for span in spans_from_tags(sentence.tags)})
    chars = sum(len(sentence.text) for sentence in sentences)
    tag_set = TagSet(config.tag_scheme, tuple(labels))
    alone = config.model_copy(update={"teachers": 0, "unlabelled": ()})
    config = alone.with_choices_for(chars * (folds - 1) // folds, len(tag_set.tags))
    parts = bundle_parts(config, channels, tag_set)
    return CrossFitter(config, parts, say)


def _texts(config: FitConfig, sentences: Sequence[Sentence]) -> TextSource:
    """Return the texts of the vectors; their hash does not look at the tags, which are corrected between two runs."""
    files = find_sources(config)
    read = [sentence.text for sentence in _folded(sentences, config)]
    digest = hashlib.sha256("\n".join(read).encode("utf-8", "surrogatepass"))
    digest.update("".join(file_sha256(path) for path in files.raw).encode())
    folds = opencc_folds() if config.fold_traditional else None
    return text_source(files, lambda: read, digest.hexdigest(), folds)


def _folded(sentences: Sequence[Sentence], config: FitConfig) -> Sequence[Sentence]:
    return list(fold_sentences(sentences, opencc_folds())) if config.fold_traditional else sentences
