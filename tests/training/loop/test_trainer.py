"""The trainer: the same seed gives the same weights, its state is all of it, two devices do what one does."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from model.bundle.config import ChannelConfig, NetworkConfig
from model.tags.tag_set import TagSet
from training.data.batches import Batch
from training.loop.trainer import Trainer, build_optimizer, learning_rate_at
from training.settings.config import FitConfig

TAG_SET = TagSet("BIO", ("PER",))
NETWORK = NetworkConfig(channels=(ChannelConfig(name="char", rows=9, dim=4),), tags=3, units=5)
RATE = 0.02
CALM = NETWORK.model_copy(update={"embedding_dropout": 0.0, "hidden_dropout": 0.0})
TABLES = {"char": np.random.default_rng(0).standard_normal((9, 4)).astype(np.float32)}


def make_trainer(network: NetworkConfig = NETWORK, **fields: Any) -> Trainer:
    tf.keras.utils.set_random_seed(1)
    return Trainer(network, TABLES, TAG_SET, FitConfig(seed=1, **fields))


def make_batches(count: int, seed: int = 0) -> Iterator[Batch]:
    """Yield batches in which the tag follows from the character: 2 begins, 3 continues, the rest is O."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        lengths = random.integers(1, 8, size=5).astype(np.int32)
        ids = random.integers(4, 9, size=(5, int(lengths.max()))).astype(np.int32)
        begins = random.integers(0, 2, size=ids.shape).astype(bool)
        ids[begins] = 2
        ids[:, 1:][begins[:, :-1]] = 3
        tag_ids = np.where(ids == 2, 1, np.where(ids == 3, 2, 0)).astype(np.int32)
        yield Batch({"char": ids}, tag_ids, lengths, np.arange(5))


def steps(trainer: Trainer, count: int, seed: int = 0, rate: float = RATE) -> list[float]:
    return [float(trainer.step(batch, rate)) for batch in make_batches(count, seed)]


def assert_same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    assert one.keys() == other.keys()
    for name, array in one.items():
        assert array.tobytes() == other[name].tobytes(), name


@pytest.mark.parametrize(
    ("optimizer", "rate", "conv_filters"),
    [
        ("adam", RATE, 0),
        ("adam", RATE, 6),
        ("adamw", RATE, 0),
        ("nadam", RATE, 0),
        ("rmsprop", RATE, 0),
        ("sgd", 0.1, 0),  # these three take larger steps than the default
        ("adagrad", 0.2, 0),
        ("adadelta", 3.0, 0),
    ],
)
def test_loss_falls(optimizer: str, rate: float, conv_filters: int) -> None:
    network = CALM.model_copy(update={"conv_filters": conv_filters})
    losses = steps(make_trainer(network, optimizer=optimizer), 60, rate=rate)
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:10])


def test_loss_is_the_mean_over_the_sentences_of_a_batch() -> None:
    batch = next(make_batches(1))
    together = float(make_trainer(network=CALM).step(batch, 0.0))
    alone = [
        make_trainer(network=CALM).step(
            Batch(
                {"char": batch.feeds["char"][row : row + 1]},
                batch.tag_ids[row : row + 1],
                batch.lengths[row : row + 1],
                batch.pieces[row : row + 1],
            ),
            0.0,
        )
        for row in (0, 1, 2, 3, 4)
    ]
    assert together == pytest.approx(np.mean(alone), rel=1e-4)


def test_same_seed_same_weights_byte_for_byte() -> None:
    one, other = make_trainer(), make_trainer()
    assert steps(one, 5) == steps(other, 5)
    assert_same(one.state(), other.state())


@pytest.mark.parametrize(("given", "used"), [(None, 0.004), (0.0, 0.0), (0.1, 0.1)])
def test_weight_decay_can_be_none_at_all(given: float | None, used: float) -> None:
    assert build_optimizer(FitConfig(optimizer="adamw", weight_decay=given)).weight_decay == used


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "nadam", "rmsprop", "sgd", "adadelta", "adagrad"])
def test_restored_state_goes_on_as_if_never_interrupted(optimizer: str) -> None:
    whole = make_trainer(optimizer=optimizer, weight_decay=0.01)
    steps(whole, 4)
    halfway = whole.state()
    expected = steps(whole, 4, seed=9)
    resumed = make_trainer(optimizer=optimizer, weight_decay=0.01)
    resumed.restore(halfway)
    assert steps(resumed, 4, seed=9) == expected
    assert_same(resumed.state(), whole.state())


def test_average_lags_behind_the_weights_and_is_what_is_saved() -> None:
    trainer = make_trainer(average=0.9)
    steps(trainer, 3)
    averaged, raw = trainer.weights(), trainer.weights(averaged=False)
    assert any(np.abs(averaged[name] - raw[name]).max() > 1e-4 for name in raw)
    without = make_trainer(average=0.0)
    steps(without, 3)
    assert_same(without.weights(), without.weights(averaged=False))


def test_weights_have_the_names_and_shapes_of_a_bundle() -> None:
    from model.bundle.weights import weight_shapes

    shapes = {name: array.shape for name, array in make_trainer().weights().items()}
    assert {"embedding.char": (9, 4), **shapes} == weight_shapes(NETWORK)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_learns_too(precision: str) -> None:
    losses = steps(make_trainer(network=CALM, precision=precision), 40)
    assert np.isfinite(losses).all()
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:10])


def test_gradients_are_clipped_to_the_norm() -> None:
    moved = []
    for clip_norm in (1e-3, 1e9):
        trainer = make_trainer(optimizer="sgd", clip_norm=clip_norm, average=0.0)
        before = trainer.weights()
        steps(trainer, 1)
        after = trainer.weights()
        moved.append(np.sqrt(sum(float(np.square(after[n] - before[n]).sum()) for n in before)))
    assert moved[0] == pytest.approx(RATE * 1e-3, rel=0.01)  # learning rate times the norm
    assert moved[1] > 10 * moved[0]


@pytest.mark.parametrize(
    ("schedule", "warmup", "progress", "expected"),
    [
        ("constant", 0.0, 0.7, 1.0),
        ("linear", 0.0, 0.25, 0.75),
        ("cosine", 0.0, 0.0, 1.0),
        ("cosine", 0.0, 0.5, 0.5),
        ("cosine", 0.0, 1.0, 0.0),
        ("linear", 0.2, 0.1, 0.5),
        ("linear", 0.2, 0.6, 0.5),
    ],
)
def test_learning_rate_follows_its_schedule(
    schedule: str, warmup: float, progress: float, expected: float
) -> None:
    config = FitConfig.model_validate({"learning_rate": 1.0, "schedule": schedule, "warmup": warmup})
    assert learning_rate_at(progress, config) == pytest.approx(expected)


TWO_DEVICES = """
import json, sys
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import test_trainer as t
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]) if sys.argv[1] == "2" else None
tf.keras.utils.set_random_seed(1)
trainer = t.Trainer(t.CALM, t.TABLES, t.TAG_SET, t.FitConfig(seed=1), strategy)
assert trainer.strategy.num_replicas_in_sync == int(sys.argv[1])
lone = [t.Batch({"char": b.feeds["char"][:1]}, b.tag_ids[:1], b.lengths[:1], b.pieces[:1]) for b in t.make_batches(2)]
print(json.dumps(t.steps(trainer, 6) + [float(trainer.step(batch, 0.01)) for batch in lone]))
"""


@pytest.mark.slow
def test_two_mirrored_devices_have_the_loss_of_one() -> None:
    losses = []
    for devices in "12":
        command = [sys.executable, "-W", "ignore", "-c", TWO_DEVICES, devices]
        folder = __file__.rpartition("/")[0]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        losses.append(json.loads(done.stdout.splitlines()[-1]))
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)
