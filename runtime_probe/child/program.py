"""A model, a loss and an optimizer made into one program that trains for many steps a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from runtime_probe.child.frameworks import (
    build_optimizer,
    call_arguments,
    compile_state,
    global_generator,
    is_legacy,
    lent,
    loss_scaling,
    makes_own,
    optimizer_variables,
    own_optimizers,
)
from runtime_probe.child.order import Order
from runtime_probe.child.setup import Array, Sample, Setup, State, Tree
from runtime_probe.child.state import assign

Step = Callable[[Tree], Any]  # a batch (x, y, weights) -> its loss
Loop = Callable[..., tuple[Any, Any]]  # data, rows, sizes, first, last -> next step, losses

# Operations whose random numbers go on from call to call, whatever is restored.
_GO_ON = frozenset(
    "Multinomial ParameterizedTruncatedNormal RandomGamma RandomPoissonV2 RandomShuffle "
    "RandomStandardNormal RandomUniform RandomUniformInt TruncatedNormal".split()
)


class Program:
    """Trains the model of a setup in one mode, from any state and on any data of the same shape.

    ``operations`` are the kinds of those that were traced. It is ``repeatable`` if a second run can
    be made equal to the first; one that is not must be made anew for every run.
    """

    def __init__(self, setup: Setup, order: Order, mode: str) -> None:
        self.mode = mode
        self.seconds_per_step: float | None = None
        self.optimizer = setup.optimizer.build()
        self._model = setup.model
        self._kept = (setup.loss, setup.optimizer.kind)  # their ids are keys as long as this lives
        others = {
            name: type(each).from_config(each.get_config())
            for name, each in own_optimizers(setup.model).items()
        }
        self._lent = {**compile_state(setup, self.optimizer), **others}
        build_optimizer(self.optimizer, setup.model.trainable_variables)
        step = _training_step(setup.model, self.optimizer)
        loop = _LOOPS[mode](step, order)
        if mode == "eager":
            self._loop, self.operations = loop, frozenset[str]()
        else:
            traced = self._traced(loop, tensors(setup.sample), order, mode == "xla")
            self._loop, self.operations = traced, _operations(traced.graph)
        self.repeatable = not self.operations & _GO_ON
        self._evaluation: Any = None
        self._fresh = [
            (variable, np.array(variable.numpy()))
            for each in (self.optimizer, *others.values())
            for variable in optimizer_variables(each)
        ]

    def begin(self, state: State, rate: float | None, seed: int) -> None:
        """Makes model and optimizer what they are before the first step of a run."""
        assign(self._model, state)
        for variable, value in self._fresh:
            variable.assign(value)
        if rate is not None:
            self.optimizer.learning_rate = rate
        if self.mode == "eager":
            tf.random.set_seed(seed)
        generator = global_generator(self._model)
        if generator is not None:
            generator.assign([seed, 0])

    def run(self, data: Tree, rows: Any, sizes: Any, first: int, last: int) -> Array:
        """Makes the steps from ``first`` to before ``last`` of a block, or fewer after a loss that
        is not finite. Returns the losses, float32 of shape (steps made,)."""
        with lent(self._model, self._lent):
            reached, losses = self._loop(data, rows, sizes, tf.constant(first), tf.constant(last))
        made: Array = np.asarray(losses)[: int(reached) - first]
        return made

    def evaluate(self, sample: Sample) -> float:
        """The loss over all rows of ``sample`` as ``Model.evaluate`` has it."""
        if self._evaluation is None:
            evaluation = _evaluation(_test_step(self._model))
            eager = self.mode == "eager"
            self._evaluation = evaluation if eager else self._function(evaluation)
        with lent(self._model, self._lent):
            rows, batch = tf.constant(sample.rows), tf.constant(sample.batch_size)
            return float(self._evaluation(tensors(sample), rows, batch))

    def end(self) -> None:
        """What an optimizer does at the end of ``fit``: moving averages become the weights."""
        finish = getattr(self.optimizer, "finalize_variable_values", None)  # the oldest have none
        if finish is not None:
            finish(self._model.trainable_variables)

    def _function(self, function: Callable[..., Any], **options: Any) -> Any:
        return tf.function(function, autograph=is_legacy(self._model), **options)

    def _traced(self, loop: Loop, data: Tree, order: Order, compiled: bool) -> Any:
        function = self._function(loop, jit_compile=compiled or None)
        rows = tf.TensorSpec((order.steps, order.batch), tf.int32)
        sizes = tf.TensorSpec((order.steps,), tf.int32)
        number = tf.TensorSpec((), tf.int32)
        with lent(self._model, self._lent):
            return function.get_concrete_function(data, rows, sizes, number, number)


def tensors(sample: Sample) -> Tree:
    """``(x, y, weights)`` of the sample as ``fit`` gives them to a model: reals as float32."""
    return tf.nest.map_structure(_tensor, (sample.x, sample.y, sample.weights))


def _tensor(values: Any) -> Any:
    if values is None:
        return None
    array = np.asarray(values)
    real = np.issubdtype(array.dtype, np.floating)
    return tf.convert_to_tensor(array, tf.float32 if real else None)


def _batch(data: Tree, rows: Any) -> Tree:
    return tf.nest.map_structure(lambda each: None if each is None else tf.gather(each, rows), data)


def _training_step(model: Any, optimizer: Any) -> Step:
    if makes_own(model, "train_step"):
        return _own_step(model, "train_step")
    scaled, unscaled = loss_scaling(optimizer)

    def step(batch: Tree) -> Any:
        with tf.GradientTape() as tape:
            loss = _loss(model, batch, training=True)
            goal = scaled(loss)
        variables = model.trainable_variables
        gradients = unscaled(tape.gradient(goal, variables))
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return loss

    return step


def _test_step(model: Any) -> Step:
    if makes_own(model, "test_step"):
        return _own_step(model, "test_step")
    return lambda batch: _loss(model, batch, training=False)


def _loss(model: Any, batch: Tree, training: bool) -> Any:
    x, y, weights = batch
    outputs = model(x, **call_arguments(model.call, training))
    asked = call_arguments(model.compute_loss, training)
    return model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=weights, **asked)


def _own_step(model: Any, name: str) -> Step:
    """A step that the model brings, and the loss that it reports of this batch alone."""
    own = getattr(model, name)

    def step(batch: Tree) -> Any:
        model.reset_metrics()
        logs = own(_shortened(batch))
        named = [value for key, value in logs.items() if "loss" in key]
        return tf.reduce_mean(logs.get("loss", named[0] if named else next(iter(logs.values()))))

    return step


def _shortened(batch: Tree) -> Tree:
    """A batch as ``fit`` passes it on: without what was not given."""
    x, y, weights = batch
    if weights is not None:
        return batch
    return (x,) if y is None else (x, y)


def _graph_loop(step: Step, order: Order) -> Loop:
    def one(data: Tree, rows: Any, size: Any) -> Any:
        return step(_batch(data, rows[:size] if order.rest else rows))

    return _while(one)


def _xla_loop(step: Step, order: Order) -> Loop:
    """XLA knows no shapes that change, so the smaller batch is a program of its own."""

    def one(data: Tree, rows: Any, size: Any) -> Any:
        if not order.rest:
            return step(_batch(data, rows))
        return tf.cond(
            size == order.batch,
            lambda: tf.cast(step(_batch(data, rows)), tf.float32),
            lambda: tf.cast(step(_batch(data, rows[: order.rest])), tf.float32),
        )

    return _while(one)


def _while(one: Callable[[Tree, Any, Any], Any]) -> Loop:
    def loop(data: Tree, rows: Any, sizes: Any, first: Any, last: Any) -> tuple[Any, Any]:
        def body(at: Any, losses: Any, _: Any) -> tuple[Any, Any, Any]:
            loss = tf.cast(one(data, rows[at], sizes[at]), tf.float32)
            kept = tf.tensor_scatter_nd_update(losses, [[at - first]], [loss])
            return at + 1, kept, tf.math.is_finite(loss)

        def more(at: Any, _: Any, finite: Any) -> Any:
            return (at < last) & finite

        start = (first, tf.zeros(rows.shape[0]), True)
        reached, losses, _ = tf.while_loop(more, body, start, parallel_iterations=1)
        return reached, losses

    return loop


def _eager_loop(step: Step, order: Order) -> Loop:
    def loop(data: Tree, rows: Any, sizes: Any, first: Any, last: Any) -> tuple[Any, Any]:
        losses: list[float] = []
        for at in range(int(first), int(last)):
            losses.append(float(step(_batch(data, rows[at][: sizes[at]]))))
            if not np.isfinite(losses[-1]):
                break
        return int(first) + len(losses), losses

    return loop


_LOOPS: Mapping[str, Callable[[Step, Order], Loop]] = {
    "eager": _eager_loop,
    "graph": _graph_loop,
    "xla": _xla_loop,
}


def _evaluation(step: Step) -> Callable[..., Any]:
    def evaluation(data: Tree, rows: Any, batch: Any) -> Any:
        def body(at: Any, total: Any) -> tuple[Any, Any]:
            end = tf.minimum(at + batch, rows)
            loss = tf.cast(step(_batch(data, tf.range(at, end))), tf.float32)
            return end, total + loss * tf.cast(end - at, tf.float32)

        start = (tf.constant(0), tf.constant(0.0))
        _, total = tf.while_loop(lambda at, _: at < rows, body, start, parallel_iterations=1)
        return total / tf.cast(rows, tf.float32)

    return evaluation


def _operations(graph: Any) -> frozenset[str]:
    """The kinds of operations of a graph and of all functions that it calls."""
    definition = graph.as_graph_def()
    nodes = [*definition.node]
    for function in definition.library.function:
        nodes += function.node_def
    return frozenset(node.op for node in nodes)
