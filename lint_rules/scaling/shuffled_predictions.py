"""Predictions for shuffled images are compared with labels in the order of the folder.

## What it does
Reports a generator of `flow_from_directory` or `flow_from_dataframe` that shuffles, as it does by
default, where a model predicts for it and its `classes`, `labels` or `filenames` are used as well.

## Why is this bad?
Predictions come in shuffled order, `classes` in the order of the files. Compared one by one they
agree by chance only: the confusion matrix of a good model looks like that of a coin. Nothing
fails, and `evaluate` on the same generator is right, so the cause is sought elsewhere.

## Example
```python
import keras
import numpy as np
from sklearn.metrics import confusion_matrix
from tensorflow.keras.preprocessing.image import ImageDataGenerator

images = ImageDataGenerator(rescale=1 / 255)
train = images.flow_from_directory("train", class_mode="binary")
test = images.flow_from_directory("test", class_mode="binary")
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(train, epochs=5)
print(confusion_matrix(test.classes, np.round(model.predict(test))))
```

## Use instead
```python
import keras
import numpy as np
from sklearn.metrics import confusion_matrix
from tensorflow.keras.preprocessing.image import ImageDataGenerator

images = ImageDataGenerator(rescale=1 / 255)
train = images.flow_from_directory("train", class_mode="binary")
test = images.flow_from_directory("test", class_mode="binary", shuffle=False)
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(train, epochs=5)
print(confusion_matrix(test.classes, np.round(model.predict(test))))
```

## Fix safety
Adds `shuffle=False` to the generator. The fix is safe: a generator that a model is not trained on
needs no shuffling. Where the model is trained on it, there is no fix.

## What it does not claim
Anything about generators whose order is never compared with anything.

## References
- [Keras: flow_from_directory](https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/image/ImageDataGenerator#flow_from_directory)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, SetArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.uses import Use
from tfcheck.script.values import Method, Value, constant

_GENERATOR = "keras.preprocessing.image.ImageDataGenerator"
_FLOWS = ("flow_from_directory", "flow_from_dataframe")
_PREDICTS = frozenset({"predict", "predict_generator"})
_IN_ORDER = frozenset({"classes", "labels", "filenames", "filepaths"})


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    flows = [use for use in script.uses.owned(_GENERATOR) if use.name in _FLOWS]
    for flow in flows:
        shuffle = flow.argument(None, "shuffle")
        if shuffle is not None and constant(shuffle) is not True:
            continue
        predicts = next((use for use in script.uses if _predicts(use, flow.result)), None)
        compared = _compared(script, flow.result)
        if predicts is None or compared is None:
            continue
        yield Draft(
            flow.site,
            f"the images are shuffled, but their {compared[0]} are in the order of the files",
            (
                Because(predicts.site, "the model predicts for them, in shuffled order"),
                Because(compared[1].site, f"their {compared[0]} are used here"),
            ),
            "shuffle=False",
            cure=_cure(script, flow),
        )


def _predicts(use: Use, generator: Value) -> bool:
    if use.name not in _PREDICTS or use.owner != "model":
        return False
    return use.argument(0, "x", "generator") is generator


def _compared(script: Script, generator: Value) -> tuple[str, Use] | None:
    """The list in the order of the files that is passed to a call, and that call."""
    for use in script.uses:
        for value in use.every():
            if (
                isinstance(value, Method)
                and value.receiver is generator
                and value.name in _IN_ORDER
            ):
                return value.name, use
    return None


def _cure(script: Script, flow: Use) -> Cure | None:
    trained = any(run.arguments.get("x") is flow.result for run in script.runs)
    if trained:
        return None
    change = SetArgument(flow.call, "shuffle", "False")
    return Cure(Applicability.SAFE, "Keep the images in the order of their files", (change,))


RULE = Rule("TFC108", "shuffled-predictions", Severity.ERROR, check, __doc__)
