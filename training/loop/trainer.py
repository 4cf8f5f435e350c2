"""The trainer: network, CRF weights, optimizer and running average as one state that can be saved and restored.

Batch -> step -> loss ;  state() <-> restore() ;  weights() -> the arrays of a bundle
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from model.bundle.config import NetworkConfig
from model.runtime.network import LENGTHS, build_network, input_specs, weight_variables
from model.tags.tag_set import TagSet
from training.data.batches import Batch
from training.loop.devices import compiled_threads, precision_for, sums_over_paths
from training.loop.objective import CrfWeights
from training.loop.workers import Workers, read_task
from training.settings.config import FitConfig

Array = npt.NDArray[Any]

TAG_IDS, TAGS, STEPS = "tag_ids", "tags", "steps"  # of a batch: what is learnt


class Trainer:
    """Fits one network. The same seed and batches give the same weights, byte for byte, on one machine."""

    def __init__(
        self,
        network_config: NetworkConfig,
        embeddings: Mapping[str, Array],
        tag_set: TagSet,
        config: FitConfig,
        strategy: tf.distribute.Strategy | None = None,
        *,
        soft: bool = False,
    ) -> None:
        """soft: learn the `SoftTargets` of each batch instead of its tag ids."""
        self._soft = soft
        self.strategy = strategy or tf.distribute.get_strategy()
        self.workers = Workers(self.strategy, read_task())
        self.config = config
        with self.strategy.scope():
            self.step_count = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
            self.network = build_network(
                network_config,
                embeddings,
                precision=precision_for(config),
                seed=config.seed,
                step=self.step_count,
                compiled_threads=compiled_threads(config),
            )
            self.crf = CrfWeights(tag_set, sums_over_paths())
            self.named = [*weight_variables(self.network), *self.crf.variables]
            self.variables = [variable for _, variable in self.named]
            self.averages = [tf.Variable(v, trainable=False) for v in self.variables]
            self.optimizer = build_optimizer(config)
            self.optimizer.build(self.variables)
        self._network_config = network_config
        self._compiled = self._compile()

    def step(self, batch: Batch, learning_rate: float) -> tf.Tensor:
        """Take one optimizer step on `batch`; return the mean negative log-likelihood of its sentences, float32 [].

        The loss is on the device: to read it is to wait for the step.
        """
        self.optimizer.learning_rate = learning_rate
        return self._compiled(*self._shards(batch))

    def weights(self, *, averaged: bool = True) -> dict[str, Array]:
        """Return the trained arrays under the names of `weights.safetensors` (no embeddings)."""
        source = self.averages if averaged and self.config.average else self.variables
        return {name: v.numpy() for (name, _), v in zip(self.named, source, strict=True)}

    def state(self) -> dict[str, Array]:
        """Return everything that decides the next step, as arrays."""
        return {name: variable.numpy() for name, variable in self._state_variables()}

    def restore(self, state: Mapping[str, Array]) -> None:
        """Set the state that `state()` returned; KeyError or ValueError when it is of another network."""
        for name, variable in self._state_variables():
            variable.assign(state[name])

    def _state_variables(self) -> list[tuple[str, tf.Variable]]:
        optimizer = self.optimizer
        inner = optimizer.inner_optimizer if hasattr(optimizer, "inner_optimizer") else optimizer
        named = [(f"weight.{name}", variable) for name, variable in self.named]
        named += [(f"average.{n}", v) for (n, _), v in zip(self.named, self.averages, strict=True)]
        named += [(f"optimizer.{index}", v) for index, v in enumerate(inner.variables)]
        if hasattr(inner, "_u_product"):  # of Nadam, which leaves it out of its variables
            named.append(("optimizer.u_product", inner._u_product))
        if inner is not optimizer:  # loss scaling of mixed_float16
            named += [(f"scale.{index}", v) for index, v in enumerate(optimizer.variables)]
        return [*named, ("step", self.step_count)]

    def _compile(self) -> Any:
        def distributed(inputs: Any, targets: Any, weights: Any) -> tf.Tensor:
            losses = self.strategy.run(self._replica_step, args=(inputs, targets, weights))
            loss = self.strategy.reduce(tf.distribute.ReduceOp.SUM, losses, axis=None)
            self.step_count.assign_add(1)
            return loss

        if self.strategy.num_replicas_in_sync > 1:
            return tf.function(distributed, reduce_retracing=True, autograph=False)
        tags = self._network_config.tags
        targets = {TAG_IDS: tf.TensorSpec([None, None], tf.int32)}
        if self._soft:
            targets = {TAGS: tf.TensorSpec([None, None, tags]), STEPS: tf.TensorSpec([None, tags, tags])}
        signature = [input_specs(self._network_config), targets, tf.TensorSpec([None], tf.float32)]
        return tf.function(distributed, input_signature=signature, autograph=False)

    def _replica_step(
        self, inputs: Mapping[str, tf.Tensor], targets: Mapping[str, tf.Tensor], weights: tf.Tensor
    ) -> tf.Tensor:
        with tf.GradientTape() as tape:
            emissions = self.network(inputs, training=True)  # [batch, time, tags]
            if self._soft:
                losses = self.crf.cross_entropy(emissions, targets[TAGS], targets[STEPS], inputs[LENGTHS])
            else:
                losses = self.crf.negative_log_likelihood(emissions, targets[TAG_IDS], inputs[LENGTHS])
            loss = tf.reduce_sum(losses * weights)  # the mean, when summed over replicas
            scaled = self.optimizer.get_scaled_loss(loss) if self._scales_loss else loss
        gradients = tape.gradient(scaled, self.variables)
        if self._scales_loss:
            gradients = self.optimizer.get_unscaled_gradients(gradients)
        context = tf.distribute.get_replica_context()
        gradients = context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
        # Clipped after the sum, so that several devices take the step that one would.
        gradients, _ = tf.clip_by_global_norm(gradients, self.config.clip_norm)
        self.optimizer.apply_gradients(
            zip(gradients, self.variables, strict=True), skip_gradients_aggregation=True
        )
        self._update_averages()
        return loss

    @property
    def _scales_loss(self) -> bool:
        return bool(self.config.precision == "mixed_float16")

    def _update_averages(self) -> None:
        if not self.config.average:
            return
        step = tf.cast(self.step_count, tf.float32)
        # Early on the average forgets faster: the first weights are random.
        decay = tf.minimum(self.config.average, (1.0 + step) / (10.0 + step))
        for average, variable in zip(self.averages, self.variables, strict=True):
            average.assign(decay * average + (1.0 - decay) * variable)

    def _shards(self, batch: Batch) -> tuple[Any, Any, Any]:
        """Return inputs, targets and the weight of each row's loss, split over the replicas."""
        replicas = self.strategy.num_replicas_in_sync
        rows = len(batch.lengths)
        # Each replica has as many rows as the others: some are repeated, which then weigh nothing.
        padded = -(-rows // replicas) * replicas
        weights = np.where(np.arange(padded) < rows, 1 / rows, 0).astype(np.float32)

        def shard(array: Array) -> Any:
            if replicas == 1:
                return tf.constant(array)
            parts = np.array_split(np.resize(array, (padded, *array.shape[1:])), replicas)
            return self.strategy.experimental_distribute_values_from_function(
                lambda context: tf.constant(parts[context.replica_id_in_sync_group])
            )

        inputs = {name: shard(array) for name, array in {**batch.feeds, LENGTHS: batch.lengths}.items()}
        targets: dict[str, Array] = {TAG_IDS: batch.tag_ids}
        if self._soft:
            assert batch.soft
            targets = {TAGS: batch.soft.tags, STEPS: batch.soft.steps}
        return inputs, {name: shard(array) for name, array in targets.items()}, shard(weights)


def build_optimizer(config: FitConfig) -> tf.keras.optimizers.Optimizer:
    """Return the Keras optimizer of `config`; its learning rate is set at each step."""
    optimizers = {
        "adam": tf.keras.optimizers.Adam,
        "adamw": tf.keras.optimizers.AdamW,
        "nadam": tf.keras.optimizers.Nadam,
        "rmsprop": tf.keras.optimizers.RMSprop,
        "sgd": tf.keras.optimizers.SGD,
        "adadelta": tf.keras.optimizers.Adadelta,
        "adagrad": tf.keras.optimizers.Adagrad,
    }
    # XLA, which Keras would take on a GPU, compiles for minutes and needs tools of CUDA that images lack.
    extra: dict[str, Any] = {"jit_compile": False}
    if config.weight_decay is not None:
        extra["weight_decay"] = config.weight_decay
    if config.optimizer == "sgd":
        extra["momentum"] = 0.9
    optimizer = optimizers[config.optimizer](learning_rate=config.learning_rate, **extra)
    if config.precision == "mixed_float16":
        return tf.keras.mixed_precision.LossScaleOptimizer(optimizer)
    return optimizer


def learning_rate_at(progress: float, config: FitConfig) -> float:
    """Return the learning rate after a share `progress` (0 to 1) of all steps.

    >>> learning_rate_at(0.5, FitConfig(learning_rate=0.1, schedule="linear"))
    0.05
    """
    if progress < config.warmup:
        return config.learning_rate * progress / config.warmup
    after = (progress - config.warmup) / (1 - config.warmup)
    if config.schedule == "cosine":
        return config.learning_rate * 0.5 * (1 + float(np.cos(np.pi * after)))
    return config.learning_rate * (1 - after) if config.schedule == "linear" else config.learning_rate
