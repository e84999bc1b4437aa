"""An embedding has fewer rows than there are ids.

## What it does
Reports an Embedding whose `input_dim` is less than the number of ids that its input can hold, as
`num_words` of the data set or the tokenizer says.

## Why is this bad?
Ids run from 0 to `num_words - 1`. For one that is not below `input_dim` Keras raises an error on
the CPU, at the first batch that has it; on a GPU it may go on with zeros and say nothing.

## Example
```python
import keras

(x, y), _ = keras.datasets.imdb.load_data(num_words=20000)
x = keras.utils.pad_sequences(x, maxlen=100)
model = keras.Sequential(
    [keras.layers.Embedding(10000, 16), keras.layers.LSTM(16), keras.layers.Dense(1, "sigmoid")]
)
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
```

## Use instead
```python
import keras

(x, y), _ = keras.datasets.imdb.load_data(num_words=20000)
x = keras.utils.pad_sequences(x, maxlen=100)
model = keras.Sequential(
    [keras.layers.Embedding(20000, 16), keras.layers.LSTM(16), keras.layers.Dense(1, "sigmoid")]
)
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
```

## Fix safety
No fix yet.

## What it does not claim
That the highest ids are in the data: a small vocabulary may never reach them.

## References
- [Keras: Embedding](https://keras.io/api/layers/core_layers/embedding/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity, Site
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.training import Layer, Model, Node, TrainingRun
from tfcheck.script.values import integer

from .chains import is_keras, once, trained

_EMBEDDING = frozenset({"Embedding"})


class _Limit(NamedTuple):
    ids: int
    site: Site
    what: str


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    yield from once(draft for run, model in trained(script) for draft in _of_model(run, model))


def _of_model(run: TrainingRun, model: Model) -> Iterator[Draft]:
    for node in model.wiring.nodes:
        if not is_keras(node, _EMBEDDING) or len(node.inputs) != 1:
            continue
        assert isinstance(node.layer, Layer)
        rows = integer(node.layer.argument("input_dim"))
        limit = _limit(node.inputs[0], run, model)
        if rows is None or limit is None or rows >= limit.ids:
            continue
        yield Draft(
            run.here(node.layer.site),
            f"an embedding of {rows:,} rows for ids up to {limit.ids - 1:,}",
            (Because(limit.site, limit.what), Because(run.call, "the model is trained")),
            f"input_dim={limit.ids}",
        )


def _limit(node: Node, run: TrainingRun, model: Model) -> _Limit | None:
    """How many ids there are, where what feeds the embedding says so."""
    if node not in model.wiring.inputs or len(run.features) != len(model.wiring.inputs):
        return None
    data = run.features[model.wiring.inputs.index(node)]
    if not isinstance(data, Data):
        return None
    source = data.chain()[-1]
    count = integer(source.settings.get("num_words"))
    if count is None:
        return None
    return _Limit(count, source.site, f"{source.what}: num_words is {count:,}")


RULE = Rule("TFC414", "embedding-too-small", Severity.ERROR, check, __doc__)
