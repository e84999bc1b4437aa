"""Data is split at random, and in another way in each run.

## What it does
Reports `train_test_split` and shuffled splitters of scikit-learn without `random_state`, in a
script that trains and seeds NumPy nowhere.

## Why is this bad?
Each run tests on other samples. On a small data set the score moves by more than most changes of
a model do, so two runs cannot be compared; and a model that is loaded again is tested on samples
that it was trained on.

## Example
```python
import keras
from sklearn.datasets import make_moons
from sklearn.model_selection import train_test_split

x, y = make_moons(200)
x_train, x_test, y_train, y_test = train_test_split(x, y)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x_train, y_train, epochs=5)
model.evaluate(x_test, y_test)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons
from sklearn.model_selection import train_test_split

x, y = make_moons(200)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x_train, y_train, epochs=5)
model.evaluate(x_test, y_test)
```

## Fix safety
Unsafe: another part of the data is tested than before.

## What it does not claim
That the rest of the script gives the same result twice. Silent where a function that was not read
may seed NumPy, by its name.

## References
- [scikit-learn: controlling randomness](https://scikit-learn.org/stable/common_pitfalls.html#controlling-randomness)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, SetArgument
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script

from .seeds import NUMPY, seeded, seedings
from .splitting import SPLITTERS, is_random


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    splits = [use for use in script.uses.owned(SPLITTERS) if is_random(use)]
    found = seedings(script) if splits and script.runs else None
    if found is None or NUMPY in seeded(found):
        return
    for use in splits:
        change = SetArgument(use.call, "random_state", "0")
        yield Draft(
            use.site,
            f"{use.name} without random_state splits in another way in each run",
            instead="random_state=0, or any other number",
            cure=Cure(Applicability.UNSAFE, "Split in the same way in each run", (change,))
            if use.call == use.site
            else None,
        )


RULE = Rule("TFC641", "split-without-random-state", Severity.NOTE, check, __doc__)
