"""What a model is trained for, and how well it does that by what it predicts.

Keras 3 computes a crossentropy from what goes into the last softmax or sigmoid, so a wrong output
layer can have a perfect loss curve and predict the same for every row. Here everything is
recomputed from predictions alone, and classes are read off them as a user would: the largest of
several outputs, or whether a single one is above a half.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from runtime_probe.child.endings import PROBABILITIES, endings, output_names
from runtime_probe.child.labels import Labels, kind_of, read
from runtime_probe.child.losses import MARGIN, OF_PROBABILITIES, by_output, name_of, takes_logits
from runtime_probe.child.setup import Array, Setup, Tree
from runtime_probe.child.trees import leaves, map_leaves, rows_of
from runtime_probe.records import Measured

_LEAST_ROWS, _MOST_ROWS = 128, 1024  # of which predictions are taken
_SECONDS = 0.05  # that one measure may take, where the rows are many
_HEAVY = 0.5  # seconds of a single row, for which predictions are taken of few
_CHUNK = 256
_TINY = 1e-7  # Keras clips probabilities here
_CONSTANT = 1e-4
_WORST = -1.0  # the least skill: worse than this is no different

Inverse: TypeAlias = Callable[[Array], Array]


@dataclass(frozen=True)
class _Answer:
    """What one output gave, its loss, and the last activation, None if that is not known."""

    output: Array
    loss: Any
    activation: str | None


@dataclass(frozen=True)
class Part:
    """What one output is for, its dimensions, the rows counted, and the size of the last one."""

    kind: str
    dimensions: int
    width: int


@dataclass(frozen=True)
class Task:
    """``parts`` are the outputs that are trained, None for one that is not.

    ``kind`` is binary, multiclass, multilabel, regression or unknown; where outputs differ, that
    of the first. It stays the same for all arms, whatever they do to labels and loss.
    """

    parts: Sequence[Part | None]
    rows: int

    @classmethod
    def of(cls, setup: Setup) -> Task:
        """The task of the script as written, from its labels, outputs, losses and activations."""
        sample = setup.sample
        started = time.perf_counter()
        shown = predictions(setup.model, _rows(sample.x, np.arange(1)))
        is_heavy = time.perf_counter() - started > _HEAVY
        names = output_names(setup.model, len(shown))
        losses = by_output(setup.loss, names)
        ends = endings(setup.model, len(shown))
        labels = labels_by_output(sample.y, names)
        parts = [
            None
            if y is None or (loss is None and len(names) > 1)
            else Part(
                kind_of(read(y, output.ndim), output.shape[-1], name_of(loss), end.activation),
                output.ndim,
                output.shape[-1],
            )
            for y, output, loss, end in zip(labels, shown, losses, ends, strict=True)
        ]
        if sample.rows <= _LEAST_ROWS or is_heavy:
            return cls(parts, min(sample.rows, _LEAST_ROWS))
        few = _rows(sample.x, np.arange(_LEAST_ROWS))
        predictions(setup.model, few)
        started = time.perf_counter()
        predictions(setup.model, few)
        affordable = int(_SECONDS / (time.perf_counter() - started) * _LEAST_ROWS)
        return cls(parts, min(max(affordable, _LEAST_ROWS), _MOST_ROWS, sample.rows))

    @property
    def kind(self) -> str:
        kinds = [part.kind for part in self.parts if part is not None]
        return kinds[0] if kinds else "unknown"

    @property
    def metric(self) -> str:
        """``accuracy`` or ``R2``, as the metric of its kind is called, or none."""
        return {"unknown": "", "regression": "R2"}.get(self.kind, "accuracy")

    def measure(self, setup: Setup, step: int) -> Measured:
        """How good the model of ``setup`` is with the variables that it has now.

        Several outputs count alike. NaN where the task is not known, so that no comparison holds.
        """
        chosen = np.linspace(0, setup.sample.rows - 1, self.rows).astype(int)
        shown = predictions(setup.model, _rows(setup.sample.x, chosen))
        names = output_names(setup.model, len(shown))
        losses = by_output(setup.loss, names)
        ends = endings(setup.model, len(shown))
        labels = labels_by_output(_rows(setup.sample.y, chosen), names)
        results = [
            _measured(
                part.kind,
                read(y, output.ndim),
                _Answer(output, loss, end.activation),
                setup.inverse,
                step,
            )
            for part, y, output, loss, end in zip(
                self.parts, labels, shown, losses, ends, strict=True
            )
            if part is not None and y is not None
        ]
        return _mean([each for each in results if each is not None], shown, step)

    def loss_of_constant(self, setup: Setup) -> float | None:
        """The loss, as ``compile`` has it, of the best constant prediction; None if not known."""
        names = output_names(setup.model, len(self.parts))
        weights = by_output(setup.loss_weights, names)
        losses = by_output(setup.loss, names)
        total = 0.0
        for part, y, loss, weight in zip(
            self.parts, labels_by_output(setup.sample.y, names), losses, weights, strict=True
        ):
            if part is None or y is None:
                continue
            least = _constant_loss(read(y, part.dimensions), name_of(loss))
            if least is None:
                return None
            total += least * (1.0 if weight is None else float(weight))
        return total if any(part is not None for part in self.parts) else None


def predictions(model: Any, x: Tree) -> list[Array]:
    """What ``model`` says, output by output; each at least two-dimensional, with the rows first."""
    rows = rows_of(x)
    pieces = [
        [np.asarray(leaf, dtype=float) for leaf in leaves(model(_piece(x, start), training=False))]
        for start in range(0, rows, _CHUNK)
    ]
    whole = [np.concatenate(each) for each in zip(*pieces, strict=True)]
    return [each[:, None] if each.ndim == 1 else each for each in whole]


def _piece(x: Tree, start: int) -> Tree:
    return map_leaves(lambda leaf: leaf[start : start + _CHUNK], x)


def _rows(tree: Tree, chosen: Array) -> Tree:
    return map_leaves(lambda leaf: leaf[chosen], tree)


def labels_by_output(y: Tree, names: Sequence[str]) -> list[Array | None]:
    """The targets by output; None for those that cannot be told."""
    if isinstance(y, dict):
        return [np.asarray(y[name]) if name in y else None for name in names]
    found = list(leaves(y))
    return [np.asarray(each) for each in found] if len(found) == len(names) else [None] * len(names)


def _measured(
    kind: str, labels: Labels, answer: _Answer, inverse: Inverse | None, step: int
) -> Measured | None:
    if kind == "regression":
        return _regression(labels, answer.output, inverse, step)
    if kind == "multilabel":
        return _multilabel(labels, _as_shown(answer, multilabel=True), step)
    if kind in {"binary", "multiclass"}:
        return _classes(labels, answer, step)
    return None


def _as_shown(answer: _Answer, multilabel: bool = False) -> Array:
    """Outputs as the user would use them: logits are turned into the probabilities they mean."""
    output, loss, activation = answer.output, answer.loss, answer.activation
    if not takes_logits(loss) or activation in PROBABILITIES:
        return output
    if activation is None and output.min() >= 0 and output.max() <= 1:
        return output
    if output.shape[-1] == 1 or multilabel or name_of(loss).startswith("binary"):
        likely: Array = 1 / (1 + np.exp(-np.clip(output, -60, 60)))
        return likely
    powers = np.exp(output - output.max(axis=-1, keepdims=True))
    shares: Array = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def _classes(labels: Labels, answer: _Answer, step: int) -> Measured | None:
    shown = _as_shown(answer)
    codes = labels.codes()
    width = shown.shape[-1]
    flat = shown.reshape(-1, width)
    if len(flat) != len(codes):
        return None
    finite = np.isfinite(flat).all(axis=1)
    values = np.unique(codes)
    if width == 1:
        chosen, given = _from_single(labels, codes, flat[:, 0], answer)
    else:
        clipped = np.clip(np.nan_to_num(flat), 0, None) + _TINY
        shares = clipped / clipped.sum(axis=1, keepdims=True)
        inside = (codes >= 0) & (codes < width)
        given = np.where(inside, shares[np.arange(len(codes)), np.clip(codes, 0, width - 1)], 0)
        chosen = np.argmax(np.nan_to_num(flat, nan=-np.inf), axis=1)
    counts = np.array([(codes == value).sum() for value in values]) / len(codes)
    log_loss = -np.log(np.clip(given, _TINY, 1)).mean() if finite.all() else np.nan
    accuracy = float(((chosen == codes) & finite).mean())
    return Measured(
        step,
        float(log_loss),
        _skill(log_loss, -(counts * np.log(counts)).sum()),
        accuracy,
        _skill(1 - accuracy, 1 - counts.max()),
        _is_constant(flat, np.maximum(1, np.abs(flat.mean(axis=0)))),
    )


def _from_single(
    labels: Labels, codes: Array, output: Array, answer: _Answer
) -> tuple[Array, Array]:
    """The class that a single output means, and the probability that it gives the true one."""
    loss = name_of(answer.loss)
    low, high = labels.pair()
    bounded = answer.activation in PROBABILITIES or loss in OF_PROBABILITIES
    if not bounded or loss in MARGIN:
        output = (output - low) / (high - low)
    share = np.clip(np.nan_to_num(output), 0, 1)
    given = np.select([codes == high, codes == low], [share, 1 - share], 0.0)
    return np.where(output > 0.5, high, low), given


def _multilabel(labels: Labels, shown: Array, step: int) -> Measured | None:
    y = np.asarray(labels.values if labels.columns is None else labels.columns)
    if y.shape != shown.shape:
        return None
    y, flat = y.reshape(-1, y.shape[-1]), shown.reshape(-1, shown.shape[-1])
    finite = np.isfinite(flat)
    share = np.clip(np.nan_to_num(flat), _TINY, 1 - _TINY)
    log_loss = _entropy(y, share) if finite.all() else np.nan
    means = y.mean(axis=0)
    accuracy = float((((flat > 0.5) == (y > 0.5)) & finite).mean())
    return Measured(
        step,
        float(log_loss),
        _skill(log_loss, _entropy(means, np.clip(means, _TINY, 1 - _TINY))),
        accuracy,
        _skill(1 - accuracy, np.minimum(means, 1 - means).mean()),
        _is_constant(flat, np.ones(flat.shape[1])),
    )


def _entropy(y: Array, share: Array) -> float:
    return float(-(y * np.log(share) + (1 - y) * np.log(1 - share)).mean())


def _regression(
    labels: Labels, output: Array, inverse: Inverse | None, step: int
) -> Measured | None:
    y = labels.values if labels.columns is None else labels.columns
    while y.ndim < output.ndim:
        y = y[..., None]
    if inverse is not None:
        output, y = inverse(output), inverse(y)
    try:
        y = np.broadcast_to(y, np.broadcast_shapes(y.shape, output.shape))
    except ValueError:
        return None
    error = float(np.square(output - y).mean())
    spread = float(y.var(axis=0).mean())
    share = 1 - error / spread if spread > 0 else np.nan
    return Measured(
        step,
        error,
        _skill(error, spread),
        share,
        _skill(error, spread),
        _is_constant(output.reshape(len(output), -1), np.array([max(spread**0.5, 1e-30)])),
    )


def _skill(loss: Any, constant: Any) -> float:
    """1 for no loss, 0 for that of the best constant prediction, -1 for anything far worse."""
    if not np.isfinite(loss):
        return _WORST
    if constant <= _TINY:  # nothing to tell apart: a constant is perfect
        return 0.0
    return float(max(1 - loss / constant, _WORST))


def _is_constant(outputs: Array, scales: Array) -> bool:
    """Whether no output differs between rows by more than a trace of its scale."""
    if len(outputs) < 2 or not np.isfinite(outputs).all():
        return False
    return bool((outputs.std(axis=0) <= _CONSTANT * scales).all())


def _mean(results: list[Measured], shown: list[Array], step: int) -> Measured:
    if not results:
        flat = [each.reshape(len(each), -1) for each in shown]
        constant = all(_is_constant(each, np.abs(each).mean(axis=0)) for each in flat)
        return Measured(step, np.nan, np.nan, np.nan, np.nan, constant)
    if len(results) == 1:
        return results[0]
    numbers = [(each.loss, each.loss_skill, each.metric, each.skill) for each in results]
    loss, loss_skill, metric, skill = (float(each) for each in np.mean(numbers, axis=0))
    constant = all(each.constant for each in results)
    return Measured(step, loss, loss_skill, metric, skill, constant)


def _constant_loss(labels: Labels, loss: str) -> float | None:
    """The least mean of a loss that one prediction for all rows can have."""
    y = labels.values if labels.columns is None else labels.columns
    flat = y.reshape(len(y), -1).astype(float)
    if loss == "mean_squared_error":
        return float(flat.var(axis=0).mean())
    if loss == "mean_absolute_error":
        return float(np.abs(flat - np.median(flat, axis=0)).mean())
    if loss == "binary_crossentropy" and flat.min() >= 0 and flat.max() <= 1:
        means = flat.reshape(-1, flat.shape[1]).mean(axis=0)
        return _entropy(means, np.clip(means, _TINY, 1 - _TINY))
    if loss in {"categorical_crossentropy", "sparse_categorical_crossentropy"}:
        _, counts = np.unique(labels.codes(), return_counts=True)
        shares = counts / counts.sum()
        return float(-(shares * np.log(shares)).sum())
    return None
