"""The corpora of one fit, read once and checked before any work is done.

Sources -> read once, dev cut out of train where there is none -> Corpora: sentence streams, labels, reports
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from model.bundle.traditional import TraditionalFolds
from model.machine.hashing import file_sha256
from model.machine.progress import tracked
from training.corpus.reader import ReadReport, Sentence
from training.corpus.sentences import MAX_LABELS
from training.corpus.split import cut_blocks
from training.data.cache import code_sha256
from training.embeddings.texts import TextSource
from training.formats import reading
from training.formats.brat import brat_files, is_brat
from training.formats.options import format_options
from training.inputs.outline import Outline, Read, read_outline
from training.inputs.sources import Sources, find_sources, find_unlabelled_files
from training.inputs.texts import raw_texts, text_source
from training.inputs.traditional import digest, fold_sentences, opencc_folds
from training.settings.config import ConfigError, FitConfig

DEV_SHARE = 0.1  # of the training sentences, where no dev files are given

Sentences = Callable[[], Iterator[Sentence]]


@dataclass(frozen=True)
class Corpora:
    """The sentences of a fit. A call of `train`, `dev` or `test` reads the files anew."""

    train: Sentences
    dev: Sentences
    test: Sentences | None
    sources: Sources
    labels: tuple[str, ...]  # of the entities in train, sorted
    dev_labels: tuple[str, ...]
    reports: Mapping[str, ReadReport]  # of the files of train (with a dev cut out of it), dev and test
    notes: tuple[str, ...]  # on what may be wrong in the files
    reader_options: Mapping[str, str]  # all that decides `train` beside the bytes of its files
    sha256: Mapping[Path, str]  # of every file, as it was when it was read through
    folds: TraditionalFolds | None  # applied to all sentences and raw texts

    @property
    def strange_labels(self) -> dict[str, tuple[str, ...]]:
        """The labels that dev or test has but train does not, by part."""
        found = {"dev": self.dev_labels}
        if "test" in self.reports:
            found["test"] = tuple(self.reports["test"].entities)
        strange = {part: tuple(sorted(set(labels) - set(self.labels))) for part, labels in found.items()}
        return {part: labels for part, labels in strange.items() if labels}

    def shown(self, part: str, title: str) -> Iterator[Sentence]:
        """Yield the sentences of train, dev or test while showing how far this has come."""
        report = None if part != "test" and not self.sources.dev else self.reports.get(part)
        sentences: Sentences = getattr(self, part)
        return tracked(sentences(), title, report.sentences if report else None, "sentences")

    def vector_source(self) -> TextSource:
        """Return the texts to train vectors on: train alone of the BIO files, and the raw texts."""
        digests = "".join(self.sha256[path] for path in (*self.sources.train, *self.sources.raw))
        sha256 = hashlib.sha256(digests.encode()).hexdigest() + str(sorted(self.reader_options.items()))
        return text_source(
            self.sources, lambda: (sentence.text for sentence in self.train()), sha256, self.folds
        )

    def with_unlabelled(self, config: FitConfig) -> "Corpora":
        """Return these corpora with the text without labels of settings that are chosen by their size."""
        if self.sources.unlabelled or not config.unlabelled:
            return self  # as given
        files = find_unlabelled_files(config)
        sha256 = {path: self.sha256.get(path) or _sha256(path) for path in files}
        return replace(
            self, sources=replace(self.sources, unlabelled=files), sha256={**self.sha256, **sha256}
        )

    def raw_texts(self, path: Path) -> Iterator[str]:
        """Yield the lines of a file of raw text, as the sentences are read."""
        return raw_texts(path, self.folds)


def open_corpora(config: FitConfig) -> Corpora:
    """Return the corpora that `config` names; those known by name are fetched when they are missing.

    Every file is read once, so that a fault in the last line of the test is known now. Raises CorpusError,
    DownloadError, and ConfigError for a name or file that is not there and for parts that nothing can be learnt from.
    """
    files = find_sources(config)
    options = _reader_options(config)
    read: Read = partial(reading.read_sentences, **options)
    folds = opencc_folds() if config.fold_traditional else None
    if folds:
        read = partial(_read_folded, read, folds)
        options["fold_traditional"] = digest(folds)
    paths = {"train": files.train, "dev": files.dev, "test": files.test}
    outlines = {part: read_outline(read, given) for part, given in paths.items() if given}
    options |= _code_of_formats(outlines["train"].report)
    # The scheme is known by now: later readings need not find it out again.
    parts = {part: partial(read, paths[part], scheme=outlines[part].report.scheme) for part in outlines}
    labels = {part: outline.labels() for part, outline in outlines.items()}
    if not files.dev:
        blocks = _dev_blocks(files.train, outlines["train"], config.seed)
        dev = frozenset(chain.from_iterable(blocks))
        sides = {"train": frozenset(range(outlines["train"].report.sentences)) - dev, "dev": dev}
        parts |= {side: partial(_select, parts["train"], indices) for side, indices in sides.items()}
        labels |= {side: outlines["train"].labels(indices) for side, indices in sides.items()}
        options["dev_blocks"] = " ".join(f"{block.start}-{block.stop}" for block in blocks)
    _check_labels(files, labels["train"], labels["dev"])
    return Corpora(
        train=parts["train"],
        dev=parts["dev"],
        test=parts.get("test"),
        sources=files,
        labels=labels["train"],
        dev_labels=labels["dev"],
        reports={part: outline.report for part, outline in outlines.items()},
        notes=tuple(note for outline in outlines.values() for note in outline.notes),
        reader_options=options,
        sha256={path: _sha256(path) for path in files.paths},
        folds=folds,
    )


def _sha256(path: Path) -> str:
    """Return the hash of a file; of all its files where it stands for several, as in brat."""
    if not is_brat(path):
        return file_sha256(path)
    return hashlib.sha256("".join(map(file_sha256, brat_files(path))).encode()).hexdigest()


def _reader_options(config: FitConfig) -> dict[str, Any]:
    columns = {name: getattr(config, name) for name in ("encoding", "stray", "unit")}
    return columns | format_options(config)


def _code_of_formats(report: ReadReport) -> dict[str, str]:
    """Return what the keys of caches hold beside the code that reads columns, which they have anyway."""
    return {"formats": code_sha256(Path(reading.__file__))} if report.formats else {}


def _read_folded(read: Read, folds: TraditionalFolds, *arguments: Any, **options: Any) -> Iterator[Sentence]:
    return fold_sentences(read(*arguments, **options), folds)


def _check_labels(files: Sources, labels: tuple[str, ...], dev_labels: tuple[str, ...]) -> None:
    """Raise ConfigError where nothing could be learnt, or where dev could not tell the best epoch."""
    if not labels:
        raise ConfigError(f"--train: {', '.join(map(str, files.train))}: no entities to learn from")
    if len(labels) > MAX_LABELS:
        got = f"{len(labels):,}, {', '.join(labels[:3])} ..."
        raise ConfigError(
            f"--train: {', '.join(map(str, files.train))}: expected at most {MAX_LABELS:,} labels, got {got}; "
            "bring rare ones together"
        )
    if set(labels) & set(dev_labels):
        return
    found = f"only {', '.join(dev_labels)}" if dev_labels else "no entity"
    where = (
        f"--dev: {', '.join(map(str, files.dev))}" if files.dev else "--dev: the blocks cut out of --train"
    )
    raise ConfigError(
        f"{where}: expected entities of {', '.join(labels)}, as in --train, to tell the best epoch by, got {found}; "
        f"{_remedy(files, dev_labels)}"
    )


def _remedy(files: Sources, dev_labels: tuple[str, ...]) -> str:
    if not files.dev:
        return "give more text, or --dev FILE"
    return "correct the labels" if dev_labels else "give more text, or another --dev"


def _dev_blocks(train: tuple[Path, ...], outline: Outline, seed: int) -> list[range]:
    """Return which of the training sentences are dev instead, by index."""
    sentences = outline.report.sentences
    if sentences < 2:
        note = "; ".join(outline.notes) or f"{train[0]}: expected a blank line after each sentence"
        raise ConfigError(f"--train: one sentence alone cannot be split: {note}; or give --dev")
    return cut_blocks(sentences, max(1, round(sentences * DEV_SHARE)), seed)


def _select(read: Sentences, indices: Set[int]) -> Iterator[Sentence]:
    return (sentence for index, sentence in enumerate(read()) if index in indices)
