"""A module, class or function is used that the library has no longer.

## What it does
Reports imports and attributes that Keras 3 and TensorFlow 2 took away: `keras.layers.core`,
`keras.utils.np_utils`, most of `keras.backend`, `tf.contrib`, `tf.set_random_seed`.

## Why is this bad?
The script ends there with an `ImportError`, a `ModuleNotFoundError` or an `AttributeError`: at its
first line, or after an hour, if that is when the name is reached.

## Example
```python
import numpy as np
from keras.layers.core import Dense
from keras.models import Sequential
from keras.utils import np_utils

model = Sequential([Dense(2, activation="softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy")
labels = np_utils.to_categorical(np.array([0, 1]))
model.fit(np.array([[0.1, 0.2], [0.3, 0.4]]), labels, epochs=2)
```

## Use instead
```python
import numpy as np
from keras.layers import Dense
from keras.models import Sequential
from keras.utils import to_categorical

model = Sequential([Dense(2, activation="softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy")
labels = to_categorical(np.array([0, 1]))
model.fit(np.array([[0.1, 0.2], [0.3, 0.4]]), labels, epochs=2)
```

## Fix safety
Safe where the same thing has another name now. Unsafe where `tf.keras` has kept what `keras` lost,
as that ties the script to TensorFlow, where one thing takes the place of another, as
`keras.optimizers.Adam` does of `keras.optimizers.legacy.Adam`, and where an import is taken out
that nothing in the file uses.

## What it does not claim
Anything about what is tried first, as in `try: from keras.utils import np_utils`, about what
depends on a test in a script that looks at versions, about `tf_keras`, or about a project that
asks for an older version in its dependency files, in a notebook's `!pip install`, or as
`target-keras` or `target-tensorflow` in the configuration.

## References
- [Keras: migrating to Keras 3](https://keras.io/guides/migrating_to_keras_3/)
- [TensorFlow: migrate to TensorFlow 2](https://www.tensorflow.org/guide/migrate)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from lint_rules.migration.asked import asked_of, home_of, shown, under
from lint_rules.migration.backend_names import BACKEND_NAMES
from lint_rules.migration.moved_modules import MOVED_MODULES
from lint_rules.migration.removed_names import REMOVED_NAMES
from lint_rules.migration.rows import SAFE, UNSAFE, Module, Name, holds, met
from lint_rules.migration.tensorflow_names import TENSORFLOW_NAMES
from tfcheck.changes import Applicability, Change, Cure, RemoveStatement, RenameImport, Replace
from tfcheck.rule import Draft, OptionValue, Rule, Severity, Site
from tfcheck.script import Mention, Script

NAMES: Mapping[str, Name] = {
    row.name: row for row in (*REMOVED_NAMES, *BACKEND_NAMES, *TENSORFLOW_NAMES)
}
MODULES: Mapping[str, Module] = {row.name: row for row in MOVED_MODULES}


class Gone(NamedTuple):
    """What is missing, and what may be written in its place."""

    mention: Mention
    row: Name | Module
    to: str | None
    fix: Applicability | None
    instead: str | None


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    by_place: dict[tuple[Site, str], list[Gone]] = {}
    for mention in asked_of(script).names("import", "star", "attribute"):
        home, path = home_of(mention.spelled)
        gone = _gone(mention)
        if gone is None or not holds(gone.row, script.targets, home):
            continue
        if isinstance(gone.row, Name) and home not in gone.row.homes:
            continue
        # What is to be thought about is not held together with what only moved.
        name = gone.row.name if gone.to and gone.fix else path
        by_place.setdefault((mention.site, name), []).append(gone)
    yield from (_draft(script, name, found) for (_, name), found in by_place.items())


def _draft(script: Script, name: str, found: Sequence[Gone]) -> Draft:
    """One finding for all that one import takes from one module."""
    first = found[0]
    home, _ = home_of(first.mention.spelled)
    who = first.row.lacks if isinstance(first.row, Name) else None
    instead = dict.fromkeys(
        each.instead or shown(under(home, each.to or ""))
        for each in found
        if each.instead or each.to
    )
    return Draft(
        first.mention.site,
        f"{who or met(script.targets, home, first.row.since)} has no {shown(under(home, name))}",
        (),
        ", ".join(instead) or None,
        cure=_cure(script, home, found),
    )


def _gone(mention: Mention) -> Gone | None:
    """The row that a name falls under: of its own, or of a module that it is imported from."""
    _, path = home_of(mention.spelled)
    if not _is_near_a_row(path):
        return None
    above = list(_prefixes(path))
    if mention.kind != "import":
        # What is reached through a name that is gone is reported where that one is written.
        return None if any(_row(each) for each in above) else _exactly(mention, path)
    within = (_within(mention, each, path) for each in above)
    return _exactly(mention, path) or next((each for each in within if each), None)


def _exactly(mention: Mention, path: str) -> Gone | None:
    row = _row(path)
    if isinstance(row, Name):
        return Gone(mention, row, row.to, row.fix, row.instead)
    if isinstance(row, Module):
        return Gone(mention, row, row.to, SAFE if row.whole else None, None)
    return None


def _within(mention: Mention, module: str, path: str) -> Gone | None:
    """A name that is imported from a module that is gone."""
    row = MODULES.get(module) or NAMES.get(module)
    rest = path.removeprefix(f"{module}.")
    if isinstance(row, Name):
        to = f"{row.to}.{rest}" if row.to else None
        return Gone(mention, row, to, row.fix, row.instead)
    if not isinstance(row, Module):
        return None
    further = NAMES.get(f"{row.to}.{rest}")
    if further is not None:
        return Gone(mention, row, further.to, further.fix, further.instead)
    if rest not in row.names:
        return Gone(mention, row, None, None, None)
    return Gone(mention, row, f"{row.to}.{rest}", SAFE, None)


@cache  # scripts write the same names again and again, and hardly any is gone
def _is_near_a_row(path: str) -> bool:
    return any(_row(each) for each in (path, *_prefixes(path)))


def _row(path: str) -> Name | Module | None:
    return NAMES.get(path) or MODULES.get(path)


def _prefixes(path: str) -> Iterator[str]:
    while "." in path:
        path = path.rpartition(".")[0]
        yield path


def _cure(script: Script, home: str, found: Sequence[Gone]) -> Cure | None:
    """Write what has a name still by that name, and leave what nothing uses."""
    known = [(each, each.to, each.fix) for each in found if each.to and each.fix]
    if not known:
        return _unused(script, found)
    fix = UNSAFE if any(fix is UNSAFE for _, _, fix in known) else SAFE
    changes: list[Change] = []
    for each, to, _ in known:
        mention, spelled = each.mention, under(home, to)
        if mention.kind == "import":
            changes.append(RenameImport(mention.site, mention.spelled, spelled))
        elif mention.kind == "star":
            # It may bring more names than the old module did.
            fix = UNSAFE
            changes.append(Replace(mention.site, f"from {spelled} import *"))
        else:
            text = f"{{{spelled}}}" if "." in spelled else spelled
            changes.append(Replace(mention.site, text))
    names = dict.fromkeys(shown(under(home, to)) for _, to, _ in known)
    return Cure(fix, f"use {', '.join(names)}", tuple(changes))


def _unused(script: Script, found: Sequence[Gone]) -> Cure | None:
    """Without an import of which nothing comes, where all of the file was read."""
    first = found[0].mention
    used = {each.spelled for each in script.mentions if each.kind != "import"}
    imported = {each.spelled for each in script.mentions if each.site == first.site}
    if first.kind != "import" or script.problems:
        return None
    if any(f"{name}.".startswith(f"{each}.") for name in used for each in imported):
        return None
    # Another file may import it from here.
    return Cure(UNSAFE, "nothing here uses it", (RemoveStatement(first.site),))


RULE = Rule("TFC901", "removed-name", Severity.ERROR, check, __doc__)
