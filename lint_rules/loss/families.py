"""Losses by what they expect of the output layer, and words for what was found there."""

from __future__ import annotations

from tfcheck.rule import Because
from tfcheck.script.training import Output, TrainingRun

BINARY = frozenset({"binary_crossentropy", "binary_focal_crossentropy"})
CATEGORICAL = frozenset({"categorical_crossentropy", "categorical_focal_crossentropy"})
SPARSE = frozenset({"sparse_categorical_crossentropy"})
CROSSENTROPIES = BINARY | CATEGORICAL | SPARSE

SQUARED = frozenset({"mean_squared_error", "mean_squared_logarithmic_error"})
REGRESSION = SQUARED | frozenset(
    {"mean_absolute_error", "mean_absolute_percentage_error", "huber", "log_cosh"}
)


def evidence(run: TrainingRun, output: Output) -> tuple[Because, ...]:
    """The lines that a finding about an output rests on: its layer, its loss, the training."""
    head = output.head
    lines = [Because(head.layer.site, f"the last layer with weights is {head.layer.name}")]
    lines += [
        Because(each.site, f"{each.name} is applied to it")
        for each in head.activations
        if each.site != head.layer.site
    ]
    lines.append(Because(output.loss.site, f"the loss is {output.loss.name}"))
    lines.append(Because(run.call, "the model is trained"))
    return tuple(lines)
