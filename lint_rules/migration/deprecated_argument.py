"""An argument is passed by a name that Keras announced to go.

## What it does
Reports arguments that Keras 3 still understands and warns about: `LeakyReLU(alpha=)`,
`Embedding(input_length=)`.

## Why is this bad?
It will fail with a later Keras, and until then the warning hides others.

## Example
```python
import keras

model = keras.Sequential([keras.layers.Dense(8), keras.layers.LeakyReLU(alpha=0.1)])
```

## Use instead
```python
import keras

model = keras.Sequential([keras.layers.Dense(8), keras.layers.LeakyReLU(negative_slope=0.1)])
```

## Fix safety
Safe: Keras does the same itself.

## What it does not claim
That anything is wrong today. `input_shape=` of a first layer, which Keras warns about too, is left
alone.

## References
- [Keras: LeakyReLU](https://keras.io/api/layers/activation_layers/leaky_relu/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lint_rules.migration.passed import cure, function, instead, named, passed
from lint_rules.migration.rows import WARNS
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for use, rows in passed(script, WARNS):
        yield Draft(
            use.site,
            f"{named(rows)} of {function(use)} is deprecated",
            (),
            instead(use, rows),
            cure=cure(use, rows),
        )


RULE = Rule("TFC905", "deprecated-argument", Severity.NOTE, check, __doc__)
