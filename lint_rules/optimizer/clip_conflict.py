"""An optimizer is told to clip gradients in two ways at once.

## What it does
Reports an optimizer that is given more than one of `clipnorm`, `clipvalue` and
`global_clipnorm`.

## Why is this bad?
Keras 3 raises a `ValueError`: only one of them can be set.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
optimizer = keras.optimizers.Adam(clipnorm=1.0, clipvalue=0.5)
model.compile(optimizer=optimizer, loss="binary_crossentropy")
model.fit(x, y, epochs=40)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
optimizer = keras.optimizers.Adam(clipnorm=1.0)
model.compile(optimizer=optimizer, loss="binary_crossentropy")
model.fit(x, y, epochs=40)
```

## Fix safety
No fix: which of them was meant only you know.

## What it does not claim
That gradients need to be clipped.

## References
- [Keras: optimizers](https://keras.io/api/optimizers/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.effects.keras_objects import OPTIMIZER_DEFAULTS
from tfcheck.script.values import number

_CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for use in script.uses.owned("keras.optimizers"):
        if use.name.lower() not in OPTIMIZER_DEFAULTS:
            continue
        clips = [name for name in _CLIPS if number(use.keywords.get(name)) is not None]
        if len(clips) > 1 and not use.guarded:
            yield Draft(
                use.site,
                f"{' and '.join(clips)} at once: {use.name} raises a ValueError in Keras 3",
                instead=f"one of them, as {clips[0]}",
            )


RULE = Rule("TFC506", "clip-conflict", Severity.ERROR, check, __doc__)
