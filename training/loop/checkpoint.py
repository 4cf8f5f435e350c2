"""The folder of one run: its settings, its logs, and the checkpoint that a killed fit goes on from.

runs/NAME/
    config.json              the settings as resolved
    checkpoint.safetensors   settings, state after the last whole epoch, and the best weights so far
    log.csv                  one row per epoch
    tensorboard/             the same as curves
    lock                     held by the fit that runs here
"""

import contextlib
import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors
from safetensors.numpy import save_file

from model.machine.atomic import atomic_file
from model.machine.locks import hold
from training.settings.config import FitConfig

CONFIG, CHECKPOINT, LOG, TENSORBOARD = "config.json", "checkpoint.safetensors", "log.csv", "tensorboard"
LOCK = "lock"

# Settings that say where and how to run, not what comes out.
_UNBOUND = {"resume", "overwrite", "quiet", "output", "runs", "cache", "intended_use", "data_note", "licence"}

Array = npt.NDArray[Any]


class RunError(Exception):
    """A run that cannot be started or resumed."""


@dataclass(frozen=True)
class EpochRecord:
    """What one epoch gave; loss is the mean negative log-likelihood of a sentence, in nats."""

    epoch: int
    loss: float
    precision: float
    recall: float
    f1: float
    learning_rate: float
    seconds: float
    chars_per_s: float


@dataclass
class Progress:
    """How far a fit has come: the epochs done, the best weights by dev F1, the state to go on from."""

    identity: str = ""  # of what is fitted: arrays, vectors, network
    history: list[EpochRecord] = field(default_factory=list)
    best: dict[str, Array] = field(default_factory=dict)
    state: dict[str, Array] = field(default_factory=dict)

    @property
    def best_epoch(self) -> EpochRecord | None:
        """The first of the epochs with the highest dev F1, or None before the first epoch."""
        return max(self.history, key=lambda record: record.f1, default=None)

    @property
    def epochs_without_gain(self) -> int:
        """Epochs since the best one."""
        return len(self.history) - self.best_epoch.epoch if self.best_epoch else 0

    def is_done(self, config: FitConfig) -> bool:
        """Return whether no epoch is left: all were run, or none was better for so long that it stops."""
        return len(self.history) >= config.epochs or self.epochs_without_gain >= config.patience


class Run:
    """One run's folder; each write to it is atomic. Of several workers one writes, the others read."""

    def __init__(self, path: Path, *, writes: bool = True) -> None:
        self.path = path
        self.writes = writes
        self._settings = ""  # as JSON, of the fit that writes here

    @property
    def has_checkpoint(self) -> bool:
        """Whether an epoch was finished in this folder."""
        return (self.path / CHECKPOINT).exists()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep the folder, made if it is missing, to this process; RunError if another fit has it."""
        if not self.writes:
            yield
            return
        with self._writing():
            self.path.mkdir(parents=True, exist_ok=True)
            lock = open(self.path / LOCK, "w")  # noqa: SIM115 (closed below; another error is not of writing)
        with lock:
            if not hold(lock.fileno()):
                raise RunError(
                    f"{self.path}: another fit is running in this folder; wait for it, or choose another --runs"
                )
            yield

    def start(self, config: FitConfig) -> None:
        """Record `config`, drop what an earlier run left; RunError if the folder cannot be written."""
        self._settings = config.model_dump_json()
        if not self.writes:
            return
        with self._writing():
            self.path.mkdir(parents=True, exist_ok=True)
            (self.path / CHECKPOINT).unlink(missing_ok=True)
            (self.path / LOG).unlink(missing_ok=True)
            for events in (self.path / TENSORBOARD).glob("events.*"):
                events.unlink()
            _write(self.path / CONFIG, config.model_dump_json(indent=2).encode())

    def load(self, config: FitConfig) -> Progress:
        """Return the progress to go on from; RunError when there is none or it was made with other settings."""
        if not self.has_checkpoint:
            raise RunError(
                f"{self.path / CHECKPOINT}: no such file: no epoch to resume from; start without --resume"
            )
        try:
            with safetensors.safe_open(str(self.path / CHECKPOINT), framework="numpy") as file:
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
                record, before = (json.loads(file.metadata()[name]) for name in ("progress", "settings"))
        except (OSError, safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:
            raise RunError(f"{self.path / CHECKPOINT}: damaged: {error}; start without --resume") from error
        self._check_settings(config, before)
        self._settings = config.model_dump_json()
        return Progress(
            record["identity"],
            [EpochRecord(**row) for row in record["history"]],
            _under("best", arrays),
            _under("state", arrays),
        )

    def save(self, progress: Progress) -> None:
        """Write the checkpoint and the CSV log, each in one step; RunError if they cannot be written."""
        if not self.writes:
            return
        arrays = {f"best.{name}": array for name, array in progress.best.items()}
        arrays |= {f"state.{name}": array for name, array in progress.state.items()}
        record = {"identity": progress.identity, "history": [asdict(row) for row in progress.history]}
        contiguous = {
            name: np.ascontiguousarray(array).reshape(array.shape) for name, array in arrays.items()
        }
        with self._writing():
            metadata = {"progress": json.dumps(record), "settings": self._settings}
            with atomic_file(self.path / CHECKPOINT) as partial:
                save_file(contiguous, str(partial), metadata=metadata)
            self._write_log(progress.history)

    def _write_log(self, history: list[EpochRecord]) -> None:
        log = self.path / LOG
        with atomic_file(log) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [f.name for f in fields(EpochRecord)])
            writer.writeheader()
            writer.writerows(asdict(row) for row in history)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, safetensors.SafetensorError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise self.unwritable(reason) from error

    def unwritable(self, reason: str) -> RunError:
        """Return the error of a folder that takes nothing more: what to do depends on what it holds by now."""
        remedy = "make room, or choose another --runs"
        if self.has_checkpoint:
            remedy = "its whole epochs are kept: make room, then give the same command with --resume"
        return RunError(f"{self.path}: cannot be written: {reason}; {remedy}")

    def _check_settings(self, config: FitConfig, before: Mapping[str, Any]) -> None:
        now = json.loads(config.model_dump_json())
        # A setting that is newer than the run had its default.
        before = {**json.loads(FitConfig().model_dump_json()), **before}
        changed = [
            f"{name} was {before.get(name)!r}, now {now[name]!r}"
            for name in now
            if name not in _UNBOUND and now[name] != before.get(name)
        ]
        changed += [
            f"{name} was {value!r}, a setting that is no more"
            for name, value in before.items()
            if name not in now and value
        ]
        if changed:
            raise RunError(
                f"{self.path}: cannot resume with other settings: {'; '.join(changed)}; "
                "give the settings of the first start, or start without --resume"
            )


def _under(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {name[len(prefix) + 1 :]: a for name, a in arrays.items() if name.startswith(f"{prefix}.")}


def _write(path: Path, content: bytes) -> None:
    with atomic_file(path) as partial:
        partial.write_bytes(content)
