"""A model with a lambda in it is saved, and cannot be loaded.

## What it does
Reports a `Lambda` layer around a Python lambda in a model that is saved as a whole: as an error
where the same script loads it again, as a warning otherwise.

## Why is this bad?
The code of the lambda is written into the file. As a file from elsewhere could hold any code,
`load_model` raises a `ValueError` when it meets one, unless it is told `safe_mode=False`; and the
code is that of one version of Python.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential(
    [keras.layers.Lambda(lambda t: t / 2), keras.layers.Dense(1, "sigmoid")]
)
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
model.save("moons.keras")
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Rescaling(1 / 2), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
model.save("moons.keras")
```

## Fix safety
No fix: a layer of your own takes more than an edit.

## What it does not claim
Anything where weights alone are saved, or where `safe_mode=False` or
`enable_unsafe_deserialization` stands in the script.

## References
- [Keras: Lambda layer](https://keras.io/api/layers/core_layers/lambda/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity, Site
from tfcheck.script import Script
from tfcheck.script.training import Layer
from tfcheck.script.values import Function, constant

from .saved import Saved, saved_models


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    if _trusts(script):
        return
    found: dict[Site, Saved] = {}
    for saved in saved_models(script):
        for layer in saved.model.all_layers():
            known = found.get(layer.site)
            if _is_lambda(layer) and (known is None or known.loaded is None):
                found[layer.site] = saved
    for site, saved in found.items():
        because = [Because(saved.site, "the model is saved")]
        if saved.loaded is not None:
            because.append(Because(saved.loaded.call, "it is loaded again"))
        yield Draft(
            site if site.unit in script.units else saved.site,
            "a lambda is saved with the model: load_model raises a ValueError when it meets it",
            tuple(because),
            "a layer of Keras that does the same, or one of your own that is registered",
            Severity.ERROR if saved.loaded is not None else None,
        )


def _is_lambda(layer: Layer) -> bool:
    function = layer.argument("function")
    return (
        layer.path == "keras.layers.Lambda"
        and isinstance(function, Function)
        and function.code.name == "<lambda>"
    )


def _trusts(script: Script) -> bool:
    """Whether the script says that it trusts what it loads."""
    return bool(script.uses.named("enable_unsafe_deserialization")) or any(
        constant(use.keywords.get("safe_mode")) is False
        for use in script.uses.of("keras.models.load_model")
    )


RULE = Rule("TFC860", "lambda-layer-saved", Severity.WARNING, check, __doc__)
