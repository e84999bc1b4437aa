"""Layers are frozen or thawed after training began, and the model is not compiled again.

## What it does
Reports a `fit` before which `trainable` of a layer was changed, where the same model was trained
already and `compile` was not called in between.

## Why is this bad?
Keras makes the step of training when `fit` is first called after `compile`, with the weights that
are trainable then. A later change has no effect: layers that were frozen go on learning, layers
that were thawed do not begin to, and Keras says nothing.

## Example
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
base = keras.layers.Dense(32, activation="relu")
base.trainable = False
model = keras.Sequential([base, keras.layers.Dense(10, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x / 16, y, epochs=5)
base.trainable = True
model.fit(x / 16, y, epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
base = keras.layers.Dense(32, activation="relu")
base.trainable = False
model = keras.Sequential([base, keras.layers.Dense(10, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x / 16, y, epochs=5)
base.trainable = True
model.compile(keras.optimizers.Adam(1e-5), loss="sparse_categorical_crossentropy")
model.fit(x / 16, y, epochs=5)
```

## Fix safety
No fix yet: compiling again also resets the optimizer, and wants a lower learning rate.

## What it does not claim
Anything about `trainable` of the model that is trained itself, which the two halves of a GAN
switch on purpose, or about changes before the first `fit`.

## References
- [Keras: transfer learning and fine-tuning](https://keras.io/guides/transfer_learning/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Compiled

from .chains import once, trained


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    yield from once(
        Draft(
            run.site,
            f"layers are {'thawed' if run.late[0].value else 'frozen'} after training began: "
            "without compile it has no effect",
            (
                Because(run.compiled.site, "the model is compiled"),
                *(
                    Because(flag.site, f"trainable is set to {flag.value}")
                    for flag in run.late[:1]
                    if flag.site is not None
                ),
            ),
            "model.compile(...) again before this, with a lower learning rate",
        )
        for run, _ in trained(script)
        if run.late and isinstance(run.compiled, Compiled)
    )


RULE = Rule("TFC412", "frozen-after-compile", Severity.ERROR, check, __doc__)
