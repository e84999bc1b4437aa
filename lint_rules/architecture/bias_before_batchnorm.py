"""A bias that batch normalisation takes out again.

## What it does
Reports a Dense or convolution layer without an activation that has a bias and feeds
BatchNormalization directly.

## Why is this bad?
Batch normalisation subtracts the mean of each unit, and the bias with it, and adds an offset of
its own. The bias costs memory and time and does nothing.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
layers = [keras.layers.Dense(16), keras.layers.BatchNormalization(), keras.layers.ReLU()]
model = keras.Sequential([*layers, keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=20)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
layers = [
    keras.layers.Dense(16, use_bias=False),
    keras.layers.BatchNormalization(),
    keras.layers.ReLU(),
]
model = keras.Sequential([*layers, keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=20)
```

## Fix safety
The fix adds `use_bias=False`. It is unsafe: weights that were saved no longer fit.

## What it does not claim
That anything goes wrong. It has to be selected by its name or code to be checked at all.

## References
- [Keras: BatchNormalization](https://keras.io/api/layers/normalization_layers/batch_normalization/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, SetArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import LINEAR, Layer, Model, TrainingRun
from tfcheck.script.values import constant

from .chains import CONVOLUTIONS, DENSE, activation, consumers, is_keras, once, trained

_NORMALISES = frozenset({"BatchNormalization"})


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    yield from once(draft for run, model in trained(script) for draft in _of_model(run, model))


def _of_model(run: TrainingRun, model: Model) -> Iterator[Draft]:
    feeds = consumers(model)
    for node in model.wiring.nodes:
        layer = node.layer
        if not is_keras(node, DENSE | CONVOLUTIONS) or not isinstance(layer, Layer):
            continue
        use_bias = layer.argument("use_bias")
        if activation(layer) != LINEAR or (use_bias and constant(use_bias) is not True):
            continue
        follows = feeds[node]
        if not follows or not all(is_keras(each, _NORMALISES) for each in follows):
            continue
        norm = follows[0].layer
        if not isinstance(norm, Layer) or norm.argument("center") or norm.argument("axis"):
            continue
        yield Draft(
            run.here(layer.site),
            "its bias is taken out again by the batch normalisation that follows",
            (Because(norm.site, "BatchNormalization subtracts the mean"),),
            "use_bias=False",
            cure=Cure(
                Applicability.UNSAFE,
                "Leave the bias out",
                (SetArgument(layer.site, "use_bias", "False"),),
            ),
        )


RULE = Rule("TFC409", "bias-before-batchnorm", Severity.NOTE, check, __doc__, opt_in=True)
