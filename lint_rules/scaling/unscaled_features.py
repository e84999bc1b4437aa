"""Features reach training on the scale on which they were collected.

## What it does
Follows what is passed to `fit` back to its source, and reports it where the numbers are large
or uneven, nothing on the way scales them, and no first layer of the model does. It speaks on
four grounds, and names the one it has: arrays that are written out, whose ranges it computes;
data sets whose ranges are known; a CSV file beside the script, whose first 1,000 rows it reads;
a CSV file that it cannot see, where two or more raw columns reach a dense layer.

## Why is this bad?
One learning rate serves all weights. A column a thousand times larger than another has
gradients a thousand times larger: the rate that is stable for it leaves the others where they
began. On large values plain SGD diverges, and sigmoid and tanh units saturate at the first step.

## Example
```python
import keras
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

x, y = load_wine(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
model = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(3, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=30, validation_data=(x_test, y_test))
```

## Use instead
```python
import keras
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

x, y = load_wine(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
scaler = StandardScaler().fit(x_train)
x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)
model = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(3, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=30, validation_data=(x_test, y_test))
```

## Fix safety
Unsafe, as the model trains differently from then on, as it should. After `train_test_split` a
`StandardScaler` is fitted on the training part and applied to the others; images of a data set
of Keras are divided by 255 where they are loaded; else a model that is a plain stack begins with
`Rescaling`, or with a `Normalization` that is adapted before the only `fit`. Code that predicts
from numbers of its own has to scale those, too, unless the model does it. No fix where the names
of the arrays or the first layer are not plain to see.

## What it does not claim
That training fails: adaptive optimizers and small networks bear a lot. Token ids, one-hot
codes and embeddings are no features in this sense, and small values need no scaling. Where any
step on the way is not known, the rule is silent, and so it is where the model has loaded weights,
which were trained on some scale. A note where the script trains on the same data scaled, too: it
compares the two. Silent, too, where batch normalisation follows
the first layer that learns.

## References
- [Keras: Normalization](https://keras.io/api/layers/preprocessing_layers/numerical/normalization/)
- [scikit-learn: preprocessing](https://scikit-learn.org/stable/modules/preprocessing.html)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Cure
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data, Range
from tfcheck.script.judgements import Judged, describe, least_columns, scaled, source
from tfcheck.script.training import Entry, Layer, Model, TrainingRun
from tfcheck.script.values import Answer, Tuple

from . import cures

_PIXELS = (0, 255)

# Tables that are wider hold numbers that were computed, often scaled as they were.
_MANY_COLUMNS = 100


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        if _has_loaded_weights(script, run):
            continue
        for data, entry in _inputs(run):
            judged = scaled(data)
            if judged.answer is not Answer.NO or not _is_enough(judged, data, entry):
                continue
            assert isinstance(entry.layer, Layer)
            yield Draft(
                run.site,
                _message(judged),
                (
                    *judged.because,
                    Because(entry.layer.site, f"{entry.layer.name} is the first layer to learn"),
                ),
                _instead(judged),
                Severity.NOTE if _is_compared(script, data) else None,
                cure=_cure(script, run, data, entry, judged),
            )


def _has_loaded_weights(script: Script, run: TrainingRun) -> bool:
    if not isinstance(run.model, Model):
        return False
    for use in script.uses.on(run.model.reference):
        if use.call == run.call:
            return False
        if use.name == "load_weights":
            return True
    return False


def _is_compared(script: Script, data: Data) -> bool:
    """Whether there is a run on the same data, scaled."""
    return any(
        isinstance(each, Data)
        and _is_same(source(each), source(data))
        and scaled(each).answer is Answer.YES
        for run in script.runs
        for each in run.features
    )


def _is_same(one: Data, other: Data) -> bool:
    """Whether two sources are one, or tables of the same columns."""
    return one is other or (one.columns is not None and one.columns == other.columns)


def _cure(
    script: Script, run: TrainingRun, data: Data, entry: Entry, judged: Judged
) -> Cure | None:
    if len(run.features) > 1 or _is_validated_on_scaled(run):
        return None
    if _are_pixels(judged):
        return cures.first(cures.by_division(data), cures.by_rescaling(script, run, entry))
    return cures.first(
        cures.by_scaler(script, data), cures.by_normalization(script, run, data, entry)
    )


def _is_validated_on_scaled(run: TrainingRun) -> bool:
    """Whether somebody scaled the validation data and forgot the others."""
    given = run.arguments.get("validation_data")
    features = given.items[0] if isinstance(given, Tuple) and given.items else given
    return isinstance(features, Data) and scaled(features).answer is Answer.YES


def _are_pixels(judged: Judged) -> bool:
    ranges = judged.ranges
    return ranges is not None and (ranges.overall.low, ranges.overall.high) == _PIXELS


_SCALES_INSIDE = frozenset({"Normalization", "Rescaling", "preprocess_input"})

# Rows of a table are also fed as short sequences, a column a step.
_TAKES_TABLES = frozenset({"Conv1D", "Dense", "GRU", "LSTM", "SimpleRNN"})


def _inputs(run: TrainingRun) -> Iterator[tuple[Data, Entry]]:
    """What is fed to each input that its first layers do not scale."""
    model = run.model
    if not isinstance(model, Model) or model.touched or len(run.features) != len(model.entries):
        return
    if any(layer.name in _SCALES_INSIDE for layer in model.all_layers()):
        return  # behind a first layer that learns, which then works on the scale of the data
    for value, entry in zip(run.features, model.entries, strict=True):
        plain = entry.scales is Answer.NO and not entry.codes and not entry.normalised
        if plain and isinstance(value, Data):
            yield value, entry


def _is_enough(judged: Judged, data: Data, entry: Entry) -> bool:
    """A file that was not seen speaks only by several columns that reach a layer for tables."""
    if judged.ground != "unseen csv":
        return True
    fits = entry.layer is not None and entry.layer.name in _TAKES_TABLES
    return fits and 1 < least_columns(data) <= _MANY_COLUMNS


def _message(judged: Judged) -> str:
    if judged.ranges is None:
        return f"features reach training as {judged.how} gives them: nothing scales them"
    if _are_pixels(judged):
        return "pixels reach training as 0 to 255: nothing scales them"
    if not judged.ranges.reached and judged.ranges.inner is not None:
        return f"features reach training unscaled: they reach {_reach(judged.ranges.inner)}"
    grounds = {"literal": "their columns run", "csv file": "the file's columns run"}
    ground = grounds.get(judged.ground or "", f"{judged.how} has columns of")
    if judged.ranges.columns is None:
        ground = "they run"
    return f"features reach training unscaled: {ground} {describe(judged.ranges)}"


def _reach(inner: Range) -> str:
    """How far a value surely lies out."""
    if inner.high >= -inner.low:
        return f"{inner.high:,.4g} or more"
    return f"{inner.low:,.4g} or less"


def _instead(judged: Judged) -> str:
    if _are_pixels(judged):
        return "divide by 255, or begin the model with keras.layers.Rescaling(1 / 255)"
    return (
        "a StandardScaler fitted on the training part, or a keras.layers.Normalization that is "
        "adapted to it as the first layer"
    )


RULE = Rule(
    "TFC101",
    "unscaled-features",
    Severity.WARNING,
    check,
    __doc__,
    intervention="standardised-features",
)
