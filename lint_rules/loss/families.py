"""Losses by what they expect of the output layer, and words for what was found there."""

from __future__ import annotations

from tfcheck.rule import Because
from tfcheck.script import Script
from tfcheck.script.judgements import source
from tfcheck.script.training import Output, TrainingRun
from tfcheck.script.values import Answer

BINARY = frozenset({"binary_crossentropy", "binary_focal_crossentropy"})
CATEGORICAL = frozenset({"categorical_crossentropy", "categorical_focal_crossentropy"})
SPARSE = frozenset({"sparse_categorical_crossentropy"})
CROSSENTROPIES = BINARY | CATEGORICAL | SPARSE

SQUARED = frozenset({"mean_squared_error", "mean_squared_logarithmic_error"})
REGRESSION = SQUARED | frozenset(
    {"mean_absolute_error", "mean_absolute_percentage_error", "huber", "log_cosh"}
)


def corrects_itself(script: Script, run: TrainingRun, output: Output) -> bool:
    """Whether the script goes on to train on the same labels with an output that fits the loss.

    Lessons do, which show first what fails.
    """
    runs = script.runs[script.runs.index(run) + 1 :] if run in script.runs else ()
    fits = ("sigmoid",) if output.loss.name in BINARY else ("softmax",)
    return any(
        later.loss.name in CROSSENTROPIES
        and (later.head.activation in fits or later.loss.from_logits is Answer.YES)
        and _same_source(later, output)
        for each in runs
        for later in each.outputs()
    )


def _same_source(one: Output, other: Output) -> bool:
    if one.labels is None or other.labels is None:
        return False
    return source(one.labels) is source(other.labels)


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
