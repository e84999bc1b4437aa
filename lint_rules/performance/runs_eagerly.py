"""Training runs operation by operation, as if it were being debugged.

## What it does
Reports `compile(run_eagerly=True)` and `tf.config.run_functions_eagerly(True)` where nothing but
layers, losses and metrics of Keras is trained.

## Why is this bad?
It is a switch for debugging: each operation is run by Python instead of a compiled graph, and a
small model trains several times slower. Forgotten in a script, it costs on each run.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy", run_eagerly=True)
model.fit(x, y, epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
```

## Fix safety
Safe for `compile`: the same is computed, faster. `run_functions_eagerly` gets no fix, as other
functions of the script may rest on it.

## What it does not claim
Anything about layers, losses, metrics and training steps of your own, which may need Python.

## References
- [TensorFlow: run_functions_eagerly](https://www.tensorflow.org/api_docs/python/tf/config/run_functions_eagerly)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, RemoveArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Compiled, Loss, Metric, Model, TrainingRun
from tfcheck.script.values import constant

# Layers that may run Python, or look up text where a graph could not always do it.
_MAY_NEED_PYTHON = frozenset({"Lambda", "StringLookup", "TextVectorization"})

_SWITCHES = (
    "tensorflow.config.run_functions_eagerly",
    "tensorflow.config.experimental_run_functions_eagerly",
)


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    runs = {
        run.compiled.site: run
        for run in script.runs
        if isinstance(run.compiled, Compiled) and _is_all_of_keras(run)
    }
    for use in script.uses.of("model.compile"):
        run = runs.get(use.call)
        if run is None or constant(use.argument(None, "run_eagerly")) is not True:
            continue
        yield Draft(
            use.site,
            "run_eagerly=True is for debugging: training is several times slower",
            (Because(run.call, "the model is trained"),),
            "compile without run_eagerly",
            cure=Cure(
                Applicability.SAFE,
                "Let Keras compile the training step",
                (RemoveArgument(use.call, "run_eagerly"),),
            )
            if use.call == use.site
            else None,
        )
    yield from _switched(script)


def _switched(script: Script) -> Iterator[Draft]:
    """The switch for all functions, where it is turned on for good."""
    switches = script.uses.of(*_SWITCHES)
    on = [use for use in switches if constant(use.argument(0, "run_eagerly")) is True]
    if not script.runs or len(on) < len(switches) or not all(map(_is_all_of_keras, script.runs)):
        return
    for use in on:
        if not use.branches:
            yield Draft(
                use.site,
                f"{use.name}(True) is for debugging: training is several times slower",
                (Because(script.runs[0].call, "a model is trained"),),
                "a script without it",
            )


def _is_all_of_keras(run: TrainingRun) -> bool:
    """Whether no code of the project runs in a training step."""
    model, compiled = run.model, run.compiled
    if not isinstance(model, Model) or not isinstance(compiled, Compiled):
        return False
    if model.lost or model.touched or model.own_training or model.of is not None:
        return False
    return (
        all(isinstance(each, Loss) for each in compiled.losses)
        and all(isinstance(each, Metric) and _is_of_keras(each) for each in compiled.metrics)
        and not any(layer.of or layer.name in _MAY_NEED_PYTHON for layer in model.all_layers())
    )


def _is_of_keras(metric: Metric) -> bool:
    return not metric.path or metric.path.startswith("keras.")


RULE = Rule("TFC843", "runs-eagerly", Severity.NOTE, check, __doc__)
