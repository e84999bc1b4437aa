"""The columns of a kernel are passed where Keras takes the strides.

## What it does
Reports `Convolution2D(32, 3, 3)`, as Keras 1 had it: filters, rows and columns of the kernel.

## Why is this bad?
Since Keras 2 the third argument is the strides. Nothing fails: the layer moves in steps of 3, its
output is a ninth of what was meant, and with each such layer less is left of the picture.

## Example
```python
import keras
from keras.layers import Convolution2D, Dense, Flatten
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
x = x.reshape(-1, 8, 8, 1) / 16
model = keras.Sequential([Convolution2D(8, 3, 3), Flatten(), Dense(10, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=20)
```

## Use instead
```python
import keras
from keras.layers import Conv2D, Dense, Flatten
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
x = x.reshape(-1, 8, 8, 1) / 16
model = keras.Sequential([Conv2D(8, (3, 3)), Flatten(), Dense(10, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=20)
```

## Fix safety
Unsafe: the model gets another shape, the one that was meant.

## What it does not claim
Anything about `Conv2D(32, 3, 3)`, which may mean strides of 3, unless it also passes an argument
of Keras 1, as `border_mode=`.

## References
- [Keras: Conv2D](https://keras.io/api/layers/convolution_layers/convolution2d/)
- [Keras 2.0 release notes](https://github.com/keras-team/keras/wiki/Keras-2.0-release-notes)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lint_rules.migration.asked import asked_of, home_of
from lint_rules.migration.rows import AFTER_KERAS_1, BOTH, UNSAFE, met
from tfcheck.changes import Cure, RemoveArgument, SetArgument, Written
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script, Use
from tfcheck.script.values import integer

_OF_KERAS_1 = frozenset(
    "border_mode subsample dim_ordering init W_regularizer b_regularizer W_constraint bias".split()
)


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    target = script.targets.keras
    if target is not None and target < AFTER_KERAS_1:
        return
    for use in asked_of(script).functions:
        sizes = _kernel(use)
        if sizes is None:
            continue
        rows, columns = sizes
        written = (Written(use.call, "kernel_size", 1), Written(use.call, "strides", 2))
        yield Draft(
            use.site,
            f"the third argument is the strides in {met(script.targets)}: "
            f"a kernel of {rows} × {rows} moves in steps of {columns}",
            (),
            f"kernel_size=({rows}, {columns})",
            cure=Cure(
                UNSAFE,
                "make both the size of the kernel",
                (
                    SetArgument(use.call, "kernel_size", "({0}, {1})", 1, written),
                    RemoveArgument(use.call, "strides", 2),
                ),
            ),
        )


def _kernel(use: Use) -> tuple[int, int] | None:
    """The sizes of a kernel that is passed as Keras 1 took it."""
    if use.path != "keras.layers.Conv2D" or home_of(use.spelled)[0] not in BOTH:
        return None
    if len(use.args) != 3 or {"kernel_size", "strides"} & use.keywords.keys():
        return None
    if not use.spelled.endswith(".Convolution2D") and not _OF_KERAS_1 & use.keywords.keys():
        return None
    rows, columns = integer(use.args[1]), integer(use.args[2])
    return (rows, columns) if rows is not None and columns is not None and columns > 1 else None


RULE = Rule("TFC908", "kernel-as-strides", Severity.ERROR, check, __doc__)
