"""A Normalization layer is adapted to rows that the model is judged by.

## What it does
Reports `adapt` of a `Normalization` layer on an array that is split into a part to train on and
a part to judge by, or on the test part itself.

## Why is this bad?
The layer's mean and variance are part of the model. Taken from test rows, they let the model
know of rows that it should never have seen; taken from these alone, training rows are scaled by
statistics that are not their own.

## Example
```python
import keras
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

x, y = load_wine(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
normalization = keras.layers.Normalization()
normalization.adapt(x)
model = keras.Sequential([normalization, keras.layers.Dense(3, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=30)
model.evaluate(x_test, y_test)
```

## Use instead
```python
import keras
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

x, y = load_wine(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
normalization = keras.layers.Normalization()
normalization.adapt(x_train)
model = keras.Sequential([normalization, keras.layers.Dense(3, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=30)
model.evaluate(x_test, y_test)
```

## Fix safety
No fix yet.

## What it does not claim
That the score is far off. Vocabularies (`TextVectorization`, `StringLookup`) that are adapted to
all texts are not reported: a word that only test texts have was never trained.

## References
- [Keras: adapt](https://keras.io/api/layers/preprocessing_layers/numerical/normalization/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.judgements import part
from tfcheck.script.lineage import Piece, arrays, covers, over_all_rows, pieces, steps

from .leaks import split

_INSTEAD = "adapt it to the training part alone"


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    adapted = script.uses.of("keras.layers.Normalization.adapt")
    splits = pieces(steps(script.uses)) if adapted else []
    for use in adapted:
        for data in arrays(use.argument(0, "data")):
            piece = part(data)
            if piece is not None and piece.role == "test":
                because = (Because(piece.split, "it is the test part of what is split here"),)
                yield Draft(use.site, "Normalization is adapted to test data", because, _INSTEAD)
            elif (whole := _whole(data, splits)) is not None:
                message = "Normalization is adapted to rows that are held out"
                yield Draft(use.site, message, (split(whole),), _INSTEAD)


def _whole(data: Data, splits: list[Piece]) -> Piece | None:
    """The split of all that the layer was adapted to."""
    for piece in splits:
        if covers(data, {id(step) for step in over_all_rows(piece.whole)}):
            return piece
    return None


RULE = Rule("TFC203", "adapt-before-split", Severity.WARNING, check, __doc__)
