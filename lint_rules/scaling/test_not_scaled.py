"""A model is trained on scaled data and judged on raw data.

## What it does
Reports data that a model is validated by, evaluated on or asked to predict for, where the
training data went through a scaler or a division that they did not go through.

## Why is this bad?
The model meets numbers that it has never seen, often thousands of times larger. What it answers
has nothing to do with what it learned: the score is that of chance, or worse.

## Example
```python
import keras
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

x, y = load_wine(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
x_train = StandardScaler().fit_transform(x_train)
model = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(3, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=30)
model.evaluate(x_test, y_test)
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
model.fit(x_train, y_train, epochs=30)
model.evaluate(x_test, y_test)
```

## Fix safety
No fix yet.

## What it does not claim
Anything where a step between the split and the model is not known, or where the same model is
trained on raw data as well.

## References
- [scikit-learn: inconsistent preprocessing](https://scikit-learn.org/stable/common_pitfalls.html#inconsistent-preprocessing)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data, Scaling
from tfcheck.script.held_out import HeldOut, held_out
from tfcheck.script.judgements import scaled
from tfcheck.script.training import Model, TrainingRun
from tfcheck.script.values import Answer

_WORDS = {
    "validation_data": "the model is validated by",
    "evaluate": "the model is evaluated on",
    "predict": "the model predicts for",
}


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        if not _is_trained_once(script, run):
            continue
        (trained,) = run.features
        assert isinstance(trained, Data)
        for held in held_out(script, run):
            scaler = _missing(trained, held)
            if scaler is None:
                continue
            yield Draft(
                held.site,
                f"{_WORDS[held.how]} raw data, and was trained on scaled ones",
                (
                    Because(scaler.site, f"{scaler.what} scales the training data"),
                    Because(run.call, "the model is trained on them"),
                ),
                "the same scaler, fitted on the training part, for all data of the model",
            )


def _is_trained_once(script: Script, run: TrainingRun) -> bool:
    """Whether the one array that the model is trained on is known."""
    if not isinstance(run.model, Model) or len(run.features) != 1:
        return False
    others = [
        each
        for each in script.runs
        if isinstance(each.model, Model) and each.model.reference == run.model.reference
    ]
    return len({each.call for each in others}) == 1 and isinstance(run.features[0], Data)


def _missing(trained: Data, held: HeldOut) -> Data | None:
    """The step that scaled the training data, where the other data went without any."""
    if not isinstance(held.x, Data) or scaled(trained).answer is not Answer.YES:
        return None
    common = {id(step) for step in held.x.chain()}
    ways = [
        _until(data, common & {id(step) for step in trained.chain()}) for data in (trained, held.x)
    ]
    if all(way is not None for way in ways):
        scaler = next((step for step in ways[0] or () if step.fitted_on is not None), None)
        raw = all(_is_plain(step) for step in ways[1] or ())
        return scaler if raw else None
    if scaled(held.x).answer is not Answer.NO:
        return None
    return next((step for step in trained.chain() if _divides(step)), None)


def _until(data: Data, common: set[int]) -> list[Data] | None:
    """The steps since the newest that both data have in common."""
    steps: list[Data] = []
    for step in data.chain():
        if id(step) in common:
            return steps
        steps.append(step)
    return None


def _is_plain(step: Data) -> bool:
    return step.scaling is Scaling.KEEPS and len(step.before) == 1 and step.fitted_on is None


def _divides(step: Data) -> bool:
    return step.fitted_on is not None or step.what.startswith(("x / ", "x * ", "rescale="))


RULE = Rule("TFC102", "test-not-scaled", Severity.ERROR, check, __doc__)
