"""What Keras raises where a model does not go with its data, in words that name both."""

from __future__ import annotations

from runtime_probe.child.errors import reason_of
from runtime_probe.child.setup import Setup
from runtime_probe.child.task import Task, predictions
from runtime_probe.child.trees import leaves, map_leaves
from runtime_probe.records import Symptom


def refuses(layer: str, rows: int, fit: int, line: int) -> Symptom:
    """The symptom of a training that raises, as its first layer takes no features without columns.

    What is tried has them.
    """
    return Symptom(
        fit,
        "raises",
        f"the training raises ValueError: {layer} takes rows of columns, and x has the shape "
        f"({rows},); what follows is of x with the shape ({rows}, 1)",
        "fit",
        line,
        "x[:, None]",
    )


def raises(error: Exception, setup: Setup, task: Task, fit: int, line: int) -> Symptom:
    """The symptom of a training that raises ``error`` at its first steps, with the shapes."""
    message = f"the training raises {reason_of(error)}"
    targets = [each.shape for each in leaves(setup.sample.y)]
    few = map_leaves(lambda leaf: leaf[:1], setup.sample.x)
    given = [(setup.sample.rows, *each.shape[1:]) for each in predictions(setup.model, few)]
    if targets == given or len(task.parts) != len(targets):
        return Symptom(fit, "raises", message, "fit", line, "what the message says")
    of_y, of_model = (", ".join(map(str, each)) for each in (targets, given))
    return Symptom(
        fit,
        "raises",
        f"{message}; y has the shape {of_y}, and what the model gives {of_model}",
        "fit",
        line,
        "targets of the shape that the model gives, or as many units as there are targets",
    )
