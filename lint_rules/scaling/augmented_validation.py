"""Validation images are turned, shifted or flipped at random.

## What it does
Reports validation data, or data that a model is evaluated on, that come from an
`ImageDataGenerator` with random changes, or from a `tf.data` pipeline with random layers. The
classic is one generator with `validation_split`, of which both subsets are taken.

## Why is this bad?
The score is of other images than those that the model is for, and another one each time. Early
stopping and checkpoints follow the noise, and two models cannot be compared by it.

## Example
```python
import keras
from tensorflow.keras.preprocessing.image import ImageDataGenerator

images = ImageDataGenerator(rescale=1 / 255, rotation_range=20, validation_split=0.2)
train = images.flow_from_directory("images", class_mode="binary", subset="training")
validation = images.flow_from_directory("images", class_mode="binary", subset="validation")
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(train, epochs=5, validation_data=validation)
```

## Use instead
```python
import keras
from tensorflow.keras.preprocessing.image import ImageDataGenerator

images = ImageDataGenerator(rescale=1 / 255, rotation_range=20, validation_split=0.2)
plain = ImageDataGenerator(rescale=1 / 255, validation_split=0.2)
train = images.flow_from_directory("images", class_mode="binary", subset="training")
validation = plain.flow_from_directory("images", class_mode="binary", subset="validation")
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(train, epochs=5, validation_data=validation)
```

## Fix safety
No fix: it takes a second generator.

## What it does not claim
Anything about predictions, as changing an image at random and averaging what is predicted is a
method of its own.

## References
- [Keras: ImageDataGenerator](https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/image/ImageDataGenerator)
- [Keras: image augmentation layers](https://keras.io/api/layers/preprocessing_layers/image_augmentation/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.held_out import held_out
from tfcheck.script.lineage import made_of
from tfcheck.script.store import ObjectState
from tfcheck.script.uses import Use
from tfcheck.script.values import Value, constant

_FLOWS = frozenset({"flow", "flow_from_directory", "flow_from_dataframe"})
_GENERATOR = "keras.preprocessing.image.ImageDataGenerator"
_RANDOM_ARGUMENTS = (
    "rotation_range width_shift_range height_shift_range brightness_range shear_range zoom_range "
    "channel_shift_range horizontal_flip vertical_flip"
).split()
_RANDOM_LAYERS = frozenset(
    "RandomFlip RandomRotation RandomZoom RandomCrop RandomTranslation RandomHeight RandomWidth "
    "random_flip_left_right random_flip_up_down random_crop".split()
)
_INSTEAD = "a generator or a pipeline of its own, without random changes"


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    flows = [use for use in script.uses.owned(_GENERATOR) if use.name in _FLOWS]
    for run in script.runs:
        for held in held_out(script, run):
            if held.how == "predict" or not isinstance(held.given, Data):
                continue
            if held.given is run.arguments.get("x"):
                continue
            found = _augmented(held.given, flows)
            if found is not None:
                how = "validation" if held.use is None else "test"
                message = f"{how} images are changed at random"
                yield Draft(held.site, message, (found,), _INSTEAD)


def _augmented(data: Data, flows: list[Use]) -> Because | None:
    """What changes the images at random."""
    for use in flows:
        argument = _random_argument(use) if use.result is data else None
        if argument is not None:
            return Because(use.site, f"they come from a generator with {argument}")
    for step in made_of(data) if data.form == "dataset" else ():
        if step.what in _RANDOM_LAYERS:
            return Because(step.site, f"{step.what} changes them")
    return None


def _random_argument(use: Use) -> str | None:
    if not isinstance(use.state, ObjectState):
        return None
    config: Mapping[str, Value] = use.state.config
    return next(
        (name for name in _RANDOM_ARGUMENTS if constant(config.get(name)) not in _OFF), None
    )


_OFF = (None, ..., False, 0, 0.0)


RULE = Rule("TFC107", "augmented-validation", Severity.WARNING, check, __doc__)
