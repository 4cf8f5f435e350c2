"""Whether a fit can write at its end: looked at before any work is done."""

import contextlib
import os
import shutil
from pathlib import Path

from model.bundle.bundle import check_target
from model.bundle.manifest import BundleError
from model.machine.atomic import partial_path
from training.settings.config import ConfigError, FitConfig

# A bundle, a checkpoint of the same weights several times over, and what the logs take.
SPARE_BYTES = 64 << 20


def check_output(config: FitConfig, needed_bytes: int = 0) -> None:
    """Raise ConfigError, before any work is done, if the bundle or the run could not be written at the end.

    Claims `needed_bytes` and some more where they will be written, and gives them back.
    """
    try:
        check_target(config.output, overwrite=config.overwrite)
    except BundleError as error:
        raise ConfigError(f"--output: {error}") from error
    _check_places(config)
    for setting, folder in (
        ("--output", config.output.parent),
        ("--runs", config.runs),
        ("--cache", config.cache),
    ):
        _check_room(setting, folder, needed_bytes + SPARE_BYTES)
    _check_name(config.output)


def _check_places(config: FitConfig) -> None:
    """Raise ConfigError for a run that would stand where its bundle shall be."""
    run = config.run_dir.resolve()
    if config.output.resolve() in (run, *run.parents):
        raise ConfigError(
            f"--runs: {config.runs}: expected a folder apart from --output, got one with which the run stands in "
            f"{config.run_dir}, where the bundle shall be; choose another"
        )


def _check_name(output: Path) -> None:
    """Raise ConfigError for a name that is too long for what is written beside it."""
    try:
        partial_path(output).lstat()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise ConfigError(f"--output: {output}: {error.strerror}; choose another name") from error


def _check_room(setting: str, folder: Path, needed_bytes: int) -> None:
    probe = folder / f".room-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if free < needed_bytes:
            raise ConfigError(
                f"{setting}: {folder}: {needed_bytes >> 20} MB are needed, {free >> 20} MB are free; "
                "make room or choose another folder"
            )
        with open(probe, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, needed_bytes)
    except OSError as error:
        raise ConfigError(
            f"{setting}: {folder}: cannot hold {needed_bytes >> 20} MB: {error.strerror}; choose another folder"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()
