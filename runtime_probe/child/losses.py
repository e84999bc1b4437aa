"""What a loss is called and what it asks for, however ``compile`` was given it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_ALIASES = {
    "bce": "binary_crossentropy",
    "cce": "categorical_crossentropy",
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
}

BINARY = frozenset({"binary_crossentropy", "binary_focal_crossentropy"})
CATEGORICAL = frozenset({"categorical_crossentropy", "categorical_focal_crossentropy"})
SPARSE = frozenset({"sparse_categorical_crossentropy"})
MARGIN = frozenset({"hinge", "squared_hinge"})
REGRESSION = frozenset(
    "mean_squared_error mean_absolute_error mean_absolute_percentage_error log_cosh huber "
    "mean_squared_logarithmic_error poisson tweedie".split()
)
OF_PROBABILITIES = BINARY | CATEGORICAL | SPARSE


def name_of(loss: Any) -> str:
    """The name of a loss as Keras' functions have it: ``mean_squared_error`` for ``"mse"``."""
    if loss is None:
        return ""
    given = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", given).lower()
    return _ALIASES.get(snake, snake)


def takes_logits(loss: Any) -> bool:
    """Whether it was told ``from_logits=True``."""
    if not hasattr(loss, "get_config") or name_of(loss) not in OF_PROBABILITIES:
        return False
    return bool(loss.get_config().get("from_logits"))


def by_output(loss: Any, names: Sequence[str]) -> list[Any]:
    """One loss for each output of a model, None for an output that is not trained."""
    if isinstance(loss, Mapping):
        return [loss.get(name) for name in names]
    if isinstance(loss, (list, tuple)):
        return [*loss, *[None] * len(names)][: len(names)]
    return [loss] * len(names)


def with_output(loss: Any, names: Sequence[str], index: int, other: Any) -> Any:
    """``loss`` in its form, with ``other`` for the output at ``index``."""
    if len(names) == 1 and not isinstance(loss, (Mapping, list, tuple)):
        return other
    losses = by_output(loss, names)
    losses[index] = other
    if isinstance(loss, Mapping):
        return dict(zip(names, losses, strict=True))
    return losses
