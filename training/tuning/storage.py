"""Where a study is kept, by Optuna: SQLite in its folder, any database by its URL, or a journal file.

URL or path -> storage -> study with its sampler (TPE) and what gives trials up (the median of the others)
"""

import contextlib
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.settings.config import ConfigError

HEARTBEAT_S, GRACE_S = 30, 120  # a trial not heard of for so long was killed, with its process
MAX_RETRIES = 2
NO_STUDY = (AssertionError, KeyError, TypeError, ValueError)
_MAX_LINE_BYTES = 1 << 20
STARTUP_TRIALS = 5  # before them values are drawn at random, and nothing is given up
WARMUP_STEPS = 3  # a trial is given up after so many epochs at the earliest


def open_study(storage: str, name: str) -> Any:
    """Return Optuna's study of this name, which is begun if there is none. Raises ConfigError."""
    import optuna
    from sqlalchemy.exc import SQLAlchemyError

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler_options = {"n_startup_trials": STARTUP_TRIALS, "constant_liar": True}
    with no_warnings():
        try:
            return optuna.create_study(
                storage=_storage(storage),
                study_name=name,
                direction="maximize",
                load_if_exists=True,
                sampler=optuna.samplers.TPESampler(**sampler_options),
                pruner=optuna.pruners.MedianPruner(
                    n_startup_trials=STARTUP_TRIALS, n_warmup_steps=WARMUP_STEPS
                ),
            )
        except NO_STUDY as error:  # what Optuna's reader of journals stumbles over
            raise ConfigError(
                f"--storage: {_without_password(storage)}: expected a database's URL or the path of a journal "
                f"file, got one that holds something else ({type(error).__name__}: {error}); name another"
            ) from error
        except (
            OSError,
            ImportError,
            optuna.exceptions.StorageInternalError,
            SQLAlchemyError,
            RuntimeError,
        ) as error:
            reason = str(error).splitlines()[0]
            raise ConfigError(
                f"--storage: {_without_password(storage)}: expected a database's URL or the path of a journal file, "
                f"got {reason}; check that it can be reached and written"
            ) from error


@contextlib.contextmanager
def no_warnings() -> Iterator[None]:
    """Keep back what Optuna says of its own experiments, which users can't do anything about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _storage(storage: str) -> Any:
    from optuna import storages
    from optuna.storages.journal import JournalFileBackend

    if "://" not in storage:
        Path(storage).parent.mkdir(parents=True, exist_ok=True)
        _check_journal(Path(storage))
        return storages.JournalStorage(JournalFileBackend(storage))
    return storages.RDBStorage(
        storage,
        heartbeat_interval=HEARTBEAT_S,
        grace_period=GRACE_S,
        heartbeat_stale_trial_callback=storages.RetryHeartbeatStaleTrialCallback(max_retry=MAX_RETRIES),
    )


def _check_journal(path: Path) -> None:
    """Raise ValueError for a file that is there and no journal: Optuna would write to the end of some of them."""
    if path.is_file() and path.stat().st_size:
        with path.open("rb") as file:
            first = json.loads(file.readline(_MAX_LINE_BYTES))
        if "op_code" not in first:
            raise ValueError("its first line is none of a journal")


def _without_password(storage: str) -> str:
    kind, separator, rest = storage.partition("://")
    return f"{kind}{separator}{rest.rpartition('@')[2]}" if separator else storage
