"""Layers that may learn, and are held back by less."""

from __future__ import annotations

from runtime_probe.child.endings import all_layers
from runtime_probe.child.interventions.contract import Changed, Refusal, diff
from runtime_probe.child.interventions.rebuilding import rebuilt
from runtime_probe.child.setup import Setup
from runtime_probe.child.task import Task

_DROPOUT = 0.2
_HIGH = 0.5


def unfrozen(setup: Setup, task: Task) -> Changed | Refusal:
    """Every layer with weights learns."""
    frozen = [each for each in all_layers(setup.model) if not each.trainable and each.weights]
    if not frozen:
        return Refusal("every layer learns", already=True)
    result = rebuilt(setup, {id(each): {"trainable": True} for each in frozen})
    if isinstance(result, Refusal):
        return result
    return Changed(
        result,
        f"{len(frozen)} frozen layer{'s' * (len(frozen) > 1)} may learn",
        diff("layer.trainable = False", "layer.trainable = True"),
    )


def lower_dropout(setup: Setup, task: Task) -> Changed | Refusal:
    """A dropout of more than a half is brought down to a fifth."""
    high = [each for each in all_layers(setup.model) if getattr(each, "rate", 0) > _HIGH]
    high = [each for each in high if "Dropout" in type(each).__name__]
    if not high:
        return Refusal(f"no dropout is above {_HIGH:g}", already=True)
    result = rebuilt(setup, {id(each): {"rate": _DROPOUT} for each in high})
    if isinstance(result, Refusal):
        return result
    rates = sorted({each.rate for each in high})
    before = "\n".join(f"Dropout({rate:g})" for rate in rates)
    words = f"a dropout of {_DROPOUT:g} in place of {rates[-1]:g}"
    return Changed(result, words, diff(before, f"Dropout({_DROPOUT:g})"))
