"""The loss of a setup around the point where its training starts, to be differentiated."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from runtime_probe.child.frameworks import call_arguments, compile_state, lent
from runtime_probe.child.losses import name_of, takes_logits
from runtime_probe.child.setup import Array, Setup, State, Tree
from runtime_probe.child.sharpness import Product, gauss_newton, gradient, hessian
from runtime_probe.child.state import assign
from runtime_probe.child.taps import Call, listening


class Curvature(NamedTuple):
    """Of the loss of one row in its K outputs: a bound, and where nothing is learned yet."""

    bound: float
    undecided: float


# As Keras means losses over the outputs. Cross-entropies are taken in their logits.
_IN_OUTPUTS: Mapping[str, Callable[[int], Curvature]] = {
    "mean_squared_error": lambda k: Curvature(2 / k, 2 / k),
    "huber": lambda k: Curvature(1 / k, 1 / k),
    "log_cosh": lambda k: Curvature(1 / k, 1 / k),
    "binary_crossentropy": lambda k: Curvature(1 / (4 * k), 1 / (4 * k)),
    "categorical_crossentropy": lambda k: Curvature(1 / 2, 1 / k),
    "sparse_categorical_crossentropy": lambda k: Curvature(1 / 2, 1 / k),
}
# Losses with kinks have curvature 0 nearly everywhere, which says nothing about steps.
_KINKED = frozenset(
    "mean_absolute_error mean_absolute_percentage_error hinge categorical_hinge".split()
)

# Layers that hand on what the last weights gave, or an activation of it that the loss undoes.
_HANDING_ON = frozenset("Activation Softmax Reshape Flatten".split())


class Term(NamedTuple):
    """How one output of the model enters the loss: ``factor`` times the mean over its rows."""

    curvature: Curvature
    factor: float
    in_logits: bool

    def of(self, output: Any) -> Any:
        return output._keras_logits if self.in_logits else output


class Linear(NamedTuple):
    """A model that is one dense layer: what it multiplies (a row of X~ each), and its loss."""

    features: Array
    curvature: Curvature
    decay: float


class Surface:
    """The loss of ``setup`` as a function of the weights, at ``states[seed]``.

    What is random in a model, such as Dropout, is the same in every call, and what a call changes,
    such as the statistics of BatchNormalization, is put back before the next.
    """

    def __init__(self, setup: Setup, seed: int) -> None:
        self.setup = setup
        self._state: State = setup.states[seed]
        self._generator = np.random.default_rng(0)
        trained = {id(each) for each in setup.model.trainable_variables}
        self._others = [
            (variable, value)
            for variable, value in zip(setup.model.variables, self._state, strict=True)
            if id(variable) not in trained
        ]

    @property
    def weights(self) -> Sequence[Any]:
        return [tensor(each) for each in self.setup.model.trainable_variables]

    @property
    def size(self) -> int:
        return sum(math.prod(each.shape) for each in self.weights)

    def split(self, vector: Array) -> Sequence[Array]:
        """The parts of a vector over all weights that belong to each variable."""
        ends = np.cumsum([math.prod(each.shape) for each in self.weights])
        return np.split(vector, ends[:-1])

    @contextmanager
    def at_start(self) -> Iterator[None]:
        assign(self.setup.model, self._state)
        attributes = compile_state(self.setup, self.setup.optimizer.build())
        try:
            with lent(self.setup.model, attributes):
                yield
        finally:
            assign(self.setup.model, self._state)

    def rows(self, most: int) -> Array:
        """Indices of at most so many rows: drawn where the script shuffles, else the first."""
        count = self.setup.sample.rows
        if not self.setup.sample.shuffled:
            return np.arange(min(most, count))
        return self._generator.permutation(count)[:most]

    def batches(self, rows: Array, most: int) -> Sequence[Array]:
        """Whole batches of ``rows``, none where they are no more than one batch."""
        size = self.setup.sample.batch_size
        if len(rows) <= size:
            return ()
        starts = range(0, len(rows) - size + 1, size)[:most]
        return [rows[start : start + size] for start in starts]

    def called(self, rows: Array) -> Sequence[Any]:
        """The outputs of the model in training, flat."""
        flat: Sequence[Any] = tf.nest.flatten(self._predictions(rows))
        return flat

    def _predictions(self, rows: Array) -> Tree:
        for variable, value in self._others:
            variable.assign(value)
        model = self.setup.model
        return model(
            tensors(taken(self.setup.sample.x, rows)), **call_arguments(model.call, training=True)
        )

    def terms(self) -> Sequence[Term] | None:
        """One for each output, None where the curvature of one is not known."""
        outputs = self.called(np.arange(min(2, self.setup.sample.rows)))
        losses = _by_output(self.setup, self.setup.loss, len(outputs))
        factors = _by_output(self.setup, self.setup.loss_weights, len(outputs))
        if losses is None or factors is None:
            return None
        found = [
            _term(self.setup, output, loss, 1.0 if factor is None else float(factor))
            for output, loss, factor in zip(outputs, losses, factors, strict=True)
        ]
        known = [each for each in found if each is not None]
        return known if len(known) == len(found) else None

    def products(self, rows: Array) -> Iterator[tuple[str, Product]]:
        """The matrices of curvature that can be had, by their names in a record."""
        if (terms := self.terms()) is not None:
            outputs, curvatures = self._curved_outputs(rows, terms)
            yield "gauss-newton", gauss_newton(outputs, self.weights, curvatures)
        # The curvature of the model itself counts as much as the residuals are large, and those of
        # a cross-entropy never are.
        names = {name_of(each) for each in _by_output(self.setup, self.setup.loss, None) or ()}
        if terms is None or not all(name.endswith("crossentropy") for name in names):
            if names & _KINKED:
                return
            yield "lanczos", hessian(self.loss(rows), self.weights)

    def gradient(self, rows: Array) -> Array:
        return gradient(self.loss(rows), self.weights)

    def _curved_outputs(
        self, rows: Array, terms: Sequence[Term]
    ) -> tuple[Callable[[], Sequence[Any]], Sequence[Any]]:
        """What the loss takes of the model, as a function, and the curvature of each element."""

        def outputs() -> Sequence[Any]:
            return [term.of(each) for term, each in zip(terms, self.called(rows), strict=True)]

        weights = self._row_weights(rows, len(terms))
        curvatures = []
        for term, output, weight in zip(terms, outputs(), weights, strict=True):
            positions = math.prod(output.shape[:-1]) if len(output.shape) > 1 else len(rows)
            each = np.full(output.shape, term.curvature.undecided * term.factor / positions)
            if weight is not None:
                each *= np.reshape(weight, [-1] + [1] * (each.ndim - 1))
            curvatures.append(tf.constant(each, output.dtype))
        return outputs, curvatures

    def loss(self, rows: Array) -> Callable[[], Any]:
        """The loss that is minimised, over those rows."""
        model, sample = self.setup.model, self.setup.sample
        trees = (sample.x, sample.y, sample.weights)
        x, y, weights = (tensors(taken(each, rows)) for each in trees)
        asked = call_arguments(model.compute_loss, training=True)

        def loss() -> Any:
            predictions = self._predictions(rows)
            return model.compute_loss(x=x, y=y, y_pred=predictions, sample_weight=weights, **asked)

        return loss

    def linear(self, most_cells: int) -> Linear | None:
        """What a model multiplies that is one dense layer and nothing else that is trained."""
        if (terms := self.terms()) is None or len(terms) != 1:
            return None
        if (found := self._dense(np.arange(min(2, self.setup.sample.rows)), terms[0])) is None:
            return None
        rows = self.rows(max(2, most_cells * min(2, self.setup.sample.rows) // found[1].size))
        dense, features = self._dense(rows, terms[0]) or found
        weight = self._row_weights(rows, 1)[0]
        if weight is not None:
            each = np.repeat(np.ravel(weight), len(features) // len(rows))
            features = features * np.sqrt(each)[:, None]
        decay = 2 * float(getattr(dense.kernel_regularizer, "l2", 0.0) or 0.0)
        curvature = Curvature(*(each * terms[0].factor for each in terms[0].curvature))
        return Linear(features, curvature, decay)

    def _dense(self, rows: Array, term: Term) -> tuple[Any, Array] | None:
        with listening(self.setup.model) as calls:
            outputs = self.called(rows)
        trained = [place for place, call in enumerate(calls) if call.layer.trainable_variables]
        if len(trained) != 1 or len(outputs) != 1:
            return None
        dense: Call = calls[trained[0]]
        behind = {type(call.layer).__name__ for call in calls[trained[0] + 1 :]}
        if type(dense.layer).__name__ != "Dense" or not behind <= _HANDING_ON:
            return None
        given = np.asarray(dense.given, dtype=np.float64)
        features = given.reshape(-1, given.shape[-1])
        kernel = np.asarray(dense.layer.kernel, dtype=np.float64)
        product = features @ kernel
        if dense.layer.use_bias:
            features = np.hstack([features, np.ones((len(features), 1))])
            product = product + np.asarray(dense.layer.bias)
        taken_by_loss = np.asarray(term.of(outputs[0]), dtype=np.float64).reshape(product.shape)
        if not np.allclose(product, taken_by_loss, rtol=1e-2, atol=1e-3):
            return None
        return dense.layer, features

    def _row_weights(self, rows: Array, outputs: int) -> Sequence[Any]:
        weights = _by_output(self.setup, taken(self.setup.sample.weights, rows), outputs)
        return weights if weights is not None else [None] * outputs


def tensor(variable: Any) -> Any:
    """The variable of TensorFlow under one of Keras."""
    return variable if isinstance(variable, tf.Variable) else variable.value


def taken(tree: Tree, rows: Array) -> Tree:
    """Those rows of every array of a tree."""
    return None if tree is None else tf.nest.map_structure(lambda each: each[rows], tree)


def tensors(tree: Tree) -> Tree:
    """A tree of arrays as one of tensors, which the old Keras asks for."""
    return None if tree is None else tf.nest.map_structure(tf.convert_to_tensor, tree)


def _term(setup: Setup, output: Any, loss: Any, factor: float) -> Term | None:
    name = name_of(loss)
    if name not in _IN_OUTPUTS:
        return None
    entropy = name.endswith("crossentropy")
    hidden = entropy and hasattr(output, "_keras_logits")
    if entropy and not hidden and not takes_logits(loss):
        return None
    if getattr(loss, "reduction", None) == "sum":
        factor *= setup.sample.batch_size
    return Term(_IN_OUTPUTS[name](output.shape[-1]), factor, hidden)


def _by_output(setup: Setup, given: Any, outputs: int | None) -> Sequence[Any] | None:
    """One of ``given`` for each output, None where their numbers differ."""
    if isinstance(given, Mapping):
        names = getattr(setup.model, "output_names", None) or list(given)
        given = [given.get(name) for name in names]
    if not isinstance(given, (list, tuple)):
        return [given] * (outputs or 1)
    return given if outputs in {None, len(given)} else None
