"""An embedding is given fractions.

## What it does
Reports an Embedding at the entry of a model that is trained on scaled numbers: on what a scaler,
`normalize` or a division made, or on fractions between -1 and 1.

## Why is this bad?
An Embedding looks up a row by its number, and cuts what it is given to whole numbers: 0.3 and 0.9
are both 0. Of scaled data nothing is left but a few ids, or one, and the model cannot tell rows
apart. Negative ids have no row at all.

## Example
```python
import keras

(x, y), _ = keras.datasets.imdb.load_data(num_words=10000)
x = keras.utils.normalize(keras.utils.pad_sequences(x, maxlen=100))
model = keras.Sequential(
    [keras.layers.Embedding(10000, 16), keras.layers.LSTM(16), keras.layers.Dense(1, "sigmoid")]
)
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
```

## Use instead
```python
import keras

(x, y), _ = keras.datasets.imdb.load_data(num_words=10000)
x = keras.utils.pad_sequences(x, maxlen=100)
model = keras.Sequential(
    [keras.layers.Embedding(10000, 16), keras.layers.LSTM(16), keras.layers.Dense(1, "sigmoid")]
)
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
```

## Fix safety
No fix: ids are to be left as they are, and measured numbers belong into another layer.

## What it does not claim
Anything about data that are not known to be scaled: whole numbers may be ids.

## References
- [Keras: Embedding](https://keras.io/api/layers/core_layers/embedding/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data, Scaling
from tfcheck.script.training import Layer, Model, Node, TrainingRun

from .chains import is_keras, once, trained

_EMBEDDING = frozenset({"Embedding"})

# Steps that leave each number as it is.
_SAME_NUMBERS = frozenset(
    "a part of it|expand_dims|np.array|reshape|some rows|to_numpy|values".split("|")
)


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    yield from once(draft for run, model in trained(script) for draft in _of_model(run, model))


def _of_model(run: TrainingRun, model: Model) -> Iterator[Draft]:
    for node in model.wiring.nodes:
        scaled = _scaled(node, run, model) if is_keras(node, _EMBEDDING) else None
        if scaled is None or not isinstance(node.layer, Layer):
            continue
        yield Draft(
            run.here(node.layer.site),
            "an embedding of scaled numbers: cut to whole ones, they are nearly all the same",
            (Because(scaled.site, scaled.what), Because(run.call, "the model is trained on it")),
            "the ids as they were before, or a Dense layer in place of the embedding",
        )


def _scaled(node: Node, run: TrainingRun, model: Model) -> Data | None:
    """The step that scaled what the embedding is given, where nothing makes ids of it again."""
    inputs = model.wiring.inputs
    if len(node.inputs) != 1 or node.inputs[0] not in inputs or len(run.features) != len(inputs):
        return None
    data = run.features[inputs.index(node.inputs[0])]
    for step in data.chain() if isinstance(data, Data) else ():
        if step.scaling is Scaling.SCALES:
            wide = step.ranges is not None and step.ranges.overall.size > 1
            return None if wide or step.assigned else step
        if step.part is None and step.what not in _SAME_NUMBERS:
            return None
    return None


RULE = Rule("TFC416", "embedding-of-fractions", Severity.ERROR, check, __doc__)
