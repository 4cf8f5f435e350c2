"""Goes on with a run: its trainer is set to the state after the last whole epoch."""

from collections.abc import Callable

from training.loop.checkpoint import Progress, Run, RunError
from training.loop.trainer import Trainer


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
