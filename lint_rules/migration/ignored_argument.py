"""An argument is passed that Keras ignores.

## What it does
Reports `decay=` of an optimizer, which Keras 3 accepts and does nothing with.

## Why is this bad?
The learning rate stays where it was to fall. Keras says so in a warning among many, and the model
trains to other results than it did.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
optimizer = keras.optimizers.SGD(learning_rate=0.1, decay=0.001, momentum=0.9)
model.compile(optimizer=optimizer, loss="binary_crossentropy")
model.fit(x, y, epochs=20)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
rate = keras.optimizers.schedules.InverseTimeDecay(0.1, decay_steps=1, decay_rate=0.001)
optimizer = keras.optimizers.SGD(learning_rate=rate, momentum=0.9)
model.compile(optimizer=optimizer, loss="binary_crossentropy")
model.fit(x, y, epochs=20)
```

## Fix safety
Safe where `decay` is 0. Else unsafe: the schedule that it stood for is written out, and with a
schedule no callback can set the learning rate.

## What it does not claim
That the decay did any good. Silent where no model is compiled with the optimizer.

## References
- [Keras: InverseTimeDecay](https://keras.io/api/optimizers/learning_rate_schedules/inverse_time_decay/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lint_rules.migration.passed import cure, function, instead, named, passed
from lint_rules.migration.rows import IGNORED, UNSAFE, met
from tfcheck.changes import Cure, RemoveArgument, SetArgument, Written
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script, Use
from tfcheck.script.values import NONE, Const, Ref, Symbol, number
from tfcheck.script.values import options as each_of

_DEFAULT_RATES = {"SGD": 0.01}


_SETTERS = frozenset({"LearningRateScheduler", "ReduceLROnPlateau"})


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for use, rows in passed(script, IGNORED):
        if _is_idle(script, use):
            continue
        held = _sets_the_rate(script)
        yield Draft(
            use.site,
            f"{met(script.targets)} ignores {named(rows)} of {function(use)}",
            (),
            "the callback that sets the learning rate, by itself" if held else instead(use, rows),
            # A decay of nothing is no loss, only a warning each time.
            Severity.NOTE if all(number(use.keywords[row.name]) == 0 for row in rows) else None,
            cure(use, rows) or (None if held else _schedule(use)),
        )


def _is_idle(script: Script, use: Use) -> bool:
    """Whether an optimizer is made for nothing: all models are compiled with others."""
    made = {each.result for each in script.uses.at(use.call) if isinstance(each.result, Ref)}
    compiled = script.uses.named("compile")
    given = [one for each in compiled for one in each_of(each.argument(0, "optimizer") or NONE)]
    known = all(isinstance(each, Const | Ref | Symbol) and each not in made for each in given)
    return bool(made and given) and known and not any(map(script.uses.on, made))


def _sets_the_rate(script: Script) -> bool:
    """Whether a callback may set the rate, which a schedule does not let it."""
    own = any(each.path == "keras.callbacks.Callback" for each in script.mentions)
    return own or bool(script.uses.named(*_SETTERS))


def _schedule(use: Use) -> Cure | None:
    """Keras 2 divided the rate by 1 + decay * step, as this schedule does."""
    decay = number(use.keywords["decay"])
    given = use.argument(0, "learning_rate")
    rate = number(given) if given is not None else _DEFAULT_RATES.get(use.name, 0.001)
    if not decay or rate is None or "lr" in use.keywords:
        return None
    schedule = "{keras.optimizers.schedules.InverseTimeDecay}(RATE, decay_steps=1, decay_rate={0})"
    written = [Written(use.call, "decay")]
    if given is not None:
        written.append(Written(use.call, "learning_rate", 0))
    schedule = schedule.replace("RATE", repr(rate) if given is None else "{1}")
    changes = (
        RemoveArgument(use.call, "decay"),
        SetArgument(use.call, "learning_rate", schedule, 0, tuple(written)),
    )
    return Cure(UNSAFE, "write the schedule out", changes)


RULE = Rule("TFC904", "ignored-argument", Severity.WARNING, check, __doc__)
