"""The losses of an epoch: their mean, and the first that is no number."""

import math
import re

import numpy as np
import pytest
import tensorflow as tf

from training.loop.errors import DivergedError
from training.loop.losses import READ_EVERY, Losses
from training.settings.config import FitConfig

CONFIG = FitConfig(learning_rate=0.5, clip_norm=2.0)


def test_mean_is_over_sentences_not_over_batches() -> None:
    losses = Losses(1, CONFIG)
    assert (str(losses), math.isnan(losses.mean)) == ("?", True)
    losses.add(tf.constant(1.0), 3)
    losses.add(tf.constant(5.0), 1)
    losses.read()
    assert (losses.mean, str(losses)) == (2.0, "2.000")


def test_losses_are_read_together_once_so_many_have_come() -> None:
    losses = Losses(1, CONFIG)
    for _ in range(READ_EVERY - 1):
        losses.add(tf.constant(1.0), 1)
    assert str(losses) == "?"
    losses.add(tf.constant(1.0), 1)
    assert str(losses) == "1.000"


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_divergence_names_its_batch_and_the_settings_to_change(value: float) -> None:
    losses = Losses(3, CONFIG)
    message = (
        f"epoch 3, batch 40: the loss is {value}; lower --learning-rate (now 0.5) or --clip-norm (now 2.0)"
    )
    for _ in range(39):
        losses.add(tf.constant(1.0), 1)
    losses.add(tf.constant(value), 1)
    with pytest.raises(DivergedError, match=re.escape(message)):
        losses.read()


def test_divergence_is_caught_no_later_than_losses_are_read() -> None:
    losses = Losses(1, CONFIG)
    for _ in range(READ_EVERY - 1):
        losses.add(tf.constant(math.nan), 1)
    with pytest.raises(DivergedError, match="epoch 1, batch 1:"):
        losses.add(tf.constant(math.nan), 1)


def test_divergence_at_the_end_of_an_epoch_is_not_missed() -> None:
    losses = Losses(1, CONFIG)
    losses.add(tf.constant(math.nan), 1)
    with pytest.raises(DivergedError, match="epoch 1, batch 1"):
        losses.read()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 2e6])
def test_weights_that_no_bundle_could_hold_are_divergence(value: float) -> None:
    weights = {"emission.bias": np.zeros(3, np.float32), "crf.start": np.array([0, value], np.float32)}
    with pytest.raises(DivergedError, match=r"epoch 2: crf\.start has grown .*; lower --learning-rate \(now"):
        Losses(2, CONFIG).check_weights(weights)


def test_weights_within_bounds_pass() -> None:
    Losses(2, CONFIG).check_weights({"emission.bias": np.array([-1e6, 1e6], np.float32), "none": np.zeros(0)})
