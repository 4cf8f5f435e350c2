"""The teachers of a distillation, or the networks of an ensemble: fits of one corpus, each with a seed of its own.

seed + 1, seed + 2, ... -> runs/NAME/teacher-1, teacher-2, ... -> their best weights

A teacher of the full network is the fit that `zitag fit --preset full --teachers 0` with its seed is, to the byte.
"""

from collections.abc import Callable

import tensorflow as tf

from training.data.arrays import CorpusArrays
from training.data.batches import GoldBatches
from training.loop.checkpoint import Progress, Run
from training.loop.devices import describe_devices
from training.loop.epochs import ScoreDev, run_epochs
from training.loop.resume import restore_trainer
from training.loop.trainer import Trainer
from training.loop.workers import read_task
from training.settings.config import FitConfig
from training.settings.distillation import DistillationSettings

BuildTrainer = Callable[[FitConfig], Trainer]
TEACHER, MEMBER = "teacher", "network"  # of an ensemble


# Settings of a student that are no settings of its teachers where these are of the full network.
OF_THE_STUDENT = (
    *(
        "preset",
        "units",
        "layers",
        "conv_filters",
        "epochs",
        "embedding_dropout",
        "hidden_dropout",
        "average",
    ),
    *DistillationSettings.model_fields,
)


def teacher_config(config: FitConfig, number: int, chars: int, kind: str = TEACHER) -> FitConfig:
    """Return the settings of teacher 1, 2, ... of a student that learns from so many characters.

    Its run is within that of its student. The networks of an ensemble (`kind` is MEMBER) have theirs in the same way.

    >>> student = FitConfig(preset="small", units=96, layers=1, teachers=3, teacher_network="full", seed=7)
    >>> teacher = teacher_config(student, 2, 2_000_000)
    >>> teacher.units, teacher.layers, teacher.epochs, teacher.teachers, teacher.seed
    (136, 2, 14, 0, 9)
    """
    settings = {**config.model_dump(), "unlabelled": (), "ensemble": 1}
    if config.teacher_network == "full":
        settings = {name: value for name, value in settings.items() if name not in OF_THE_STUDENT}
    own = {"seed": config.seed + number, "runs": config.run_dir, "output": f"{kind}-{number}", "teachers": 0}
    return FitConfig.model_validate({**settings, **own}).with_choices_for(chars)


def train_others(
    config: FitConfig,
    kind: str,
    count: int,
    arrays: CorpusArrays,
    identity: str,
    build_trainer: BuildTrainer,
    score_dev: ScoreDev,
    say: Callable[[str], None],
) -> list[Progress]:
    """Return each of `count` fits, done; with `config.resume` those begun earlier are gone on with.

    identity: of corpora and vectors, as in `Progress`. Raises RunError, DivergedError and FitInterrupted.
    """
    fits = []
    for number in range(1, count + 1):
        say(f"{kind} {number} of {count}")
        fits.append(
            _train(
                teacher_config(config, number, arrays.n_chars, kind),
                arrays,
                identity,
                build_trainer,
                score_dev,
                say,
            )
        )
        tf.keras.backend.clear_session()
    return fits


def _train(
    config: FitConfig,
    arrays: CorpusArrays,
    identity: str,
    build_trainer: BuildTrainer,
    score_dev: ScoreDev,
    say: Callable[[str], None],
) -> Progress:
    run = Run(config.run_dir, writes=read_task().is_chief)
    with run.held():
        progress = _begin(run, config, identity)
        if progress.is_done(config):
            return progress
        trainer = build_trainer(config)
        say(describe_devices(config))
        restore_trainer(trainer, progress, run, say)
        batches = GoldBatches(arrays, config.batch_chars_for(arrays.n_chars), config.seed)
        run_epochs(trainer, batches, score_dev, config, run, progress, say)
    return progress


def _begin(run: Run, config: FitConfig, identity: str) -> Progress:
    """Return how far this teacher has come; none where it was begun for another corpus, or not to be resumed."""
    if config.resume and run.has_checkpoint:
        progress = run.load(config)
        if progress.identity == identity:
            return progress
    run.start(config)
    return Progress(identity)
