"""The output layer cannot give what the loss asks for.

## What it does
Reports relu and its kin, or tanh, as the last activation under a crossentropy; and relu, as
a note, under a regression loss.

## Why is this bad?
A crossentropy takes the logarithm of the output. Relu gives 0 for half of its inputs and
anything above 1 for others: the loss is clipped where it does not become NaN, and a unit that
gives 0 has no gradient to leave it. Tanh gives values below 0, which are clipped as well. In a
regression relu cannot predict below 0, and a dead unit predicts 0 for ever.

## Example
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "relu")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
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
Unsafe, under a crossentropy that takes probabilities: the activation that gives them takes the
place of the one there is, and the model trains differently, as it should. No fix for a regression,
where relu may be meant.

## What it does not claim
That a regression with relu is wrong: where targets are never negative it may be meant, so
there the finding is a note. Where they surely are, `unreachable-target` reports an error.

## References
- [Keras: activations](https://keras.io/api/layers/activations/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Cure
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Output, TrainingRun
from tfcheck.script.values import Answer

from . import cures
from .families import BINARY, CROSSENTROPIES, REGRESSION, corrects_itself, evidence
from .reaching import beyond

_UNBOUNDED = frozenset(
    {"relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "swish", "silu", "softplus", "prelu"}
)


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.compilations:
        for output in run.outputs():
            head, loss = output.head, output.loss
            name = head.activation
            if loss.name in CROSSENTROPIES and (name in _UNBOUNDED or name == "tanh"):
                if loss.from_logits is Answer.UNKNOWN:
                    continue
                activation = "sigmoid" if loss.name in BINARY else "softmax"
                yield Draft(
                    run.here(head.activation_site),
                    f"the output goes through {name}, but {loss.name} expects "
                    f"{'raw values' if loss.from_logits is Answer.YES else 'probabilities'}",
                    evidence(run, output),
                    f"activation='{activation}' on the last layer",
                    Severity.NOTE if corrects_itself(script, run, output) else None,
                    cure=_cure(script, run, output),
                )
            elif loss.name in REGRESSION and name == "relu" and not beyond(output):
                yield Draft(
                    run.here(head.activation_site),
                    "the output goes through relu: it cannot fall below 0, and where it is 0 it "
                    "has no gradient",
                    evidence(run, output),
                    "no activation on the last layer, unless targets are never negative",
                    Severity.NOTE,
                )


def _cure(script: Script, run: TrainingRun, output: Output) -> Cure | None:
    activation = cures.activation_for(output.loss, output.head)
    if activation is None or output.loss.from_logits is not Answer.NO:
        return None
    changes = cures.activation(script, run, output.head, activation)
    return cures.cure(f"End the model in {activation}", changes)


RULE = Rule("TFC307", "relu-output", Severity.ERROR, check, __doc__, intervention="matching-output")
