"""Binary crossentropy over the units of a softmax.

## What it does
Reports a softmax over two units or more that is trained with binary crossentropy.

## Why is this bad?
Softmax says that exactly one class is true; binary crossentropy asks about every class by
itself. Keras 3 takes what goes into the softmax and trains each unit as a yes-or-no question of
its own, so the probabilities that the model then predicts are not those that were trained.
With two classes as well: binary and categorical crossentropy are then no longer the same number,
nor have they the same gradient, and the probabilities come out too sure: 0.84 for a class that
holds in 0.7 of the cases.
Where `accuracy` is read as binary accuracy, as older Keras does, it looks far better than it is.

## Example
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x / 16, keras.utils.to_categorical(y), epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(x / 16, keras.utils.to_categorical(y), epochs=5)
```

## Fix safety
Unsafe, where the encoding of the labels is known: the loss becomes the crossentropy for them, and
the model trains differently, as it should. Without it, labels may be such that hold together.

## What it does not claim
That training fails: the classes are told apart all the same, less well calibrated.

## References
- [Keras: probabilistic losses](https://keras.io/api/losses/probabilistic_losses/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Cure
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.judgements import label_kind
from tfcheck.script.training import Output, TrainingRun

from . import cures
from .families import BINARY, evidence

_TOO_SURE = ": in Keras 3 the probabilities of two classes come out too sure"


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.compilations:
        for output in run.outputs():
            head, loss = output.head, output.loss
            if loss.name not in BINARY or head.activation != "softmax":
                continue
            if head.units is None or head.units < 2:
                continue
            yield Draft(
                run.here(loss.site),
                f"{loss.name} asks about each of the {head.units} softmax outputs by itself, "
                f"but softmax makes them one choice{_TOO_SURE if head.units == 2 else ''}",
                evidence(run, output),
                "loss='categorical_crossentropy' for one class of several; sigmoid for labels "
                "that may hold together",
                cure=_cure(script, run, output),
            )


def _cure(script: Script, run: TrainingRun, output: Output) -> Cure | None:
    kind = label_kind(output.labels) if output.labels is not None else None
    loss = cures.loss_for(kind[0]) if kind is not None else None
    if loss is None:
        return None
    return cures.cure(f"Train with {loss}", cures.loss(script, run, output.loss, loss))


RULE = Rule(
    "TFC305",
    "softmax-with-binary-crossentropy",
    Severity.WARNING,
    check,
    __doc__,
    intervention="matching-loss",
)
