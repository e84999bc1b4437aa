"""The labels are encoded for another loss.

## What it does
Reports one-hot labels under sparse categorical crossentropy, and integer labels under
categorical crossentropy.

## Why is this bad?
Sparse categorical crossentropy wants one integer a sample, categorical crossentropy one column
a class. With the other kind Keras raises an error at the first batch, after the data were
loaded and the queue was waited for.

## Example
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(x / 16, y, epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x / 16, y, epochs=5)
```

## Fix safety
Unsafe: the loss for the labels takes the place of the one there is. What failed at the first batch
trains from then on.

## What it does not claim
Anything about labels whose encoding could not be followed.

## References
- [Keras: probabilistic losses](https://keras.io/api/losses/probabilistic_losses/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.judgements import label_kind

from . import cures
from .families import CATEGORICAL, SPARSE, evidence

# What a loss wants of labels, and the loss that wants what it gets.
_WANTS = {
    **dict.fromkeys(CATEGORICAL, ("one-hot", "sparse_categorical_crossentropy")),
    **dict.fromkeys(SPARSE, ("integer", "categorical_crossentropy")),
}


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.compilations:
        for output in run.outputs():
            if output.loss.name not in _WANTS or output.labels is None:
                continue
            wanted, other = _WANTS[output.loss.name]
            kind = label_kind(output.labels)
            if kind is None or kind[0] == wanted or kind[0] not in ("integer", "one-hot"):
                continue
            yield Draft(
                run.here(output.loss.site),
                f"{output.loss.name} wants {wanted} labels, but these are {kind[0]}",
                (
                    Because(kind[2].site, f"{kind[2].what} makes them {kind[0]}"),
                    *evidence(run, output),
                ),
                f"loss='{other}'",
                cure=cures.cure(f"Train with {other}", cures.loss(script, run, output.loss, other)),
            )


RULE = Rule(
    "TFC310", "label-encoding", Severity.ERROR, check, __doc__, intervention="matching-labels"
)
