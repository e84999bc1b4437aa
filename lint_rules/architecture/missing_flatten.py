"""The model gives a value for each place or step, and there is one label for each example.

## What it does
Reports an output that still has axes of space or time which the labels do not have: a Dense on
top of a convolution without Flatten, or on an LSTM that returns all of its sequence.

## Why is this bad?
Dense works on the last axis only and leaves the others as they are. A crossentropy then raises
an error at the first batch. Mean squared error does not: with a single unit it compares the one
label with the prediction of every step, and trains all steps to the same value.

## Example
```python
import keras
import numpy as np

chance = np.random.default_rng(0)
x, y = chance.random((200, 12, 3)), chance.random((200, 1))
model = keras.Sequential([keras.layers.LSTM(8, return_sequences=True), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=5)
```

## Use instead
```python
import keras
import numpy as np

chance = np.random.default_rng(0)
x, y = chance.random((200, 12, 3)), chance.random((200, 1))
model = keras.Sequential([keras.layers.LSTM(8), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=5)
```

## Fix safety
No fix yet: whether Flatten, pooling or the last step is meant is for the author to say.

## What it does not claim
Anything where the shape of the output or of the labels is not known, or where labels have a value
for each place or step as well.

## References
- [Keras: Flatten](https://keras.io/api/layers/reshaping_layers/flatten/)
- [Keras: LSTM](https://keras.io/api/layers/recurrent_layers/lstm/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data, Shape
from tfcheck.script.training import Compiled, Layer, Loss, Model, Node, TrainingRun

from ..loss.families import CROSSENTROPIES, REGRESSION, SPARSE
from .chains import DENSE, RECURRENT, STRAIGHT, applied, is_keras, once, written

_KEEPS_AXES = DENSE | STRAIGHT | {"Activation"}


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    yield from once(draft for run in script.runs for draft in _of_run(run))


def _of_run(run: TrainingRun) -> Iterator[Draft]:
    model, compiled = run.model, run.compiled
    if not isinstance(model, Model) or not isinstance(compiled, Compiled):
        return
    outputs = model.wiring.outputs
    if model.touched or model.own_training or not _in_batches(run):
        return
    if not len(outputs) == len(run.labels) == len(compiled.losses):
        return
    for node, labels, loss in zip(outputs, run.labels, compiled.losses, strict=True):
        if not isinstance(loss, Loss) or loss.name not in CROSSENTROPIES | REGRESSION:
            continue
        output = model.shapes.flow(node).output
        if output is None or not isinstance(labels, Data) or not isinstance(node.layer, Layer):
            continue
        if labels.shape is None or labels.form not in ("array", "frame", "series"):
            continue
        target = labels.shape if len(labels.shape) > 1 else (*labels.shape, 1)
        if len(output) <= len(target) or _may_fit(output[1:], target[1:], loss.name):
            continue
        yield Draft(
            run.here(node.layer.site),
            f"the output of an example is {written(output)}, and its label {written(target)}",
            (
                Because(labels.site, f"{labels.what} gives the labels"),
                Because(loss.site, f"{loss.name} compares the two"),
                Because(run.call, "the model is trained"),
            ),
            _instead(node, output),
        )


def _in_batches(run: TrainingRun) -> bool:
    """Whether labels surely have the batch for their first axis: in a dataset it may come later."""
    x = run.arguments.get("x")
    return run.arguments.get("y") is not None or (isinstance(x, Data) and x.form == "generator")


def _may_fit(output: Shape, target: Shape, loss: str) -> bool:
    """Whether Keras can compare them place by place."""
    if loss in SPARSE:
        return _agree(output[:-1], target) or _agree((*output[:-1], 1), target)
    return _agree(output, target) or (output[-1] in (1, None) and _agree(output[:-1], target))


def _agree(left: Shape, right: Shape) -> bool:
    return len(left) == len(right) and all(
        None in pair or pair[0] == pair[1] for pair in zip(left, right, strict=True)
    )


def _instead(node: Node, output: Shape) -> str:
    """What brings one line down to one value: by what gave it its further axes."""
    while len(node.inputs) == 1 and (is_keras(node, _KEEPS_AXES) or applied(node)):
        (node,) = node.inputs
    if is_keras(node, RECURRENT):
        return "return_sequences=False on the last recurrent layer"
    if None not in output[1:-1]:
        return "Flatten or a global pooling before the first Dense"
    # Of axes whose size is not known Flatten makes one on which no Dense can be built.
    pooling = "a global pooling before the first Dense"
    declared = "an input shape without the axis of unknown size, if examples do not have it"
    return pooling if node.inputs else f"{declared}, or {pooling}"


RULE = Rule("TFC403", "missing-flatten", Severity.ERROR, check, __doc__)
