"""What all trials share: the corpora as arrays and the vectors, made once; several times for folds.

    settings -> (folds: train cut into K parts, each of them dev once) -> TrialData, TrialData, ...

The test set is not even opened.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.tags.tag_set import TagSet
from training.corpus.reader import Sentence
from training.corpus.split import BLOCKS
from training.data.arrays import CorpusArrays
from training.embeddings.tables import Channels, build_channels
from training.fit import encode_train
from training.formats.writing import write_sentences
from training.inputs.corpora import Corpora, open_corpora
from training.inputs.sources import find_sources
from training.settings.config import ConfigError, FitConfig
from training.settings.formats import FormatSettings

# How corpora are read: what a fold's files, written by us, need none of.
_READING = ("encoding", "stray", *FormatSettings.model_fields)


@dataclass(frozen=True)
class TrialData:
    """A train and a dev part, read and encoded."""

    config: FitConfig  # its files
    corpora: Corpora
    channels: Channels
    tag_set: TagSet
    arrays: CorpusArrays


def without_test(config: FitConfig) -> FitConfig:
    """Return the settings with the files of a corpus known by name in its place, and with no test and no teachers."""
    found = find_sources(config)
    files = {part: tuple(map(str, getattr(found, part))) for part in ("train", "dev")}
    return config.model_copy(update={**files, "test": (), "teachers": 0, "unlabelled": ()})


def prepare(config: FitConfig, folds: int, folder: Path) -> list[TrialData]:
    """Return the data of each fold, or of the one split that there is without folds; their files go to `folder`.

    Raises what a fit raises for its corpora.
    """
    config = without_test(config)
    if not folds:
        return [_prepare(config)]
    return [
        _prepare_fold(part, fold) for fold, part in enumerate(fold_configs(config, folds, folder), start=1)
    ]


def fold_configs(config: FitConfig, folds: int, folder: Path) -> list[FitConfig]:
    """Write train and dev together, cut into parts, as the train and dev files of each fold; return their settings.

    A part is made of blocks from all over the corpus: neighbouring sentences come from one article.
    """
    corpora = open_corpora(config)
    sentences = [*corpora.train(), *corpora.dev()]
    if len(sentences) < 2 * folds:
        raise ConfigError(
            f"--folds: expected at most {len(sentences) // 2} for so few sentences, got {folds}"
        )
    usual = {name: FitConfig.model_fields[name].default for name in _READING}
    configs = []
    for fold, (train, dev) in enumerate(cut_folds(sentences, folds), start=1):
        files = {part: folder / f"fold-{fold}" / f"{part}.jsonl" for part in ("train", "dev")}
        files["train"].parent.mkdir(parents=True, exist_ok=True)
        write_sentences(files["train"], train)
        write_sentences(files["dev"], dev)
        named = {part: (str(path),) for part, path in files.items()}
        configs.append(config.model_copy(update={**usual, **named}))
    return configs


def cut_folds(
    sentences: Sequence[Sentence], folds: int, blocks: int = BLOCKS
) -> Iterable[tuple[list[Sentence], list[Sentence]]]:
    """Yield train and dev of each fold; every sentence is in dev once."""
    count = len(sentences)
    blocks = max(1, min(blocks, count // (4 * folds)))
    number: list[int] = []  # of the fold that has each sentence in dev
    for block in range(blocks):
        size = count * (block + 1) // blocks - count * block // blocks
        # Each block begins with another fold: none gets all that is over.
        number += [(index * folds // size + block) % folds for index in range(size)]
    for fold in range(folds):
        train = [sentence for sentence, of in zip(sentences, number, strict=True) if of != fold]
        yield train, [sentence for sentence, of in zip(sentences, number, strict=True) if of == fold]


def _prepare_fold(config: FitConfig, fold: int) -> TrialData:
    try:
        return _prepare(config)
    except ConfigError as error:  # the corpus is good: it has been read whole
        raise ConfigError(
            f"--folds: expected entities of one label at least in both parts of each fold, got fold {fold} without; "
            f"give more text, or fewer folds ({error})"
        ) from error


def _prepare(config: FitConfig) -> TrialData:
    corpora = open_corpora(config)
    channels = build_channels(config, corpora.vector_source())
    tag_set = TagSet(config.tag_scheme, corpora.labels)
    arrays = encode_train(config, corpora, channels, tag_set)
    return TrialData(config, corpora, channels, tag_set, arrays)
