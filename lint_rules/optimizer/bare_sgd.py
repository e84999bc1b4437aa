"""The optimizer is SGD with nothing set: a learning rate of 0.01 and no momentum.

## What it does
Reports `optimizer="sgd"`, in any case, and `SGD()` without arguments. A note where it does little
harm: a network without convolutions on features that are scaled, where training is slow at most;
an absolute error, whose gradient is bounded; a single epoch, as demonstrations have. A note also
where the layers are not known, and where two models are trained in turn, as in a GAN.

## Why is this bad?
Both mean `SGD(learning_rate=0.01, momentum=0.0)`. That rate suits few problems: on large
values it diverges, on small ones it hardly moves, and without momentum it crawls along narrow
valleys. The line reads as if a choice had been made where none was.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="sgd", loss="binary_crossentropy")
model.fit(100 * x, y, epochs=20)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
optimizer = keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)
model.compile(optimizer=optimizer, loss="binary_crossentropy")
model.fit(x, y, epochs=20)
```

## Fix safety
Unsafe: `SGD(learning_rate=0.01, momentum=0.9)` is written out, and the model trains faster, as it
should. The rate that suits the problem may be another. A string that does not stand in the call
of `compile` is left alone, as it may be used for something else, too.

## What it does not claim
That training fails. With scaled features and enough epochs plain SGD may do; writing the rate
out, as in `SGD(learning_rate=0.01)`, says that it was meant and silences the rule.

## References
- [Keras: SGD](https://keras.io/api/optimizers/sgd/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tfcheck.changes import Applicability, Change, Cure, Replace, SetArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity, Site
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.judgements import scaled
from tfcheck.script.training import (
    Callback,
    Compiled,
    Layer,
    Loss,
    Model,
    Optimizer,
    TrainingRun,
)
from tfcheck.script.values import Answer, Unknown, constant

_BOUNDED = "mean_absolute_error"  # its gradient does not grow with the error


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    trained: dict[Site, list[TrainingRun]] = {}
    for run in script.runs:
        optimizer = _bare(run)
        if optimizer is not None:
            trained.setdefault(run.here(optimizer.site), []).append(run)
    for site, runs in trained.items():
        yield _draft(script, site, runs)


def _draft(script: Script, site: Site, runs: Sequence[TrainingRun]) -> Draft:
    """One finding for an optimizer, however often what is compiled with it is trained."""
    compiled, optimizer = runs[0].compiled, _bare(runs[0])
    assert isinstance(compiled, Compiled)
    assert optimizer is not None
    written = repr(optimizer.string) if optimizer.string else "SGD()"
    assumed = ", unless the command line says otherwise," if optimizer.default else ""
    set_later = any(_may_set_the_rate(each) for run in runs for each in run.callbacks)
    held = ", unless a callback sets it," if set_later else ""
    calls = dict.fromkeys(run.call for run in runs)
    taped = runs[0].method == "GradientTape"
    made = () if taped else (Because(compiled.site, "the model is compiled with it"),)
    return Draft(
        site,
        f"{written}{assumed} means a learning rate of 0.01{held} and no momentum",
        (*made, *(Because(call, "it trains the model") for call in calls)),
        "keras.optimizers.SGD(learning_rate=..., momentum=0.9), or 'adam'",
        Severity.NOTE if all(_does_little_harm(script, run) for run in runs) else None,
        _cure(script, compiled, optimizer),
    )


def _does_little_harm(script: Script, run: TrainingRun) -> bool:
    """Whether a reviewer would let it pass, as the module's documentation says."""
    if _demonstrates(run) or _takes_turns(script, run):
        return True
    assert isinstance(run.model, Model)
    layers = list(run.model.all_layers())
    if run.model.lost or not all(isinstance(each, Layer) for each in run.model.layers):
        return True
    if any(_is_deep(layer) for layer in layers):
        return False
    losses = run.compiled.losses if isinstance(run.compiled, Compiled) else ()
    if losses and all(isinstance(each, Loss) and each.name == _BOUNDED for each in losses):
        return True
    data = [each for each in run.features if isinstance(each, Data)]
    known = bool(data) and len(data) == len(run.features)
    return known and all(scaled(each).answer is Answer.YES for each in data)


def _demonstrates(run: TrainingRun) -> bool:
    """Whether a fit of ``epochs=1`` shows how something runs, and not how well it trains."""
    plain = run.method in ("fit", "fit_generator") and not run.in_loop
    return plain and constant(run.arguments.get("epochs")) == 1


def _takes_turns(script: Script, run: TrainingRun) -> bool:
    """Whether models are trained in turn in a loop, as against each other."""
    trained = (each.model for each in script.runs if each.in_loop)
    models = {each.reference for each in trained if isinstance(each, Model)}
    return run.in_loop and len(models) > 1


def _is_deep(layer: Layer) -> bool:
    return "Conv" in layer.name or layer.path.startswith("keras.applications.")


def _cure(script: Script, compiled: Compiled, optimizer: Optimizer) -> Cure | None:
    """SGD as it is with momentum; a string is replaced only where it is passed."""
    changes: tuple[Change, ...] = (
        SetArgument(optimizer.site, "learning_rate", "0.01", 0),
        SetArgument(optimizer.site, "momentum", "0.9", 1),
    )
    if optimizer.string is not None:
        if optimizer.default or not script.holds(compiled.site, optimizer.site):
            return None
        sgd = "{keras.optimizers.SGD}(learning_rate=0.01, momentum=0.9)"
        changes = (Replace(optimizer.site, sgd),)
    return Cure(Applicability.UNSAFE, "Write the rate out and give it momentum", changes)


def _bare(run: TrainingRun) -> Optimizer | None:
    """The optimizer of a run where it is SGD with nothing set, nor changed later."""
    optimizer = run.compiled.optimizer if isinstance(run.compiled, Compiled) else None
    if not isinstance(optimizer, Optimizer) or not isinstance(run.model, Model):
        return None
    if run.model.touched:
        return None
    bare = optimizer.name == "sgd" and not optimizer.config and optimizer.more is None
    return optimizer if bare else None


def _may_set_the_rate(callback: Callback | Unknown) -> bool:
    """Whether the learning rate may not be what the optimizer says."""
    return (
        isinstance(callback, Unknown)
        or callback.of is not None
        or callback.name == "LearningRateScheduler"
    )


RULE = Rule("TFC501", "bare-sgd", Severity.WARNING, check, __doc__, intervention="momentum")
