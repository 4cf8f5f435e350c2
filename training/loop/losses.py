"""The losses of an epoch: left on the device, and read there once every so many steps.

loss of a step (a tensor) --add--> waiting --every READ_EVERY steps--> mean, or DivergedError
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from model.bundle.weights import MAX_WEIGHT
from training.loop.errors import DivergedError
from training.settings.config import FitConfig

# To read a loss is to wait for its step: a device that has to show each one stands still in between. A fit that has
# diverged is stopped so many steps later at most, and no checkpoint is written within an epoch.
READ_EVERY = 32


class Losses:
    """The losses of one epoch, weighed by how many sentences each is the mean of."""

    def __init__(self, epoch: int, config: FitConfig) -> None:
        self._epoch = epoch
        self._config = config
        self._waiting: list[tuple[tf.Tensor, int]] = []
        self._total, self._rows, self._batches = 0.0, 0, 0

    def add(self, loss: tf.Tensor, rows: int) -> None:
        """Take the loss of the next batch. Raises DivergedError when one of those before is not finite."""
        self._waiting.append((loss, rows))
        if len(self._waiting) >= READ_EVERY:
            self.read()

    def read(self) -> None:
        """Wait for all losses that were added. Raises DivergedError when one is not finite."""
        if not self._waiting:
            return
        losses = tf.stack([loss for loss, _ in self._waiting]).numpy().tolist()
        for loss, (_, rows) in zip(losses, self._waiting, strict=True):
            self._batches += 1
            if not np.isfinite(loss):
                raise DivergedError(
                    f"epoch {self._epoch}, batch {self._batches}: the loss is {loss}; {self._remedy}"
                )
            self._total += loss * rows
            self._rows += rows
        self._waiting.clear()

    @property
    def _remedy(self) -> str:
        rate, norm = self._config.learning_rate, self._config.clip_norm
        return f"lower --learning-rate (now {rate}) or --clip-norm (now {norm})"

    def __str__(self) -> str:
        return f"{self.mean:.3f}" if self._rows else "?"

    def check_weights(self, weights: Mapping[str, npt.NDArray[Any]]) -> None:
        """Raise DivergedError where the last steps have made weights that no bundle could hold."""
        for name, array in weights.items():
            if not np.abs(array).max(initial=0.0) <= MAX_WEIGHT:  # that of NaN is NaN
                raise DivergedError(
                    f"epoch {self._epoch}: {name} has grown beyond all bounds; {self._remedy}"
                )

    @property
    def mean(self) -> float:
        """The mean loss of a sentence, of the losses that were read; not a number before."""
        return self._total / self._rows if self._rows else float("nan")
