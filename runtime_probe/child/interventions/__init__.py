"""What can be changed about a training to see whether a finding is right, one file a family."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from runtime_probe.child.interventions.contract import Changed, Intervention, Refusal
from runtime_probe.child.interventions.features import standardised_features
from runtime_probe.child.interventions.freedom import (
    lower_dropout,
    unfrozen,
)
from runtime_probe.child.interventions.hidden import hidden_activation
from runtime_probe.child.interventions.initial import default_initializer
from runtime_probe.child.interventions.labels import matching_labels
from runtime_probe.child.interventions.optimizers import adam, momentum, stable_learning_rate
from runtime_probe.child.interventions.order import shuffled_order
from runtime_probe.child.interventions.outputs import matching_loss, matching_output
from runtime_probe.child.interventions.stopping import early_stopping
from runtime_probe.child.interventions.target import standardised_target
from runtime_probe.child.setup import Setup
from runtime_probe.child.task import Task

__all__ = ["INTERVENTIONS", "Changed", "Intervention", "Refusal", "combined", "in_order"]

# In the order in which several are made: each sees what those before it have done. Labels decide
# what the output must be and that what the loss is; the rate is chosen for all that came before.
INTERVENTIONS: Mapping[str, Intervention] = {
    "matching-labels": matching_labels,
    "matching-output": matching_output,
    "matching-loss": matching_loss,
    "standardised-features": standardised_features,
    "standardised-target": standardised_target,
    "hidden-activation": hidden_activation,
    "unfrozen": unfrozen,
    "lower-dropout": lower_dropout,
    "default-initializer": default_initializer,
    "adam": adam,
    "momentum": momentum,
    "stable-learning-rate": stable_learning_rate,
    "shuffled-order": shuffled_order,
    "early-stopping": early_stopping,
}


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Those of ``names`` that are known, once each, in the order in which they are made."""
    wanted = set(names)
    return tuple(each for each in INTERVENTIONS if each in wanted)


def combined(setup: Setup, task: Task, names: Iterable[str]) -> Setup:
    """``setup`` with several changes, leaving out those that others have made needless."""
    for name in in_order(names):
        result = INTERVENTIONS[name](setup, task)
        if isinstance(result, Changed):
            setup = result.setup
    return setup
