"""The output layer computes in half precision.

## What it does
Reports a softmax or sigmoid at the end of a model that is made under a policy of mixed precision
and has no `dtype` of its own.

## Why is this bad?
Under `mixed_float16` the activation is computed in float16, and so are the predictions. A
probability below 0.00000003 is 0 there, and near 1 there are steps of 0.0005: confident
predictions can no longer be told apart, and a loss or metric that takes their logarithm gets
infinity. Keras and TensorFlow advise to end a model in float32, which costs next to nothing.

## Example
```python
import keras
from sklearn.datasets import make_moons

keras.mixed_precision.set_global_policy("mixed_float16")
x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

keras.mixed_precision.set_global_policy("mixed_float16")
x, y = make_moons(200)
model = keras.Sequential(
    [keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid", dtype="float32")]
)
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
```

## Fix safety
Unsafe: predictions are float32, and no longer the same to the last digit.

## What it does not claim
That training fails: Keras computes its own losses in float32. Silent where the policy is set on
one way through the script only.

## References
- [TensorFlow: mixed precision](https://www.tensorflow.org/guide/mixed_precision#building_the_model)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, SetArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Head, Layer, Model

from .policies import policy_at


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.compilations:
        model = run.model
        if not isinstance(model, Model) or model.lost or model.touched:
            continue
        for head in model.heads:
            if not isinstance(head, Head) or head.activation not in ("softmax", "sigmoid"):
                continue
            layer = _last(model, head)
            policy = policy_at(script, layer.site)
            if policy is None or not policy[0].startswith("mixed_") or layer.argument("dtype"):
                continue
            change = SetArgument(layer.site, "dtype", '"float32"')
            yield Draft(
                run.here(layer.site),
                f"the {head.activation} at the end of the model is computed in "
                f"{policy[0].removeprefix('mixed_')}",
                (Because(policy[1].call, f"the policy is {policy[0]}"),),
                'dtype="float32" for the last layer',
                cure=Cure(Applicability.UNSAFE, "Compute the output in float32", (change,))
                if layer.site.unit in script.units
                else None,
            )


def _last(model: Model, head: Head) -> Layer:
    """The layer that computes the last activation."""
    site = head.activation_site
    return next((each for each in model.all_layers() if each.site == site), head.layer)


RULE = Rule("TFC841", "mixed-precision-output", Severity.WARNING, check, __doc__)
