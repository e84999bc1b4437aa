"""The optimizer is SGD with nothing set: a learning rate of 0.01 and no momentum.

## What it does
Reports `optimizer="sgd"`, in any case, and `SGD()` without arguments.

## Why is this bad?
Both mean `SGD(learning_rate=0.01, momentum=0.0)`. That rate suits few problems: on large
values it diverges, on small ones it hardly moves, and without momentum it crawls along narrow
valleys. The line reads as if a choice had been made where none was.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="sgd", loss="binary_crossentropy")
model.fit(x, y, epochs=20)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
optimizer = keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)
model.compile(optimizer=optimizer, loss="binary_crossentropy")
model.fit(x, y, epochs=20)
```

## Fix safety
No fix yet.

## What it does not claim
That training fails. With scaled features and enough epochs plain SGD may do; writing the rate
out, as in `SGD(learning_rate=0.01)`, says that it was meant and silences the rule.

## References
- [Keras: SGD](https://keras.io/api/optimizers/sgd/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Compiled, Optimizer


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        if not isinstance(run.compiled, Compiled):
            continue
        optimizer = run.compiled.optimizer
        if not isinstance(optimizer, Optimizer) or not _is_bare(optimizer):
            continue
        written = repr(optimizer.string) if optimizer.string else "SGD()"
        assumed = ", unless the command line says otherwise," if optimizer.default else ""
        yield Draft(
            run.here(optimizer.site),
            f"{written}{assumed} means a learning rate of 0.01 and no momentum",
            (
                Because(run.compiled.site, "the model is compiled with it"),
                Because(run.call, "and trained"),
            ),
            "keras.optimizers.SGD(learning_rate=..., momentum=0.9), or 'adam'",
        )


def _is_bare(optimizer: Optimizer) -> bool:
    return optimizer.name == "sgd" and not optimizer.config and optimizer.more is None


RULE = Rule("TFC501", "bare-sgd", Severity.WARNING, check, __doc__)
