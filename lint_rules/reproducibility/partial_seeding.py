"""Something is seeded, and what Keras draws from is not.

## What it does
Reports a script that trains and seeds random numbers, but not all that its training hangs on:
with `np.random.seed` or `random.seed` and nothing of TensorFlow as a warning, with
`tf.random.set_seed` and nothing of Python as a note.

## Why is this bad?
The seed promises the same result in each run, and Keras 3 does not keep that promise. It draws
initial weights and the seeds of dropout from Python's generator, and `fit` shuffles by
TensorFlow's: `np.random.seed` reaches neither. In Keras 2 `tf.random.set_seed` reached the weights;
in Keras 3 it does not.

## Example
```python
import keras
import numpy as np
from sklearn.datasets import make_moons

np.random.seed(7)
x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

keras.utils.set_random_seed(7)
x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
```

## Fix safety
Unsafe: other numbers are drawn than before. There is none where the seed is not a known integer.

## What it does not claim
That a seed is needed: a script without any is left alone. Silent where a function that was not
read may seed, by its name, and where an initializer gets a seed of its own.

## References
- [Keras: set_random_seed](https://keras.io/api/utils/python_utils/#set_random_seed-function)
- [Keras: reproducibility in Keras models](https://keras.io/examples/keras_recipes/reproducibility_recipes/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.training import Model, TrainingRun
from tfcheck.script.values import constant

from .seeds import PYTHON, TENSORFLOW, has_seeded_initializers, seed_all, seeded, seedings

_WEIGHTS = "the initial weights"
_ORDER = "the order of the samples"


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    run = next((each for each in script.runs if _begins(each)), None)
    found = seedings(script)
    if run is None or not found or has_seeded_initializers(script):
        return
    generators = seeded(found)
    missed = [] if PYTHON in generators else [_WEIGHTS]
    if TENSORFLOW not in generators and _shuffles(run):
        missed.append(_ORDER)
    if not missed:
        return
    use = found[0].use
    change = seed_all(script, use)
    yield Draft(
        use.site,
        f"nothing but {' and '.join(sorted(generators))} is seeded: "
        f"{' and '.join(missed)} still change from run to run",
        (Because(run.call, "the model is trained"),),
        "keras.utils.set_random_seed(...), which seeds Python, NumPy and TensorFlow",
        cure=Cure(Applicability.UNSAFE, "Seed all generators", (change,)) if change else None,
    )


def _begins(run: TrainingRun) -> bool:
    """Whether a model with weights of its own is trained."""
    return isinstance(run.model, Model) and run.model.kind in ("sequential", "functional")


def _shuffles(run: TrainingRun) -> bool:
    """Whether ``fit`` brings arrays into another order."""
    arrays = run.method == "fit" and any(
        isinstance(each, Data) and each.form in ("array", "frame") for each in run.features
    )
    return arrays and run.more is None and constant(run.arguments.get("shuffle")) in (..., True)


RULE = Rule("TFC640", "partial-seeding", Severity.NOTE, check, __doc__)
