"""The data are scaled, and the model is trained on them as they were.

## What it does
Reports the result of a scaler that nothing uses, where a model is trained on what was given to the
scaler, unscaled.

## Why is this bad?
`transform` and `fit_transform` give scaled numbers back and leave those they are given as they are.
The script says that it scales, and does not.

## Example
```python
import keras
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

x, y = load_wine(return_X_y=True)
x_scaled = StandardScaler().fit_transform(x)
model = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(3, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=40)
```

## Use instead
```python
import keras
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

x, y = load_wine(return_X_y=True)
x_scaled = StandardScaler().fit_transform(x)
model = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(3, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x_scaled, y, epochs=40)
```

## Fix safety
No fix: what is left of the script has to take the scaled data, split and test part as well.

## What it does not claim
Anything about a scaled copy that is used for something else, or where the model itself scales.

## References
- [scikit-learn: StandardScaler](https://scikit-learn.org/stable/modules/generated/sklearn.preprocessing.StandardScaler.html)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data, Scaling
from tfcheck.script.lineage import made_of
from tfcheck.script.store import ObjectState
from tfcheck.script.training import Model, TrainingRun
from tfcheck.script.uses import Use
from tfcheck.script.values import Answer


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    names = {id(value): each.name for each in script.unread for value in each.values}
    for use in script.uses.named("fit_transform", "transform"):
        scaled = use.result
        if not isinstance(scaled, Data) or scaled.scaling is not Scaling.SCALES:
            continue
        name = "what it gives" if use.discarded else names.get(id(scaled))
        if name is None or _works_in_place(use):
            continue
        run = next((each for each in script.runs if _trains_on(each, scaled.before)), None)
        if run is None:
            continue
        yield Draft(
            use.site,
            f"{name} is never used: the model is trained on the data as they were before",
            (Because(run.call, "nothing that is scaled is passed here"),),
            "training, validation and test on the scaled data",
        )


def _works_in_place(use: Use) -> bool:
    return isinstance(use.state, ObjectState) and "copy" in use.state.config


def _trains_on(run: TrainingRun, before: tuple[Data, ...]) -> bool:
    """Whether a model takes data as they were before they were scaled, and does not scale them."""
    model = run.model
    if not isinstance(model, Model) or any(each.scales is not Answer.NO for each in model.entries):
        return False
    for feature in run.features:
        steps = list(made_of(feature)) if isinstance(feature, Data) else []
        if any(each.scaling in (Scaling.SCALES, Scaling.OPAQUE) for each in steps):
            return False
        if any(each is step for each in before for step in steps):
            return True
    return False


RULE = Rule("TFC110", "scaled-copy-unused", Severity.WARNING, check, __doc__)
