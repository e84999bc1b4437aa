"""How data are passed to a training run."""

from __future__ import annotations

from tfcheck.changes import Applicability, Cure, RemoveArgument
from tfcheck.rule import Site
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.training import TrainingRun
from tfcheck.script.uses import Use
from tfcheck.script.values import Answer, Unknown, constant, options

# Steps that leave an endless dataset without an end.
_ENDLESS = frozenset(
    "repeat shuffle cache prefetch batch padded_batch map with_options skip unbatch".split()
)


def batches(run: TrainingRun) -> Data | None:
    """What yields batches of all that ``fit`` needs, where that is passed and no arrays."""
    x = run.arguments.get("x")
    fed = run.method == "fit" and run.more is None and isinstance(x, Data)
    return x if fed and isinstance(x, Data) and x.form in ("dataset", "generator") else None


def in_words(data: Data) -> str:
    return "a dataset" if data.form == "dataset" else "a generator"


def is_given(run: TrainingRun, name: str) -> Answer:
    """Whether anything but None is passed as argument ``name``."""
    value = run.arguments.get(name)
    if value is None:
        return Answer.NO if run.more is None else Answer.UNKNOWN
    if isinstance(value, Unknown):
        return Answer.UNKNOWN
    absent = [constant(each) is None for each in options(value)]
    if any(isinstance(each, Unknown) for each in options(value)) or len(set(absent)) > 1:
        return Answer.UNKNOWN
    return Answer.NO if absent[0] else Answer.YES


def call_of(script: Script, run: TrainingRun) -> Use | None:
    """The call that is the training run."""
    return next((use for use in script.uses.at(run.call) if use.state), None)


def without(script: Script, run: TrainingRun, name: str) -> Cure | None:
    """The call without an argument that has no effect or makes it fail."""
    use = call_of(script, run)
    if use is None or name not in use.keywords or run.call.unit not in run.units:
        return None
    return Cure(Applicability.SAFE, f"Remove `{name}`", (RemoveArgument(run.call, name),))


def never_ends(script: Script, data: Data) -> Site | None:
    """Where a dataset is repeated for ever, while nothing after that may end it."""
    for step in data.chain():
        if step.what not in _ENDLESS:
            return None
        if step.what == "repeat":
            return step.site if _for_ever(script, step.site) else None
    return None


def _for_ever(script: Script, site: Site) -> bool:
    calls = [use for use in script.uses.at(site) if use.path == "dataset.repeat"]
    counts = [use.argument(0, "count") for use in calls]
    return bool(calls) and all(each is None or constant(each) in (None, -1) for each in counts)
