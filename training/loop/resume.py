"""Begins a run, or goes on with it: its trainer is set to the state after the last whole epoch."""

from collections.abc import Callable

from training.loop.checkpoint import Progress, Run, RunError
from training.loop.trainer import Trainer
from training.settings.config import FitConfig


def start_run(run: Run, config: FitConfig, identity: str) -> Progress:
    """Return how far a fit has come, which is nowhere without `config.resume`.

    identity: of all that is learnt from. Raises RunError where it has changed, and as `Run.load` does.
    """
    # Other networks may have been interrupted, before the first epoch of this one.
    if not config.resume or (config.fits_others and not run.has_checkpoint):
        run.start(config)
        return Progress(identity)
    progress = run.load(config)
    if progress.identity != identity:
        raise RunError(
            f"{run.path}: the corpora or vectors have changed since its first start (vectors trained anew are others, "
            "and text without labels is a corpus, too); start without --resume"
        )
    return progress


def restore_trainer(trainer: Trainer, progress: Progress, run: Run, say: Callable[[str], None]) -> None:
    """Set `trainer` to the state that `progress` ended with, if any; RunError if that is of another network."""
    if not progress.history:
        return
    try:
        trainer.restore(progress.state)
    except (KeyError, ValueError) as error:
        raise RunError(
            f"{run.path}: the checkpoint is of another network, made by another version of zitag ({error}); "
            "start without --resume"
        ) from error
    say(f"resumed after epoch {len(progress.history)}")
