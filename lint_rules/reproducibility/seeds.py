"""Which generators of random numbers a script seeds, and what is drawn from them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tfcheck.changes import Replace
from tfcheck.rule import Site
from tfcheck.script import Script
from tfcheck.script.uses import Use
from tfcheck.script.values import constant, integer

PYTHON, NUMPY, TENSORFLOW = "Python", "NumPy", "TensorFlow"

# Keras 3 draws initial weights and the seeds of dropout from Python's generator; fit and tf.data
# shuffle by TensorFlow's, and scikit-learn by NumPy's.
_SEEDED = {
    "random.seed": frozenset({PYTHON}),
    "numpy.random.seed": frozenset({NUMPY}),
    "tensorflow.random.set_seed": frozenset({TENSORFLOW}),
    "tensorflow.random.set_random_seed": frozenset({TENSORFLOW}),
    "tensorflow.set_random_seed": frozenset({TENSORFLOW}),
    "keras.utils.set_random_seed": frozenset({PYTHON, NUMPY, TENSORFLOW}),
}

_CALLED = re.compile(r"[sS][eE][eE][dD]\w*(?=\s*\()")


class Seeding(NamedTuple):
    """A call that seeds something; ``place`` is its place among the uses of the script."""

    place: int
    use: Use
    generators: frozenset[str]


def seedings(script: Script) -> tuple[Seeding, ...] | None:
    """All calls that seed a generator; None where something unread may seed one as well."""
    found = tuple(_seedings(script))
    known = {each.use.name for each in found}
    known.update(function.code.name for each in found for function in each.use.functions)
    called = {word for block in script.source.blocks for word in _called(block.text)}
    return found if called <= known else None


def _called(text: str) -> Iterator[str]:
    """The names with "seed" in them that a text calls, sought from there: most names have none."""
    for found in _CALLED.finditer(text):
        start = found.start()
        while start and (text[start - 1].isalnum() or text[start - 1] == "_"):
            start -= 1
        yield text[start : found.end()]


def _seedings(script: Script) -> Iterator[Seeding]:
    for use in script.uses.of(*_SEEDED):
        if constant(use.argument(0, "seed")) is not None:
            yield Seeding(script.uses.index(use), use, _SEEDED[use.path])


def seeded(found: tuple[Seeding, ...]) -> frozenset[str]:
    """The generators that one of these calls seeds."""
    return frozenset[str]().union(*(each.generators for each in found))


def has_seeded_initializers(script: Script) -> bool:
    """Whether a layer is given where to start, whatever the generators say."""
    return any(
        use.more is not None or "seed" in use.keywords
        for use in script.uses.owned("keras.initializers")
    )


def seed_all(script: Script, use: Use) -> Replace | None:
    """Has the call seed all generators with the number that it has for one."""
    if use.call != use.site or integer(use.argument(0, "seed")) is None:
        return None
    names = [
        each.site.at
        for each in script.mentions
        if each.path == use.path and each.site.unit == use.call.unit and each.site.at > use.call.at
    ]
    if len(use.args) + len(use.keywords) != 1 or not names:
        return None
    return Replace(Site(use.call.unit, min(names)), "{keras.utils.set_random_seed}")
