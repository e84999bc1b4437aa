"""A dataset is trained on row by row, as nothing makes batches of it.

## What it does
Reports a `tf.data.Dataset` of single rows that reaches `fit` without `batch`.

## Why is this bad?
Keras takes what a dataset yields for a batch. A row has one axis too few: a layer raises a
`ValueError`, or takes the features for examples.

## Example
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=40)
```

## Use instead
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(200).batch(32)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=40)
```

## Fix safety
No fix: the size of the batches is a choice.

## What it does not claim
Anything about datasets that go through `map` or another step which may make batches, or whose
rows have a shape that is not known.

## References
- [tf.data: batch](https://www.tensorflow.org/api_docs/python/tf/data/Dataset#batch)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.training import Layer, Model, TrainingRun
from tfcheck.script.values import Tuple, Value

from .feeding import batches
from .monitors import is_plain

# Steps after which a row is still a row.
_ROWS = frozenset(
    "from_tensor_slices shuffle repeat cache prefetch take skip shard with_options".split()
)

# How many axes one row has that these layers take.
_AXES = {
    "Dense": 1,
    "Conv1D": 2,
    "GRU": 2,
    "LSTM": 2,
    "SimpleRNN": 2,
    "Conv2D": 3,
    "Conv3D": 4,
}


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        data = batches(run)
        if data is None or not is_plain(run) or not _yields_rows(data):
            continue
        axes, rank = _row_axes(run), _rank(data.elements[0] if data.elements else None)
        if axes is None or axes != rank:
            continue
        yield Draft(
            run.site,
            "the dataset yields single rows: nothing makes batches of it",
            (
                Because(data.chain()[-1].site, "it is sliced into rows"),
                Because(run.call, "the model takes each of them for a batch"),
            ),
            "dataset.batch(32)",
        )


def _yields_rows(data: Data) -> bool:
    return data.form == "dataset" and all(step.what in _ROWS for step in data.chain())


def _rank(element: Value | None) -> int | None:
    shape = element.shape if isinstance(element, Data) else None
    return None if shape is None else len(shape)


def _row_axes(run: TrainingRun) -> int | None:
    """How many axes a row has that the model takes."""
    assert isinstance(run.model, Model)
    layers = run.model.layers
    first = layers[0] if layers and run.model.kind == "sequential" else None
    if not isinstance(first, Layer):
        return None
    shape = first.config.get("shape", first.config.get("input_shape"))
    return len(shape.items) if isinstance(shape, Tuple) else _AXES.get(first.name)


RULE = Rule("TFC614", "unbatched-dataset", Severity.ERROR, check, __doc__)
