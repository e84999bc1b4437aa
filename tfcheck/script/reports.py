"""Under which names Keras logs the metrics of a model: what callbacks can watch."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from tfcheck.script.names import function_name
from tfcheck.script.store import ObjectState
from tfcheck.script.values import Function, Symbol, Value, string

if TYPE_CHECKING:
    from tfcheck.script.store import Store

UP, DOWN = "up", "down"

# What Keras' metrics are called, by whether more or less of it is better.
METRICS = {
    **dict.fromkeys(
        "accuracy auc binary_accuracy binary_io_u categorical_accuracy cosine_similarity f1_score "
        "io_u mean_io_u one_hot_io_u one_hot_mean_io_u precision precision_at_recall r2_score "
        "recall recall_at_precision sensitivity_at_specificity sparse_categorical_accuracy "
        "sparse_top_k_categorical_accuracy specificity_at_sensitivity "
        "top_k_categorical_accuracy".split(),
        UP,
    ),
    **dict.fromkeys(
        "binary_crossentropy categorical_crossentropy categorical_hinge hinge kl_divergence "
        "mean_absolute_error mean_absolute_percentage_error mean_squared_error "
        "mean_squared_logarithmic_error poisson root_mean_squared_error "
        "sparse_categorical_crossentropy squared_hinge".split(),
        DOWN,
    ),
}

# Those that Keras counts, as nothing else tells two of them apart: precision, precision_1.
NUMBERED = frozenset(
    "auc binary_io_u io_u mean_io_u one_hot_io_u one_hot_mean_io_u precision precision_at_recall "
    "recall recall_at_precision sensitivity_at_specificity specificity_at_sensitivity".split()
)


class Reported(NamedTuple):
    """A metric as it is logged.

    ``function`` is what Keras calls it. ``direction`` is up or down, None for a function of the
    project (``own``), of which Keras does not know which way is better.
    """

    name: str
    function: str
    direction: str | None = None
    own: bool = False
    numbered: bool = False

    def is_called(self, name: str) -> bool:
        return name == self.name or (
            self.numbered and re.fullmatch(rf"{re.escape(self.name)}_\d+", name) is not None
        )


def reports(store: Store, metrics: Iterable[Value]) -> tuple[Reported, ...] | None:
    """How the metrics of a model with one output are logged; None where one is not known."""
    found = tuple(_reported(store, each) for each in metrics)
    return None if None in found else tuple(each for each in found if each is not None)


def _reported(store: Store, value: Value) -> Reported | None:
    name = string(value)
    if name is not None:
        return _known(name, function_name(name), given=True)
    if isinstance(value, Symbol) and value.path.startswith(("keras.metrics.", "keras.losses.")):
        function = function_name(value.name)
        return _known(function, function)
    if isinstance(value, Function) and value.code.name.isidentifier():
        return Reported(value.code.name, value.code.name, own=True)
    state = store.state(value, ObjectState)
    if state is None or not state.path.startswith("keras.metrics.") or state.more is not None:
        return None
    function = function_name(state.path.rpartition(".")[2])
    if "name" not in state.config:
        return _known(function, function)
    given = string(state.config["name"])
    return _known(given, function, given=True) if given is not None else None


def _known(name: str, function: str, *, given: bool = False) -> Reported | None:
    if function not in METRICS:
        return None
    counted = function in NUMBERED and not given
    return Reported(name, function, METRICS[function], numbered=counted)
