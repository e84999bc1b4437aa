"""Hidden layers that bend what they hand on, and let gradients through."""

from __future__ import annotations

from collections import Counter
from typing import Any

from runtime_probe.child.endings import activation_of, endings, followers, plain_layers
from runtime_probe.child.interventions.contract import Changed, Refusal, diff
from runtime_probe.child.interventions.rebuilding import rebuilt
from runtime_probe.child.setup import Setup
from runtime_probe.child.task import Task

_FLAT = frozenset({"sigmoid", "hard_sigmoid", "softmax"})  # slopes of a quarter at the most
_SATURATING = frozenset({"tanh", "softsign"})


def hidden_activation(setup: Setup, task: Task) -> Changed | Refusal:
    """Relu, with kernels drawn for it, in hidden layers that are flat or have no activation.

    A tanh is changed only where nothing worse is found: its slope is 1 in the middle.
    """
    last = {id(end.layer) for end in endings(setup.model, len(task.parts))}
    hidden = [each for each in plain_layers(setup.model) if id(each) not in last]
    changed = [each for each in hidden if activation_of(each) in _FLAT or _is_forgotten(each)]
    changed = changed or [each for each in hidden if activation_of(each) in _SATURATING]
    if not changed:
        return Refusal("no hidden layer is flat or without an activation", already=True)
    edit = {"activation": "relu"}
    result = rebuilt(setup, {id(each): edit for each in changed}, [id(each) for each in changed])
    if isinstance(result, Refusal):
        return result
    kinds = Counter((type(each).__name__, activation_of(each)) for each in changed)
    return Changed(
        result,
        f"relu and He's initialisation in {len(changed)} hidden layer{'s' * (len(changed) > 1)}",
        diff(
            "\n".join(f"{kind}(..., activation={was!r})" for kind, was in kinds),
            "\n".join(
                f"{kind}(..., activation='relu', kernel_initializer='he_uniform')"
                for kind, _ in kinds
            ),
        ),
    )


def _is_forgotten(layer: Any) -> bool:
    """Whether a layer without an activation hands on to nothing but layers like it."""
    if activation_of(layer) != "linear":
        return False
    following = followers(layer)
    return bool(following) and all(hasattr(each, "kernel") for each in following)
