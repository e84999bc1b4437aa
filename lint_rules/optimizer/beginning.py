"""Whether a training run begins with weights that nobody trained."""

from __future__ import annotations

from tfcheck.script import Script
from tfcheck.script.training import Layer, Model, TrainingRun

# What brings trained weights into a script.
_WITH_WEIGHTS = ("keras.applications.", "tensorflow_hub.", "transformers.")
_BUILT = ("functional", "sequential", "subclass")
_SETS = frozenset({"from_preset", "load_model", "load_weights", "set_weights"})


def is_new(script: Script, run: TrainingRun) -> bool:
    """Whether the model begins with weights that nobody trained."""
    model = run.model
    assert isinstance(model, Model)
    if model.lost is not None or model.kind not in _BUILT:
        return False
    if not all(isinstance(each, Layer) for each in model.layers):
        return False
    if script.uses.named(*_SETS) or any(use.path.startswith(_WITH_WEIGHTS) for use in script.uses):
        return False
    before = script.runs[: script.runs.index(run)] if run in script.runs else ()
    return not any(isinstance(each.model, Model) and share(each.model, model) for each in before)


def share(one: Model, other: Model) -> bool:
    """Whether training the one model has trained layers of the other."""
    ours, theirs = ({each.site for each in model.all_layers()} for model in (one, other))
    return bool(ours & theirs)
