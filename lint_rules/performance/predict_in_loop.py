"""predict is called for one sample at a time.

## What it does
Reports `model.predict` in a loop, on an array that holds a single sample.

## Why is this bad?
`predict` is made for many samples at once: each call builds a dataset and an iterator, which takes
many times longer than a small model itself. Keras advises to call the model for small inputs in a
loop, or to predict all samples in one call.

## Example
```python
import keras
import numpy as np
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
for step in range(100):
    sample = np.zeros((1, 2))
    print(model.predict(sample))
```

## Use instead
```python
import keras
import numpy as np
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
for step in range(100):
    sample = np.zeros((1, 2))
    print(model(sample, training=False).numpy())
```

## Fix safety
No fix: calling the model gives a tensor and no array.

## What it does not claim
That the predictions are wrong.

## References
- [Keras: the difference between predict and calling a model](https://keras.io/getting_started/faq/#whats-the-difference-between-model-methods-predict-and-call)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for use in script.uses.of("model.predict"):
        given = use.argument(0, "x") if use.loops else None
        if not isinstance(given, Data) or given.form != "array" or not given.shape:
            continue
        if len(given.shape) < 2 or given.shape[0] != 1:
            continue
        yield Draft(
            use.site,
            "predict takes many times longer than the model itself for one sample in a loop",
            (Because(given.site, "it is given one sample"),),
            "model(x, training=False), or one predict for all samples",
        )


RULE = Rule("TFC844", "predict-in-loop", Severity.NOTE, check, __doc__)
