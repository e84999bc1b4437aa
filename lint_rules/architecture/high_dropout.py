"""A dropout that leaves little or nothing, or that Keras refuses.

## What it does
Reports a dropout rate above 0.8, of exactly 1, and one that is no share at all, as 50.

## Why is this bad?
The rate is the share that is dropped, not the share that is kept, as it once was in TensorFlow.
At 0.9 nine of ten values are zero in each step of training; at 1 all are, and nothing before
the layer learns. Above 1, or below 0, Keras raises an error.

## Options
- `limit` (0.8): the highest rate that is not reported.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
hidden = [keras.layers.Dense(16, activation="relu"), keras.layers.Dropout(0.9)]
model = keras.Sequential([*hidden, keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=20)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
hidden = [keras.layers.Dense(16, activation="relu"), keras.layers.Dropout(0.1)]
model = keras.Sequential([*hidden, keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=20)
```

## Fix safety
The fix writes the other share, 0.1 for 0.9. It is shown only, as nobody but the author knows
whether the share that is kept was meant.

## What it does not claim
That a rate between 0.5 and 0.8 is wrong: published networks use 0.8. Silent where a layer is given
another rate elsewhere, as in a sweep over rates, and for rates of more than three digits, which a
search has found.

## References
- [Keras: Dropout](https://keras.io/api/layers/regularization_layers/dropout/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, SetArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Layer, Model, TrainingRun
from tfcheck.script.values import Const, number

from .chains import is_keras, once, trained

_DROPS = frozenset(
    "AlphaDropout Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D".split()
)


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    limit = options["limit"]
    assert isinstance(limit, float)
    dropped = [
        (run, layer, rate) for run, model in trained(script) for layer, rate in _rates(model)
    ]
    usual = {layer.site for _, layer, rate in dropped if 0 <= rate <= limit}
    yield from once(
        _draft(run, layer, rate)
        for run, layer, rate in dropped
        if not 0 <= rate < 1 or not (layer.site in usual or rate <= limit or _is_found(rate))
    )


def _rates(model: Model) -> Iterator[tuple[Layer, float]]:
    """The rates that a script gives to layers of a model."""
    for node in model.wiring.nodes:
        layer = node.layer
        if not is_keras(node, _DROPS) or not isinstance(layer, Layer):
            continue
        given = layer.argument("rate")
        rate = number(given)
        if rate is not None and not (isinstance(given, Const) and given.default):
            yield layer, rate


def _is_found(rate: float) -> bool:
    """Whether a search gave the number: nobody writes 0.85564 and means the share to keep."""
    return round(rate, 3) != rate


def _draft(run: TrainingRun, layer: Layer, rate: float) -> Draft:
    wrong = not 0 <= rate < 1
    return Draft(
        run.here(layer.site),
        f"a dropout rate of {rate:g} {_effect(rate)}",
        (Because(run.call, "the model is trained"),),
        f"the share to drop: {_other(rate)}",
        Severity.ERROR if wrong else None,
        cure=None
        if wrong
        else Cure(
            Applicability.DISPLAY,
            "Drop the other share",
            (SetArgument(layer.site, "rate", f"{1 - rate:.2g}", 0),),
        ),
    )


def _effect(rate: float) -> str:
    if not 0 <= rate <= 1:
        return "is refused: it is a share between 0 and 1"
    if rate == 1:
        return "drops everything: nothing before it learns"
    return f"drops {rate:.0%} of the values and keeps {1 - rate:.0%}"


def _other(rate: float) -> str:
    if 1 < rate < 100:
        return f"{rate / 100:g}"
    return f"{1 - rate:.2g}, if that is what was meant" if 0 < rate < 1 else "0.5 or less"


RULE = Rule(
    "TFC410",
    "high-dropout",
    Severity.WARNING,
    check,
    __doc__,
    {"limit": 0.8},
    intervention="lower-dropout",
)
