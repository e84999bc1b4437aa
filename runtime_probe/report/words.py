"""What was measured, in sentences that the terminal and the page share."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import median

from runtime_probe.figures import count, number, times
from runtime_probe.records import (
    TAPE,
    FirstBatch,
    Guarded,
    Reached,
    Stability,
    Stopping,
    Suspicion,
    Symptom,
    Trial,
)
from runtime_probe.report import BY_WEIGHT, Report
from runtime_probe.verdict import Pair, Ruling, Verdict, late, optimised_loss

LEARNED = 0.9  # the skill on one batch from which on it is learned by heart
NEAR = 2.0  # a first loss within this factor of that of knowing nothing is no surprise

_ENDS = {
    "finished": "ran to its end",
    "exit": "ended itself",
    "exception": "raised an exception",
    "no fit": "ended without training",
    "enough": "was ended once its loop was seen",
    "time": "was ended when the budget was spent",
    "memory": "was ended because it took too much memory",
    "crash": "crashed",
    "output": "was ended because it wrote too much",
    "processes": "was ended because it started too many processes",
}


def ran(report: Report) -> str:
    """How the script ended, and how long all took."""
    ended = report.ended
    words = f"{report.script} {_ENDS.get(ended.how, ended.how)}"
    if ended.line is not None:
        words += f" at line {ended.line}"
    if ended.message:
        words += f": {ended.message}"
    return f"{words} ({report.seconds:.1f} s)"


def guard(guarded: Guarded | None) -> Iterator[tuple[str, str]]:
    """What kept the script from doing harm, and where that ends, as names and what they are."""
    if guarded is None:
        yield "guard", "none was reported"
        return
    yield "guard", f"{guarded.guard} refuses {'; '.join(guarded.refuses)}"
    if guarded.does_not_cover:
        yield "not covered", "; ".join(guarded.does_not_cover)


def line_of(fit: Reached, fault: Symptom | Suspicion | None = None) -> str:
    """``train.py:12``, and ``train.ipynb:cell 3:12`` in a notebook: of a fit or its fault."""
    at = fit if fault is None or fault.line is None else fault
    cell = "" if at.cell is None else f"cell {at.cell}:"
    return f"{fit.filename}:{cell}{at.line}"


def layer_of(fault: Symptom | Suspicion) -> str | None:
    """The name of the layer that a fault is in, None where it is in none."""
    return None if fault.where in _NO_LAYERS else fault.where


_NO_LAYERS = frozenset({"fit", "compile", "optimizer"})


def model(fit: Reached) -> str:
    """What is trained, and by what."""
    rate = "" if fit.learning_rate is None else f" at {number(fit.learning_rate)}"
    if fit.kind == TAPE:
        return f"a loop over {count(fit.parameters, 'parameter')}, {fit.optimizer}{rate}"
    return (
        f'{fit.kind} model "{fit.model}" of {count(fit.parameters, "parameter")}, '
        f"{fit.optimizer}{rate}, {fit.loss}"
    )


def plan(fit: Reached) -> str:
    """How long the script trains, and on what the trials do."""
    if fit.kind == TAPE:
        return fit.sampling
    rows = "a stream" if fit.rows is None else count(fit.rows, "row")
    sampled = f"{fit.sampled_rows:,} of " if fit.sampled_rows != fit.rows else ""
    return (
        f"{count(fit.epochs, 'epoch')}, {count(fit.planned_steps, 'step')} of {fit.batch_size}; "
        f"trials on {sampled}{rows} ({fit.sampling})"
    )


def stability(found: Stability) -> list[str]:
    """The learning rate against the largest at which training can be stable."""
    rate, limit = number(found.learning_rate), number(found.limit)
    if found.limit <= 0:
        sentences = [f"learning rate {rate} is too large, as any would be"]
    elif found.learning_rate > found.limit:
        factor = times(found.learning_rate / found.limit)
        better = number(found.stable_rate)
        said = f"learning rate {rate} is {factor} times the largest stable one, {limit}"
        sentences = [f"{said}; {better} would do"]
    else:
        sentences = [f"learning rate {rate} is stable: the largest that is so is {limit}"]
    if found.needed_steps is not None:
        condition = "" if found.condition is None else f" (condition {number(found.condition)})"
        steps = number(float(round(found.needed_steps)))
        sentences.append(f"at that limit training takes about {steps} steps{condition}")
    return sentences


def first_batch(found: FirstBatch) -> list[str]:
    """Whether one batch can be learned by heart, and whether the loss starts where it should."""
    learned = "is learned by heart" if found.skill >= LEARNED else "cannot be learned by heart"
    sentences = [
        f"a batch of {count(found.rows, 'row')} {learned}: "
        f"skill {found.skill:.2f} after {count(found.steps, 'step')}"
    ]
    expected = found.expected_loss
    if expected is None:
        return sentences
    near = expected / NEAR <= found.initial_loss <= expected * NEAR
    starts = f"the loss starts at {number(found.initial_loss)}"
    nothing = f"{number(expected)} of a model that knows nothing"
    return [
        *sentences,
        f"{starts}, near the {nothing}" if near else f"{starts}, far from the {nothing}",
    ]


def summary(report: Report) -> str:
    """How many findings have which verdict, and how many symptoms there are."""
    rulings = [card.ruling for card in report.cards]
    counts = [f"{rulings.count(each)} {each.value}" for each in BY_WEIGHT if each in rulings]
    symptoms = count(len(report.symptoms), "symptom") if report.symptoms else "no symptoms"
    return f"{', '.join(counts) or 'nothing found'}; {symptoms}"


def second_half(runs: Sequence[Trial]) -> str:
    """What the loss that Keras optimises is in the second half of runs of several seeds."""
    losses = [optimised_loss(each) for each in runs]
    return number(median(losses) if all(map(math.isfinite, losses)) else math.nan)


def skills(pairs: Sequence[Pair]) -> str:
    """The skill of each seed, for who does not see it drawn."""
    each = (
        f"seed {pair.seed}: {number(late(pair.without).skill)} → "
        f"{number(late(pair.with_change).skill)}"
        for pair in pairs
    )
    return f"Skill without the change and with it; {', '.join(each)}"


def stops(stopping: Sequence[Stopping]) -> str:
    """Where early stopping would have ended each seed, for who does not see it drawn."""
    each = (
        f"seed {one.seed}: least after epoch {one.best_epoch}, "
        + ("never stopped" if one.stopped_at is None else f"stopped after epoch {one.stopped_at}")
        for one in stopping
    )
    return f"Validation loss over epochs; {'; '.join(each)}"


def opened(text: str) -> str:
    """``text`` with a capital, unless it begins with a name or a quotation."""
    first, space, rest = text.partition(" ")
    plain = first.rstrip(",;:")
    return f"{first.capitalize()}{space}{rest}" if plain.isalpha() and plain.islower() else text


def tried(verdict: Verdict) -> tuple[str, str] | None:
    """The change of a verdict: whether it was tried, and what it is; None where none can be."""
    change = verdict.change
    if change is None or change.impossible is not None:
        return None
    name = "to try" if verdict.ruling is Ruling.UNTRIED else "tried"
    if not verdict.company:
        return name, change.summary
    return name, f"{change.summary}; both runs have {listed(verdict.company)} as well"


def listed(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
