"""A layer gets another number of axes than it can take.

## What it does
Reports a layer whose input has too few or too many axes: an LSTM or a TimeDistributed on top of one
that returns only its last step, Conv2D on top of Dense, Conv2D on images without a channel axis.

## Why is this bad?
Keras refuses to build the model: `expected ndim=3, found ndim=2`. That is said when the line is
reached, which may be after the data was loaded and prepared.

## Example
```python
import keras
import numpy as np

x = np.random.default_rng(0).random((200, 12, 3))
y = x[:, -1, 0]
model = keras.Sequential([keras.layers.LSTM(8), keras.layers.LSTM(8), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=5)
```

## Use instead
```python
import keras
import numpy as np

x = np.random.default_rng(0).random((200, 12, 3))
y = x[:, -1, 0]
model = keras.Sequential(
    [keras.layers.LSTM(8, return_sequences=True), keras.layers.LSTM(8), keras.layers.Dense(1)]
)
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=5)
```

## Fix safety
Behind a recurrent layer that returns its last step the fix adds `return_sequences=True` to it.
It is safe: the model could not be built before.

## What it does not claim
Anything where the number of axes is not known for certain.

## References
- [Keras: LSTM](https://keras.io/api/layers/recurrent_layers/lstm/)
- [Keras: Conv2D](https://keras.io/api/layers/convolution_layers/convolution2d/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, SetArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Layer, Node

from .chains import RECURRENT, STRAIGHT, is_keras, once, source_of, trained


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    yield from once(
        Draft(
            run.here(layer.site),
            f"{layer.name} cannot take its input: {broken.message}",
            (
                *filter(None, (source_of(broken.node, model),)),
                Because(run.call, "the model is trained"),
            ),
            _instead(broken.node),
            cure=_cure(broken.node),
        )
        for run, model in trained(script)
        for broken in model.shapes.breaks
        if broken.kind == "rank" and isinstance(layer := broken.node.layer, Layer)
    )


def _last_step(node: Node) -> Layer | None:
    """The recurrent layer before ``node``, where it returns its last step only."""
    if (
        not is_keras(node, RECURRENT | {"Bidirectional", "TimeDistributed"})
        or len(node.inputs) != 1
    ):
        return None
    (before,) = node.inputs
    while is_keras(before, STRAIGHT) and len(before.inputs) == 1:
        (before,) = before.inputs
    layer = before.layer
    if isinstance(layer, Layer) and layer.name == "Bidirectional" and len(layer.layers) == 1:
        layer = layer.layers[0]
    return layer if isinstance(layer, Layer) and layer.name in RECURRENT else None


def _instead(node: Node) -> str | None:
    before = _last_step(node)
    if before is not None:
        return f"return_sequences=True on the {before.name} before it"
    if is_keras(node, frozenset({"Conv1D", "Conv2D", "Conv3D"})):
        return "an axis for the channels, as in x[..., None], or Reshape before it"
    return None


def _cure(node: Node) -> Cure | None:
    before = _last_step(node)
    if before is None:
        return None
    change = SetArgument(before.site, "return_sequences", "True")
    return Cure(Applicability.SAFE, "Return all steps", (change,))


RULE = Rule("TFC404", "rank-mismatch-layer", Severity.ERROR, check, __doc__)
