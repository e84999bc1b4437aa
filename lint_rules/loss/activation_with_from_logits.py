"""Probabilities go into a loss that expects logits.

## What it does
Reports a softmax or sigmoid output with a crossentropy that has `from_logits=True`.

## Why is this bad?
The loss would apply the activation a second time. Keras 3 notices where the activation is
the very last operation: it takes the values from before it, trains as intended, and warns. With
a `Reshape` or `Flatten` behind the activation it does not notice, and the second one squeezes
all outputs together; so does every Keras without that check. With a sigmoid before a categorical
loss it trains what goes into the sigmoid as one choice, and predicts something else.

## Example
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer="adam", loss=loss)
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
Unsafe: `from_logits=True` is taken out. Where Keras sees through it nothing changes, else the
model trains differently, as it should.

## What it does not claim
That training fails, where the activation comes last: then the finding is a warning, an error
only where something stands behind it.

## References
- [Keras: probabilistic losses](https://keras.io/api/losses/probabilistic_losses/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, RemoveArgument
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.values import Answer

from .families import BINARY, CATEGORICAL, SPARSE, evidence

_MATCHING = {"softmax": CATEGORICAL | SPARSE, "sigmoid": BINARY}


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.compilations:
        for output in run.outputs():
            head, loss = output.head, output.loss
            if loss.from_logits is not Answer.YES or head.activation is None:
                continue
            if loss.name in _MATCHING.get(head.activation, ()):
                happens = "Keras 3 sees through it, with a warning; older ones apply it twice"
                if head.after:
                    happens = f"with {head.after[0]} behind it, it is applied twice"
            elif head.activation == "sigmoid" and loss.name in CATEGORICAL | SPARSE:
                happens = "what Keras 3 trains is a softmax, which the sigmoid then does not give"
            else:
                continue
            yield Draft(
                run.here(loss.site),
                f"from_logits=True, but the outputs have been through {head.activation}: {happens}",
                evidence(run, output),
                f"leave out from_logits=True, or the {head.activation}",
                Severity.ERROR if head.after else None,
                Cure(
                    Applicability.UNSAFE,
                    "Let the loss take probabilities",
                    (RemoveArgument(loss.site, "from_logits", 0),),
                ),
            )


RULE = Rule(
    "TFC303",
    "activation-with-from-logits",
    Severity.WARNING,
    check,
    __doc__,
    intervention="matching-output",
)
