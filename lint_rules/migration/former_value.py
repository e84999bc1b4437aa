"""A value is passed that Keras understood once.

## What it does
Reports `metrics="accuracy"` where Keras 3 takes a list, and names of losses and of reductions that
Keras 3 does not know, as `loss="logcosh"` and `reduction="auto"`.

## Why is this bad?
`compile` ends the script with a `ValueError`; for the name of a loss `fit` does, when it looks it
up.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics="accuracy")
model.fit(x, y, epochs=20)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=20)
```

## Fix safety
Safe: it is the same loss, metric or reduction.

## What it does not claim
Anything about values that are not known when the script is read, or about a project that asks for
an older Keras (see `removed-name`).

## References
- [Keras: losses](https://keras.io/api/losses/)
- [Keras: compile](https://keras.io/api/models/model_training_apis/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lint_rules.migration.asked import asked_of, home_of
from lint_rules.migration.former_values import FORMER_VALUES
from lint_rules.migration.rows import BOTH, KERAS_3, SAFE, Value, holds, met
from tfcheck.changes import Cure, SetArgument
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script, Use
from tfcheck.script.values import Value as OtherValue
from tfcheck.script.values import string

_METRICS = Value(frozenset({"model.compile"}), "metrics", 2, "", "", KERAS_3)


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for use, home in _calls(script):
        for row in FORMER_VALUES:
            if use.path in row.of and holds(row, script.targets, home):
                yield from _renamed(script, use, row)
        if use.path in _METRICS.of and holds(_METRICS, script.targets, home):
            yield from _metrics(script, use)


def _calls(script: Script) -> Iterator[tuple[Use, str]]:
    asked = asked_of(script)
    for use in asked.functions:
        home, _ = home_of(use.spelled)
        if home in BOTH:
            yield use, home
    for use in asked.methods:
        yield use, "keras"


def _renamed(script: Script, use: Use, row: Value) -> Iterator[Draft]:
    if string(use.argument(row.position, row.argument)) != row.value:
        return
    change = SetArgument(use.call, row.argument, repr(row.to), row.position)
    yield Draft(
        use.site,
        f"{met(script.targets)} knows no {row.argument} {row.value!r}",
        (),
        f"{row.argument}={row.to!r}",
        cure=Cure(SAFE, f"call it {row.to!r}", (change,)),
    )


def _metrics(script: Script, use: Use) -> Iterator[Draft]:
    value = use.argument(_METRICS.position, _METRICS.argument)
    given = string(value)
    if given is None:
        yield from _metric(script, use, value)
        return
    change = SetArgument(use.call, _METRICS.argument, f"[{given!r}]", _METRICS.position)
    yield Draft(
        use.site,
        f"{met(script.targets)} takes a list of metrics, not the string {given!r}",
        (),
        f"metrics=[{given!r}]",
        cure=Cure(SAFE, "make a list of it", (change,)),
    )


def _metric(script: Script, use: Use, value: OtherValue | None) -> Iterator[Draft]:
    """A metric itself, where a list of them belongs."""
    made = (each for each in script.uses if each.path.startswith("keras.metrics."))
    found = next((each for each in made if each.result == value), None)
    if found is not None:
        yield Draft(
            use.site,
            f"{met(script.targets)} takes a list of metrics, not {found.name} itself",
            (),
            "the metric in square brackets",
        )


RULE = Rule("TFC906", "former-value", Severity.ERROR, check, __doc__)
