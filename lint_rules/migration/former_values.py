"""Strings that functions of Keras took once, and what they are called now."""

from __future__ import annotations

from lint_rules.migration.arguments import of_module
from lint_rules.migration.rows import KERAS_3, Value, Version

_COMPILE = of_module("model", "compile")
_LOSSES = of_module(
    "keras.losses",
    "BinaryCrossentropy CategoricalCrossentropy SparseCategoricalCrossentropy MeanSquaredError "
    "MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredLogarithmicError Huber Hinge "
    "SquaredHinge CategoricalHinge KLDivergence LogCosh Poisson CosineSimilarity",
)


def _loss(value: str, to: str, since: Version = KERAS_3) -> Value:
    return Value(_COMPILE, "loss", 1, value, to, since)


FORMER_VALUES = (
    _loss("logcosh", "log_cosh"),
    _loss("cosine_proximity", "cosine_similarity"),
    _loss("cosine", "cosine_similarity"),
    _loss("kullback_leibler_divergence", "kl_divergence"),
    Value(_LOSSES, "reduction", None, "auto", "sum_over_batch_size"),
)
