"""A layer or model of your own is saved, and Keras cannot find its class again.

## What it does
Reports a class of the script that is saved as a part of a model and nowhere registered: as an
error where the same script loads the model without `custom_objects`, as a note otherwise.

## Why is this bad?
The file holds the name of the class. `load_model` looks for it among the classes of Keras and those
that are registered, and raises a `TypeError` when it is not there, even in the script that
defines it.

## Example
```python
import keras
from sklearn.datasets import make_moons


class Scale(keras.layers.Layer):
    def call(self, inputs):
        return inputs / 2


x, y = make_moons(200)
model = keras.Sequential([Scale(), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
model.save("moons.keras")
again = keras.models.load_model("moons.keras")
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons


@keras.saving.register_keras_serializable()
class Scale(keras.layers.Layer):
    def call(self, inputs):
        return inputs / 2


x, y = make_moons(200)
model = keras.Sequential([Scale(), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
model.save("moons.keras")
again = keras.models.load_model("moons.keras")
```

## Fix safety
Unsafe: the name under which the class is saved changes. There is none for a class whose
`__init__` takes no `**kwargs`, which Keras could not make again.

## What it does not claim
Anything where weights alone are saved, where a class is decorated in any way, and where the script
speaks of custom objects anywhere.

## References
- [Keras: save, serialize, and export models](https://keras.io/guides/serialization_and_saving/#custom-objects)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tfcheck.changes import Applicability, Cure, InsertBefore
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Model
from tfcheck.script.uses import Use
from tfcheck.script.values import Class, Function

from .saved import Saved, saved_models

_REGISTERING = frozenset(
    {
        "CustomObjectScope",
        "custom_object_scope",
        "get_custom_objects",
        "register_keras_serializable",
    }
)


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    if _registers(script):
        return
    found: dict[Class, Saved] = {}
    for saved in saved_models(script):
        for of in _classes(saved.model):
            known = found.get(of)
            if not of.decorated and (known is None or known.loaded is None):
                found[of] = saved
    for of, saved in found.items():
        because = [Because(saved.site, "it is saved as a part of a model")]
        if saved.loaded is not None:
            because.append(Because(saved.loaded.call, "the model is loaded again"))
        here = of.site.unit in script.units
        change = InsertBefore(of.site, "@{keras.saving.register_keras_serializable}()")
        yield Draft(
            of.site if here else saved.site,
            f"{of.name} is saved and not registered: load_model raises a TypeError unless it is "
            "given in custom_objects",
            tuple(because),
            "@keras.saving.register_keras_serializable() above the class",
            None if saved.loaded is not None else Severity.NOTE,
            Cure(Applicability.UNSAFE, f"Register {of.name}", (change,))
            if here and _can_be_made_again(of)
            else None,
        )


def _registers(script: Script) -> bool:
    given = any("custom_objects" in use.keywords or use.more is not None for use in _loads(script))
    mentioned = (each.path.rpartition(".")[2] for each in script.mentions)
    called = script.uses.named(*_REGISTERING)
    return given or bool(called) or not _REGISTERING.isdisjoint(mentioned)


def _loads(script: Script) -> Sequence[Use]:
    return script.uses.of("keras.models.load_model")


def _classes(model: Model) -> Iterator[Class]:
    if model.of is not None:
        yield model.of
    yield from (layer.of for layer in model.all_layers() if layer.of is not None)


def _can_be_made_again(of: Class) -> bool:
    """Whether its constructor takes the name and kind that Keras gives it."""
    constructor = of.lookup("__init__")
    return constructor is None or (
        isinstance(constructor, Function)
        and any(each.kind == "double-star" for each in constructor.code.parameters)
    )


RULE = Rule("TFC861", "unregistered-class", Severity.ERROR, check, __doc__)
