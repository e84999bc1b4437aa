"""An argument is passed that Keras no longer takes.

## What it does
Reports keyword arguments that were renamed or removed: `SGD(lr=)`, `Dense(output_dim=, init=)`,
`Conv2D(border_mode=)`, `fit(nb_epoch=)`, `fit(workers=)`, `ModelCheckpoint(period=)`.

## Why is this bad?
The call ends the script with a `TypeError` or a `ValueError`. In `fit` that happens after the data
was loaded and the model was built.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid", init="he_normal")])
optimizer = keras.optimizers.SGD(lr=0.1, momentum=0.9)
model.compile(optimizer=optimizer, loss="binary_crossentropy")
model.fit(x, y, nb_epoch=20)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential(
    [keras.layers.Dense(1, activation="sigmoid", kernel_initializer="he_normal")]
)
optimizer = keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)
model.compile(optimizer=optimizer, loss="binary_crossentropy")
model.fit(x, y, epochs=20)
```

## Fix safety
Safe where the argument has another name now, and where what it asked for is what happens without
it. Unsafe where it is taken out and asked for something else.

## What it does not claim
Anything about arguments that come through `**` of something unknown, about a call that is tried,
or about a project that asks for an older Keras (see `removed-name`).

## References
- [Keras: migrating to Keras 3](https://keras.io/guides/migrating_to_keras_3/)
- [Keras 2.0 release notes](https://github.com/keras-team/keras/wiki/Keras-2.0-release-notes)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lint_rules.migration.passed import cure, function, instead, named, passed
from lint_rules.migration.rows import CRASHES, met
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for use, rows in passed(script, CRASHES):
        yield Draft(
            use.site,
            f"{met(script.targets)} takes no {named(rows)} in {function(use)}",
            (),
            instead(use, rows),
            cure=cure(use, rows),
        )


RULE = Rule("TFC903", "removed-argument", Severity.ERROR, check, __doc__)
