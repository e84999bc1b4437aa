"""A model is evaluated that nobody trained.

## What it does
Reports `evaluate` of a model on a data set in a script that builds and compiles it, and neither
trains it nor gives it weights in any way that is known.

## Why is this bad?
The weights are those that the layers were made with. What is printed is the performance of chance.

## Example
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
print(model.evaluate(x / 16, y))
```

## Use instead
```python
import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

x, y = load_digits(return_X_y=True)
x, x_test, y, y_test = train_test_split(x / 16, y, random_state=0)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=5)
print(model.evaluate(x_test, y_test))
```

## Fix safety
No fix: how to train the model only the author knows.

## What it does not claim
Anything about numbers made up to try a metric, or about scripts that train some model, load
weights, or hand the model to something that is not known.

## References
- [Keras: evaluate](https://keras.io/api/models/model_training_apis/#evaluate-method)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lint_rules.optimizer.beginning import is_new
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Compiled, Model
from tfcheck.script.uses import Use
from tfcheck.script.values import Ref

from .grounds import REAL, ground

# What trains, or gives weights to, what it is called on or with.
_TRAINS = frozenset(
    "GradientTape apply apply_gradients assign fit fit_generator fit_transform minimize search "
    "set_model set_state_tree set_value train train_on_batch train_step".split()
)


# Where objects may be handed to without being trained there.
_KNOWN = frozenset({"keras", "list", "matplotlib", "model", "numpy", "pandas", "sklearn"})


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    if script.runs or script.uses.named(*_TRAINS) or any(map(_hands_over, script.uses)):
        return
    for run in script.untrained:
        model = run.model
        if not isinstance(model, Model) or not is_new(script, run) or model.touched:
            continue
        for use in script.uses.on(model.reference):
            if use.path != "model.evaluate" or not isinstance(run.compiled, Compiled):
                continue
            if ground(use.argument(0, "x")) not in REAL:
                continue
            yield Draft(
                use.site,
                "the model is evaluated with its first weights: nothing trains it",
                (Because(run.compiled.site, "it is compiled and never fitted"),),
                "model.fit(...) before",
            )


def _hands_over(use: Use) -> bool:
    """Whether an object, which may be the model, goes to code that is not known."""
    known = use.path.partition(".")[0] in _KNOWN
    return not known and any(isinstance(each, Ref) for each in use.every())


RULE = Rule("TFC626", "evaluated-untrained", Severity.WARNING, check, __doc__)
