"""A seed is set after what it should decide.

## What it does
Reports a seed that is set between the making of a model and its training, or after a split at
random, where nothing was seeded before.

## Why is this bad?
The layers of Keras draw the seeds of their initial weights when they are made, and
`train_test_split` draws when it is called. What is seeded later changes neither, so the result
differs from run to run although the script seems to be seeded.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200, random_state=0)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
keras.utils.set_random_seed(7)
model.fit(x, y, epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

keras.utils.set_random_seed(7)
x, y = make_moons(200, random_state=0)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
```

## Fix safety
No fix.

## What it does not claim
Anything about seeds that are set again, and about code in functions, loops and branches.

## References
- [Keras: set_random_seed](https://keras.io/api/utils/python_utils/#set_random_seed-function)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Model
from tfcheck.script.uses import Use

from .seeds import NUMPY, PYTHON, Seeding, has_seeded_initializers, seedings
from .splitting import is_random


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    found = seedings(script) if script.runs else ()
    if not found or not all(_is_plain(each.use) for each in found):
        return
    for generator, drawn in ((PYTHON, _models), (NUMPY, _splits)):
        seeding = next((each for each in found if generator in each.generators), None)
        draws = drawn(script, seeding) if seeding is not None else None
        if seeding is None or draws is None:
            continue
        use, what = draws
        yield Draft(
            seeding.use.site,
            f"{generator} is seeded after {what}, which this seed no longer decides",
            (Because(use.call, f"here {what}"),),
            "the seed before anything that draws random numbers",
        )


def _models(script: Script, seeding: Seeding) -> tuple[Use, str] | None:
    """A model that is made before the seed is set and trained after it."""
    if has_seeded_initializers(script):
        return None
    trained = {
        use.receiver
        for use in script.uses.of("model.fit")
        if _is_plain(use) and script.uses.index(use) > seeding.place
    }
    fresh = {
        run.model.reference
        for run in script.runs
        if isinstance(run.model, Model) and run.model.kind in ("sequential", "functional")
    }
    for use in script.uses[: seeding.place]:
        made = use.path in ("keras.Sequential", "keras.Model") and _is_plain(use)
        # Layers that are added later may be made after the seed.
        if made and (use.args or use.keywords) and use.result in trained & fresh:
            return use, "the model is made"
    return None


def _splits(script: Script, seeding: Seeding) -> tuple[Use, str] | None:
    for use in script.uses[: seeding.place]:
        if is_random(use) and use.name == "train_test_split" and _is_plain(use):
            return use, "the data is split"
    return None


def _is_plain(use: Use) -> bool:
    return not (use.functions or use.loops or use.branches or use.guarded)


RULE = Rule("TFC642", "seed-after-use", Severity.WARNING, check, __doc__)
