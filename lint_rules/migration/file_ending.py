"""A model is saved or loaded under a name that Keras does not accept.

## What it does
Reports paths that are written out and end as Keras 3 does not let them: weights in `.weights.h5`,
a whole model in `.keras`, `.h5` or `.hdf5`, and with `ModelCheckpoint` in `.keras` or `.h5`.

## Why is this bad?
`save`, `save_weights` and `load_model` end the script with a `ValueError`, the first two once the
model is trained. `ModelCheckpoint` does when it is made.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=20)
model.save_weights("moons.h5")
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=20)
model.save_weights("moons.weights.h5")
```

## Fix safety
Unsafe: the file gets another name, here and wherever the script reads it again, and another
program may look for the old one.

## What it does not claim
Anything about paths that are put together when the script runs.

## References
- [Keras: saving](https://keras.io/guides/serialization_and_saving/)
- [Keras: ModelCheckpoint](https://keras.io/api/callbacks/model_checkpoint/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from lint_rules.migration.asked import asked_of, home_of
from lint_rules.migration.rows import BOTH, KERAS_3, UNSAFE, met
from tfcheck.changes import Cure, Rewrite
from tfcheck.rule import Draft, OptionValue, Rule, Severity, Site
from tfcheck.script import Script, Use
from tfcheck.script.values import Const, Unknown, constant

WEIGHTS = (".weights.h5",)
MODEL = (".keras", ".h5", ".hdf5")
CHECKPOINT = (".keras", ".h5")

# Where each function takes its path, what that may end in, and what it had best end in.
_FUNCTIONS = {
    "model.save": (0, MODEL, ".keras"),
    "model.save_weights": (0, WEIGHTS, ".weights.h5"),
    "keras.models.save_model": (1, MODEL, ".keras"),
    "keras.models.load_model": (0, MODEL, None),
}
_READERS = {"model.load_weights": 0, "keras.models.load_model": 0}
_FORMER_ENDINGS = (".weights.h5", ".h5", ".hdf5", ".keras", ".ckpt", ".tf", ".model", ".weights")


class Named(NamedTuple):
    """A path that a call is given, with the endings that it takes."""

    use: Use
    path: Const | Unknown
    endings: tuple[str, ...]
    best: str | None

    @property
    def text(self) -> str:
        """What is known of it, from the end."""
        return str(self.path.value) if isinstance(self.path, Const) else f"...{self.path.ending}"


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    target = script.targets.keras
    if target is not None and target < KERAS_3:
        return
    asked = asked_of(script)
    functions = (use for use in asked.functions if home_of(use.spelled)[0] in BOTH)
    uses = [*functions, *asked.methods]
    for use in uses:
        named = _named(use)
        if named is None or _may_fit(named.text, named.endings):
            continue
        yield Draft(
            use.site,
            f"{met(script.targets)} takes no {named.text!r} here: "
            f"it must end in {' or '.join(named.endings)}",
            (),
            _instead(named),
            cure=_cure(script, uses, named),
        )


def _named(use: Use) -> Named | None:
    if use.path == "keras.callbacks.ModelCheckpoint":
        weights = use.argument(None, "save_weights_only")
        only = False if weights is None else constant(weights)
        path = _path(use, 0)
        if path is None or not isinstance(only, bool):
            return None
        return Named(
            use, path, WEIGHTS if only else CHECKPOINT, ".weights.h5" if only else ".keras"
        )
    if use.path not in _FUNCTIONS:
        return None
    position, endings, best = _FUNCTIONS[use.path]
    path = _path(use, position)
    return Named(use, path, endings, best) if path is not None else None


def _path(use: Use, position: int) -> Const | Unknown | None:
    """The path that a call is given, where it or its end is a string that is known for sure."""
    found = use.argument(position, "filepath")
    if isinstance(found, Unknown):
        return found if found.ending else None
    if not isinstance(found, Const) or found.default is not None:
        return None
    return found if isinstance(found.value, str) and found.value else None


def _may_fit(text: str, endings: tuple[str, ...]) -> bool:
    known = text.removeprefix("...")
    return known.endswith(endings) or (known != text and any(e.endswith(known) for e in endings))


def _instead(named: Named) -> str:
    if named.best is None:
        return "a file that Keras 3 saved, or keras.layers.TFSMLayer for a SavedModel"
    if isinstance(named.path, Unknown) or named.text.endswith("/"):
        return f"the name of a file that ends in {named.best}"
    return repr(_renamed(named))


def _renamed(named: Named) -> str:
    path = named.text
    former = next((each for each in _FORMER_ENDINGS if path.endswith(each)), "")
    kept = path.removesuffix(former)
    return kept + str(named.best) if PurePosixPath(kept).name else path + str(named.best)


def _cure(script: Script, uses: Sequence[Use], named: Named) -> Cure | None:
    """The new name, wherever the script writes the old one for one of these calls."""
    if named.best is None or isinstance(named.path, Unknown) or named.text.endswith("/"):
        return None
    values: dict[Site, set[object]] = {}
    for use in uses:
        position = 0 if use.path.endswith("ModelCheckpoint") else None
        position = _FUNCTIONS[use.path][0] if use.path in _FUNCTIONS else position
        position = _READERS.get(use.path, position)
        found = _path(use, position) if position is not None else None
        if isinstance(found, Const) and found.site is not None:
            values.setdefault(found.site, set()).add(found.value)
    sites = [site for site, found in values.items() if named.path.value in found]
    if any(len(values[site]) > 1 or site.unit not in script.units for site in sites):
        return None
    old, new = named.text, _renamed(named)
    changes = tuple(Rewrite(site, old, new) for site in sites)
    return Cure(UNSAFE, f"call it {new!r}", changes)


RULE = Rule("TFC907", "file-ending", Severity.ERROR, check, __doc__)
