"""One compiled training function and one compiled evaluation per signature, whatever the policy, rate or seed."""

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from workers import kernels
from workers.data import class_weights
from workers.data.code_files import digests_of
from workers.data.dataset import Dataset
from workers.engine import compile_cache, tensorflow_private
from workers.engine.device import DeviceData, DevicePlan, Handover
from workers.models import model as models
from workers.signature import Signature
from workers.spec import TrialSpec

NO_CLIPPING = 3e38


class Program:
    """A model, its optimizer and the compiled loops over them.

    traces           counts how often TensorFlow traced "train", "evaluate" and "observe"
    compile_seconds  how long compiling has taken so far
    state_sizes      of each state of a lane
    paces            seconds that a step of training takes, by (window, batch size)
    """

    def __init__(self, spec: TrialSpec, dataset: Dataset, data: DeviceData, traces: Counter[str]) -> None:
        compile_cache.forget_names()
        gpu = bool(tf.config.list_physical_devices("GPU"))
        xla = not (gpu and kernels.on_gpu(spec).cudnn)
        looked_up = dataset.timeline.embeddings
        shape, code = (dataset.n_features, dataset.n_outputs), dataset.code_of(spec.network)
        self.model = models.build(spec, *shape, embeddings=looked_up, fused=xla, code=code)
        if gpu and xla:
            models.leave_cudnn_aside(self.model)
        self._own_random_states = models.random_states(self.model) if spec.model else []
        self.state_sizes = [int(state.shape[-1]) for state in self.model.inputs[2:]]
        self.optimizer = models.optimizer(spec)
        self.optimizer.build(self.model.trainable_variables)
        self.loss = dataset.loss
        self.n_statistics = self.loss.n_statistics(dataset.n_outputs)
        self._class_weights = _class_weights(dataset) if spec.class_weight else None
        self.compile_seconds = 0.0
        self.paces: dict[tuple[int, int], float] = {}
        self._data, self._traces = data, traces
        self._characters = len(dataset.timeline.alphabet)
        self._clip_norm = tf.Variable(NO_CLIPPING, trainable=False, dtype=tf.float32)
        self._fresh_optimizer = [variable.numpy() for variable in self.optimizer.variables]
        self._compiled: dict[tuple[Any, ...], Any] = {}
        self._zeros: dict[tuple[int, int], tf.Tensor] = {}
        self._name = f"{Signature.of(spec)} {self.model.input_shape} {self.model.output_shape}"
        self._name += f" {looked_up}" if looked_up else ""
        self._name += f" {digests_of(code)}" if code else ""
        self._train = tf.function(self._trace_train, jit_compile=xla)
        self._evaluate = tf.function(self._trace_evaluate, jit_compile=xla)
        self._show = tf.function(self._trace_show, jit_compile=xla)
        self._observe = tf.function(self._trace_observe, jit_compile=xla)

    def reset(self, weights: Sequence[NDArray[Any]], dropout_seed: int, recurrent_seed: int = 0) -> None:
        """Set everything that training changes to its value before a trial's first step."""
        seeds = [np.array([dropout_seed, number], np.uint32) for number in range(len(models.dropouts(self.model)))]
        of_states = range(len(models.recurrent_dropouts(self.model)))
        seeds += [np.array([recurrent_seed + number, 0], np.uint32) for number in of_states]
        seeds += [np.array([dropout_seed, number], np.uint32) for number in range(len(self._own_random_states))]
        self.restore([*weights, *self._fresh_optimizer, *seeds])

    def restore(self, values: Sequence[NDArray[Any]]) -> None:
        """Set all `variables`, in their order."""
        for variable, value in zip(self.variables, values, strict=True):
            variable.assign(value)

    def configure(self, spec: TrialSpec) -> None:
        """Set the trial's numbers that are variables of the program; to be called after reset or restore."""
        models.set_rates(self.optimizer, spec)
        self._clip_norm.assign(spec.clip_norm or NO_CLIPPING)
        for layer in models.dropouts(self.model):
            layer.rate.assign(spec.dropout)
        for hidden in models.recurrent_dropouts(self.model):
            hidden.rate.assign(spec.recurrent_dropout)

    @property
    def variables(self) -> list[keras.Variable]:
        """Everything that training changes: weights, optimizer slots, the random states of dropout."""
        seeds = [layer.seed_generator.state for layer in models.dropouts(self.model)]
        seeds += [hidden.seed_generator.state for hidden in models.recurrent_dropouts(self.model)]
        return [*self.model.trainable_variables, *self.optimizer.variables, *seeds, *self._own_random_states]

    @property
    def weights(self) -> tuple[NDArray[Any], ...]:
        """Copies of the model's trainable weights."""
        return tuple(variable.numpy() for variable in self.model.trainable_variables)

    @property
    def state_size(self) -> int:
        """How many numbers all states of a lane are."""
        return sum(self.state_sizes)

    def zero_states(self, lanes: int) -> list[tf.Tensor]:
        """Each (lanes, its size)."""
        return [self.zeros(lanes, width) for width in self.state_sizes]

    def zeros(self, rows: int, columns: int) -> tf.Tensor:
        """(rows, columns), made once: nothing can change a tensor."""
        if (rows, columns) not in self._zeros:
            self._zeros[rows, columns] = tf.zeros((rows, columns))
        return self._zeros[rows, columns]

    def train(self, plan: DevicePlan, window: int, start: int, stop: int, sums: Any, states: Any) -> Any:
        """(sums, states) after training steps start .. stop-1 of the plan.

        sums (n_statistics + 2,): the statistics' sums, timesteps scored, updates made; states: each (lanes, units).
        """
        args = (self._data, plan, window)
        train = self._concrete(self._train, (*args, tf.constant(0), tf.constant(0), sums, states))
        return train(*args, tf.constant(start), tf.constant(stop), sums, states)

    def evaluate(
        self,
        plan: DevicePlan,
        window: int,
        steps: int,
        handover: Handover,
        states: list[tf.Tensor],
        *,
        shown: bool = False,
    ) -> tuple[NDArray[np.float32], list[tf.Tensor], tf.Tensor]:
        """The scores of a plan's first steps, the states after them, each (lanes, units), and those noted.

        scores: (steps, lanes, window, n_statistics + 1) the weighted statistics of every timestep, and last its weight;
        shown: instead of statistics the outputs, of which there are n_outputs.
        """
        args = (self._data, plan, window)
        function = self._show if shown else self._evaluate
        evaluate = self._concrete(function, (*args, tf.constant(0), handover, states), len(handover.noted))
        scores, states, noted = evaluate(*args, tf.constant(steps), handover, states)
        return np.asarray(scores)[:steps], states, noted

    def observe(self, plan: DevicePlan, window: int, steps: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(steps, lanes, window, n_outputs) the outputs; (steps, lanes, state_size) all states after each step."""
        args = (self._data, plan, window)
        states = self.zero_states(plan.shape[1])
        observe = self._concrete(self._observe, (*args, tf.constant(0), states))
        outputs, after = observe(*args, tf.constant(steps), states)
        return np.asarray(outputs)[:steps], np.asarray(after)[:steps]

    def _concrete(self, function: Any, idle: tuple[Any, ...], rows: int = 0) -> Any:
        """The function for these shapes, compiled by a call that runs no step, so that compiling is timed apart.

        Whoever calls it spares TensorFlow to look for it by the types of all arguments, half a millisecond each time.
        """
        key = (function, idle[1].shape, idle[2], rows)
        if key not in self._compiled:
            began = time.perf_counter()
            with compile_cache.names_of(f"{self._name} {function.python_function.__name__} {key[1:]}"):
                concrete = function.get_concrete_function(*idle)
                compile_cache.compiled(lambda: concrete(*idle))
            tensorflow_private.remove_generated_files()
            self.compile_seconds += time.perf_counter() - began
            self._compiled[key] = concrete
        return self._compiled[key]

    def _step(self, data: DeviceData, plan: DevicePlan, window: int, k: Any, states: Any, training: bool) -> Any:
        """One step of the plan: y and targets (lanes, window, ...), weights (lanes, window), the states after it."""
        steps = tf.range(window)
        begin, end, keep = plan.begin[k][:, None], plan.end[k][:, None], plan.keep[k][:, None]
        index = tf.minimum(plan.offset[k][:, None] + steps, tf.shape(data.features)[0] - 1)
        valid = steps < end
        x = tf.gather(data.features, index)
        if self._characters:
            x = tf.one_hot(tf.cast(x[..., 0], tf.int32), self._characters)
        x = tf.where(valid[..., None], x, 0.0)
        weights = tf.where(valid & (steps >= begin), tf.gather(data.scored, index), 0.0)
        states = [tf.where(keep > 0, keep * state, 0.0) for state in states]
        # cuDNN refuses a row that is masked throughout: an empty window reads one timestep and its state is put back
        y, *after = self.model([x, steps < tf.maximum(end, 1), *states], training=training)
        after = [tf.where(end > 0, new, old) for new, old in zip(after, states, strict=True)]
        targets = tf.gather(data.targets, index)
        counted = weights > 0
        targets = tf.where(counted if targets.shape.rank == 2 else counted[..., None], targets, tf.zeros_like(targets))
        return y, targets, weights, after

    def _trace_train(self, data: Any, plan: Any, window: int, start: Any, stop: Any, sums: Any, states: Any) -> Any:
        self._traces["train"] += 1
        k = start
        while k < stop:
            self._set_rate(plan, k)
            with tf.GradientTape() as tape:
                y, targets, weights, after = self._step(data, plan, window, k, states, training=True)
                statistics = self.loss.statistics(keras.ops, y, targets)
                total = tf.reduce_sum(weights)
                counts = self._counting(weights, targets)
                loss = tf.reduce_sum(self.loss.reduce(keras.ops, statistics) * counts) / tf.maximum(total, 1.0)
            gradients = tape.gradient(loss, [variable.value for variable in self.model.trainable_variables])
            if total > 0:  # without a gradient, momentum would still move the weights
                self._apply(gradients)
            states = after
            parts = tf.reduce_sum(statistics * weights[..., None], axis=[0, 1])
            sums += tf.concat([parts, [total, tf.cast(total > 0, tf.float32)]], 0)
            k += 1
        return sums, states

    def _counting(self, weights: Any, targets: Any) -> Any:
        """(lanes, window) how much each timestep counts in what training minimizes."""
        return weights if self._class_weights is None else weights * tf.gather(self._class_weights, targets)

    def _set_rate(self, plan: DevicePlan, k: Any) -> None:
        """In a method of its own, as what is assigned within the loop itself would become the loop's variable."""
        if plan.rates is not None:
            self.optimizer.learning_rate = plan.rates[k]

    def _apply(self, gradients: list[Any]) -> None:
        norm = tf.linalg.global_norm(gradients)
        factor = self._clip_norm / tf.maximum(norm, self._clip_norm)
        self.optimizer.apply([gradient * factor for gradient in gradients], self.model.trainable_variables)

    def _trace_evaluate(self, data: Any, plan: Any, window: int, stop: Any, handover: Any, states: Any) -> Any:
        self._traces["evaluate"] += 1
        return self._trace_measured(
            lambda y, targets: self.loss.statistics(keras.ops, y, targets), data, plan, window, stop, handover, states
        )

    def _trace_show(self, data: Any, plan: Any, window: int, stop: Any, handover: Any, states: Any) -> Any:
        self._traces["show"] += 1
        return self._trace_measured(lambda y, _targets: y, data, plan, window, stop, handover, states)

    def _trace_measured(
        self, measure: Any, data: Any, plan: Any, window: int, stop: Any, handover: Any, states: Any
    ) -> Any:
        """Of each step what is measured of outputs and targets, weighted, and last the weights."""
        parts = tf.TensorArray(tf.float32, plan.offset.shape[0])
        noted, rows = handover.noted, len(handover.noted) - 1
        k = tf.constant(0)
        while k < stop:
            take, note, joined = handover.take[k][:, None], handover.note[k][:, None], tf.concat(states, -1)
            noted = tf.tensor_scatter_nd_update(noted, tf.where(note < 0, rows, note), joined)
            handed = tf.gather(handover.handed, tf.maximum(take[:, 0], 0))
            states = tf.split(tf.where(take < 0, joined, handed), self.state_sizes, -1)
            y, targets, weights, states = self._step(data, plan, window, k, states, training=False)
            statistics = measure(y, targets)
            parts = parts.write(k, tf.concat([statistics * weights[..., None], weights[..., None]], -1))
            k += 1
        return parts.stack(), states, noted

    def _trace_observe(self, data: Any, plan: Any, window: int, stop: Any, states: Any) -> Any:
        self._traces["observe"] += 1
        rows = plan.offset.shape[0]
        outputs, seen = tf.TensorArray(tf.float32, rows), tf.TensorArray(tf.float32, rows)
        k = tf.constant(0)
        while k < stop:
            y, _, _, states = self._step(data, plan, window, k, states, training=False)
            outputs, seen = outputs.write(k, y), seen.write(k, tf.concat(states, -1))
            k += 1
        return outputs.stack(), seen.stack()


def _class_weights(dataset: Dataset) -> tf.Tensor:
    labels = dataset.timeline.targets[dataset.scored_timesteps(dataset.train)]
    return tf.constant(class_weights.balanced(labels, dataset.timeline.n_classes))
