"""What is wrong with a run as it is written, whether or not a finding explains it.

Written down as rules over records, from the outside in: how the run ended, of which the first that
holds is said and no other; then which layer shows why; then what validation shows. A sound program
shows none of it, so the thresholds are far from what is usual:

- A healthy ReLU gives 0 for about half of its inputs; a unit counts as dead only where it does so
  for every row. Peers count zeros, from 70 % on, and misfire (AUTOTRAINER, DeepDiagnosis).
- A loss that is not monotone, and a rate beyond 2/λ, are normal late in training (Cohen et al.,
  arXiv 2103.00065), so neither is a symptom without a loss that fails to fall.
- Data that a line separates have no least loss, so a loss that still falls is no symptom where
  the model is good already.
- A run that was cut short of its plan has not shown that it learns nothing, or slowly.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from runtime_probe.records import (
    FirstBatch,
    Layer,
    Measured,
    Reached,
    Stability,
    Stopping,
    Symptom,
    Trial,
)
from runtime_probe.remedies import Remedies

_SEEDS = 2 / 3  # of which most are
_GROWN = 2.0  # times the first loss, …
_FAR = 10.0  # … and times that of a constant prediction
_SWING = 0.5  # of the median loss, between the least and the greatest
_TURNS = 0.5  # of the measures at which the loss turns
_NOTHING = 0.05  # skill
_LITTLE = 0.5  # skill below which a sick layer may be the reason
_GOOD = 0.8  # skill of the loss from which nothing is slow
_FALLING = 0.9  # of the loss in the middle, which the last one is below
_GAINING = 0.25  # of what the first half of the run gained, which the second half gains
_STEADILY = 0.7  # of the measures, at which the loss falls
_SLOW_RATE = 20.0  # times below the stable rate
_SLOW_STEPS = 2.0  # times the steps that are planned
_UNEVEN = 1e3  # times the least curvature: features of one scale have less
_FEWEST_STEPS = 20  # of a plan that is meant to train
_VANISHED = 1e-3  # first gradient over last: AUTOTRAINER's
_SMALL = 1e-4  # the first gradient: AUTOTRAINER's
_STANDING = 1e-5  # update over weights: a tenth of TheDeepChecker's
_EXPLODED = 10.0  # gradient over weights, with an update as large as they are
_MOST_DEAD, _MANY_DEAD = 0.9, 0.5
_SATURATED = 0.8
_RISE = 0.25  # of the least validation loss, …
_RISE_OF_CONSTANT = 0.1  # … and of the loss of a constant prediction
_FEWEST_EPOCHS = 5
_EARLY = 2 / 3  # of the epochs, before which the best one is

_USUAL_BATCH = 32

_NORMALIZATIONS = frozenset("BatchNormalization LayerNormalization GroupNormalization".split())


@dataclass(frozen=True)
class Evidence:
    """What is known of one fit as written: ``trials`` are its runs, one a seed and at least one.

    ``origin`` is the layer in which a number first was not finite, or ``fit``, and how that came;
    ``shifts`` say how validation data differ from those of training.
    """

    reached: Reached
    trials: Sequence[Trial]
    layers: Sequence[Layer] = ()
    first_batch: FirstBatch | None = None
    stability: Stability | None = None
    stopping: Stopping | None = None
    origin: tuple[str, str] | None = None
    shifts: Sequence[str] = ()
    remedies: Remedies = field(default_factory=Remedies)

    def symptom(self, name: str, message: str, following: str, where: str = "fit") -> Symptom:
        return Symptom(self.reached.fit, name, message, where, self.reached.line, following)

    def most(self, holds: Callable[[Trial], bool]) -> bool:
        return sum(map(holds, self.trials)) >= _SEEDS * len(self.trials)

    @property
    def skill(self) -> float:
        """Of the median seed over its second half, by metric or loss; NaN where not known."""
        return median([_skill(each) for each in self.trials])

    @property
    def finished(self) -> bool:
        """Whether most runs went as far as planned, and the plan is one that could train."""
        ended = self.most(lambda trial: trial.ended in {"planned", "stopped", "learned"})
        return ended and self.reached.planned_steps >= _FEWEST_STEPS


def symptoms(evidence: Evidence) -> tuple[Symptom, ...]:
    """All symptoms of a fit, the gravest first."""
    outcome = next((found for rule in _OUTCOMES if (found := rule(evidence))), None)
    little = evidence.skill < _LITTLE or (outcome is not None and outcome.name in _BROKEN)
    layers = [found for rule in _OF_LAYERS if (found := rule(evidence, little))]
    return (
        *([outcome] if outcome else []),
        *layers,
        *_overfitting(evidence),
        *_shifted(evidence),
    )


def _second_half(trial: Trial) -> Sequence[Measured]:
    half = [each for each in trial.measured if each.step >= trial.steps / 2]
    return half or trial.measured[-1:]


def _skill(trial: Trial) -> float:
    half = _second_half(trial)
    if not half:
        return math.nan
    return max(median(each.skill for each in half), median(each.loss_skill for each in half))


def _losses_of_second_half(trial: Trial) -> Sequence[float]:
    return [
        loss
        for step, loss in zip(trial.at, trial.losses, strict=True)
        if step >= trial.steps / 2 and math.isfinite(loss)
    ]


def _nan_loss(evidence: Evidence) -> Symptom | None:
    broken = [each for each in evidence.trials if each.diverged_at is not None]
    if not broken:
        return None
    steps = min(each.diverged_at or 0 for each in broken)
    where, words = evidence.origin or ("fit", "")
    message = f"the loss is not finite at step {steps}"
    if len(evidence.trials) > 1:
        message += f", in {len(broken)} of {len(evidence.trials)} runs"
    return evidence.symptom(
        "nan-loss", f"{message}: {words}" if words else message, _calmer(evidence), where
    )


def _divergence(evidence: Evidence) -> Symptom | None:
    constant = evidence.reached.loss_of_constant

    def diverges(trial: Trial) -> bool:
        half = _losses_of_second_half(trial)
        if not half or not trial.losses[0] > 0:
            return False
        grown = median(half) >= _GROWN * trial.losses[0]
        return grown and median(half) >= _FAR * (constant or _FAR * trial.losses[0])

    if not evidence.most(diverges):
        return None
    trial = next(filter(diverges, evidence.trials))
    return evidence.symptom(
        "divergence",
        f"the loss grows: {trial.losses[0]:.3g} at first, about "
        f"{median(_losses_of_second_half(trial)):.3g} in the second half"
        + (f", where a constant prediction has {constant:.3g}" if constant else ""),
        _calmer(evidence),
    )


def _constant_output(evidence: Evidence) -> Symptom | None:
    def constant(trial: Trial) -> bool:
        return all(each.constant for each in _second_half(trial)) and _skill(trial) <= _NOTHING

    still = all(each.measured and each.measured[0].constant for each in evidence.trials)
    if not evidence.most(constant) or not (evidence.finished or still):
        return None
    return evidence.symptom(
        "constant-output",
        "the model predicts the same for every row",
        "look at the activation and the units of the last layer, and at units that are dead",
    )


def _oscillation(evidence: Evidence) -> Symptom | None:
    def oscillates(trial: Trial) -> bool:
        losses = [each.loss for each in _second_half(trial)]
        if len(losses) < 4 or not all(map(math.isfinite, losses)) or _skill(trial) >= _LITTLE:
            return False
        steps = [after - before for before, after in itertools.pairwise(losses)]
        turns = sum(a * b < 0 for a, b in itertools.pairwise(steps))
        swing = max(losses) - min(losses)
        return turns >= _TURNS * (len(steps) - 1) and swing >= _SWING * median(losses)

    if not evidence.most(oscillates):
        return None
    losses = [each.loss for each in _second_half(next(filter(oscillates, evidence.trials)))]
    return evidence.symptom(
        "oscillation",
        f"the loss swings between {min(losses):.3g} and {max(losses):.3g} and does not fall",
        _calmer(evidence),
    )


def _no_learning(evidence: Evidence) -> Symptom | None:
    if not evidence.finished or not evidence.most(lambda trial: _skill(trial) <= _NOTHING):
        return None
    if evidence.most(_is_falling):
        return None
    first = evidence.first_batch
    if first is not None and first.skill < _LITTLE:
        cause = f"; it cannot learn {first.rows} rows by heart either, in {first.steps} steps"
        following = "look at the last layer, the loss, the labels and the learning rate"
    else:
        cause = ""
        following = "look at what the features say of the target, and at the learning rate"
    return evidence.symptom(
        "no-learning",
        f"after {evidence.trials[0].steps} steps it is no better than a constant prediction{cause}",
        following,
    )


def _is_falling(trial: Trial) -> bool:
    """Whether the loss still falls steadily, and by a share that counts: of itself, or of what the
    first half of the run gained."""
    losses = [each.loss for each in _second_half(trial)]
    if len(losses) < 3 or not all(map(math.isfinite, losses)):
        return False
    falls = sum(after <= before for before, after in itertools.pairwise(losses))
    if falls < _STEADILY * (len(losses) - 1):
        return False
    gained, gains = trial.measured[0].loss - losses[0], losses[0] - losses[-1]
    return losses[-1] < _FALLING * losses[0] or (gains > 0 and gains >= _GAINING * gained)


def _slow_convergence(evidence: Evidence) -> Symptom | None:
    stability, planned = evidence.stability, evidence.reached.planned_steps

    def unfinished(trial: Trial) -> bool:
        return bool(trial.measured) and trial.measured[-1].loss_skill < _GOOD and _is_falling(trial)

    if stability is None or not evidence.finished or not evidence.most(unfinished):
        return None
    last = evidence.trials[0].measured[-1]
    message = f"after all {planned} steps the loss still falls, at {last.loss:.3g}"
    better = evidence.remedies.rate
    if better is not None and better.learning_rate > stability.learning_rate:
        more = [_epochs(evidence)] if evidence.remedies.longer else []
        return evidence.symptom(
            "slow-convergence",
            f"{message}; its rate is {stability.learning_rate:.2g}",
            "; or ".join([str(better), *more]),
            "optimizer",
        )
    if (late := _too_few_steps(evidence)) is not None:
        return late
    if stability.learning_rate * _SLOW_RATE < stability.stable_rate:
        return evidence.symptom(
            "slow-convergence",
            f"{message}; its rate is {stability.learning_rate:.2g}",
            f"a larger learning rate, as {_stable_at_first(stability)}; or more epochs",
            "optimizer",
        )
    if (stability.needed_steps or 0.0) > _SLOW_STEPS * planned:
        return evidence.symptom(
            "slow-convergence",
            f"{message}; the features curve the loss {stability.condition:.3g} times as much in "
            f"one direction as in another, for which about {stability.needed_steps:.2g} are needed",
            "features of the same scale",
        )
    if evidence.skill <= _NOTHING:
        return evidence.symptom(
            "slow-convergence",
            f"{message}, and the model is no better than a constant prediction",
            f"more epochs, or a larger learning rate, as {_stable_at_first(stability)}",
        )
    return None


def _stable_at_first(stability: Stability) -> str:
    return f"training is stable up to about {stability.stable_rate:.2g} at its start"


def _too_few_steps(evidence: Evidence) -> Symptom | None:
    if not evidence.remedies.longer:
        return None
    reached, first = evidence.reached, evidence.remedies.longer[0]
    message = (
        f"the plan of {first.planned} steps ends early: the skill of the loss is "
        f"{first.loss_skill:.2f}, and {first.reached:.2f} after {first.steps} steps of the same "
        f"training, carried on; that of {reached.metric} goes from {first.before:.2f} to "
        f"{first.after:.2f}{' on rows that are held out' if first.held_out else ''}"
    )
    following = _epochs(evidence)
    if reached.rows is not None and reached.batch_size >= reached.rows > _USUAL_BATCH:
        message += f"; all {reached.rows} rows are one batch, so that an epoch is one step"
        following += f", or a batch_size of {_USUAL_BATCH}"
    return evidence.symptom("too-few-steps", message, following)


def _epochs(evidence: Evidence) -> str:
    epochs = math.ceil(evidence.remedies.times * evidence.reached.epochs)
    return f"epochs={epochs} or more"


def _exploding(evidence: Evidence, little: bool) -> Symptom | None:
    if not little:
        return None
    broken = any(each.diverged_at is not None for each in evidence.trials)

    def ratio(layer: Layer) -> float:
        found = [0.0]
        states = zip(layer.gradient_norms, layer.weight_norms, layer.update_ratios, strict=True)
        for gradient, weights, update in states:
            if weights > 0 and (update >= 1 or (broken and math.isnan(update))):
                found.append(gradient / weights)
        return max(each for each in found if not math.isnan(each))

    worst = max(evidence.layers, key=ratio, default=None)
    if worst is None or ratio(worst) < _EXPLODED:
        return None
    return evidence.symptom(
        "exploding-gradients",
        f"the gradient of {worst.name} is {ratio(worst):.3g} times its weights, and so an update "
        "replaces them",
        _calmer(evidence) + "; clipnorm=1.0 bounds what is left",
        worst.name,
    )


def _vanishing(evidence: Evidence, little: bool) -> Symptom | None:
    layers = [each for each in evidence.layers if each.kind not in _NORMALIZATIONS]
    if not little or len(layers) < 3:
        return None
    first, last = layers[0], layers[-1]
    # At the end the last one may be small as well, where its bias has found the best constant.
    share = first.gradient_norms[0] / last.gradient_norms[0] if last.gradient_norms[0] else 1.0
    standing = all(each < _STANDING for each in first.update_ratios)
    if not standing or not share < _VANISHED or not max(first.gradient_norms) < _SMALL:
        return None
    return evidence.symptom(
        "vanishing-gradients",
        f"the gradient of {first.name} is {share:.2g} times that of {last.name}, and an update "
        f"changes its weights by {first.update_ratios[0]:.1g} of their size",
        "relu with he_normal in the hidden layers, or BatchNormalization between them",
        first.name,
    )


def _dead(evidence: Evidence, little: bool) -> Symptom | None:
    sick = [each for each in evidence.layers if each.dead is not None]
    worst = max(sick, key=lambda each: each.dead[1] if each.dead else 0.0, default=None)
    if worst is None or worst.dead is None:
        return None
    start, end = worst.dead
    if end < (_MANY_DEAD if little else _MOST_DEAD):
        return None
    return evidence.symptom(
        "dead-units",
        f"{end:.0%} of the units of {worst.name} give 0 for every row, {start:.0%} at the start",
        "scaled features" if start >= _MANY_DEAD else "a lower learning rate, or leaky_relu",
        worst.name,
    )


def _saturated(evidence: Evidence, little: bool) -> Symptom | None:
    hidden = [each for each in evidence.layers[:-1] if each.saturated is not None]
    if not little or not hidden:
        return None
    worst = max(hidden, key=lambda each: max(each.saturated or (0.0,)))
    start, end = worst.saturated or (0.0, 0.0)
    if max(start, end) < _SATURATED:
        return None
    return evidence.symptom(
        "saturated-units",
        f"{max(start, end):.0%} of what {worst.name} gives lies in the flat parts of its "
        f"{worst.activation}, {start:.0%} at the start",
        "scaled features" if start >= _SATURATED else "a lower learning rate, or relu",
        worst.name,
    )


def _overfitting(evidence: Evidence) -> Iterator[Symptom]:
    stopping, constant = evidence.stopping, evidence.reached.loss_of_constant
    if stopping is None or stopping.monitor != "val_loss" or not constant:
        return
    trial = next((each for each in evidence.trials if each.seed == stopping.seed), None)
    if trial is None or len(trial.validation_losses) != stopping.epochs:
        return
    best, last = trial.validation_losses[stopping.best_epoch - 1], trial.validation_losses[-1]
    late = stopping.best_epoch > _EARLY * stopping.epochs or stopping.epochs < _FEWEST_EPOCHS
    if late or stopping.rise < _RISE or not last - best >= _RISE_OF_CONSTANT * constant:
        return
    then = _losses_around(trial, stopping.best_epoch / stopping.epochs)
    now = _losses_around(trial, 1.0)
    if not now < then < last:
        return
    yield evidence.symptom(
        "overfitting",
        f"validation loss is least after epoch {stopping.best_epoch}, {best:.3g}, and {last:.3g} "
        f"after epoch {stopping.epochs}, while that of training falls to {now:.3g}",
        "EarlyStopping(restore_best_weights=True), then more data, Dropout or a smaller model",
    )


def _losses_around(trial: Trial, share: float) -> float:
    """The median training loss of the tenth of the run that ends there; NaN for none."""
    end = share * trial.steps
    around = [
        loss
        for step, loss in zip(trial.at, trial.losses, strict=True)
        if end - 0.1 * trial.steps <= step <= end
    ]
    return median(around) if around else math.nan


def _shifted(evidence: Evidence) -> Iterator[Symptom]:
    for words in evidence.shifts:
        yield evidence.symptom(
            "shifted-validation", words, "prepare both parts alike, and shuffle before the split"
        )


def _calmer(evidence: Evidence) -> str:
    """What to try where steps are too long."""
    stability = evidence.stability
    if stability is None or stability.learning_rate <= stability.limit:
        return "scaled features and target, or a lower learning rate"
    limit = f"{stability.limit:.2g} is the largest stable one at the start"
    if evidence.remedies.rate is None:
        rate = f"a lower learning rate than {stability.learning_rate:.2g}: {limit}"
    else:
        rate = f"{evidence.remedies.rate}: {limit}"
    if (stability.condition or 1.0) < _UNEVEN:
        return rate
    return f"scaled features, as with those a larger rate is stable; else {rate}"


_OUTCOMES = (
    _nan_loss,
    _divergence,
    _constant_output,
    _oscillation,
    _slow_convergence,
    _too_few_steps,
    _no_learning,
)
_BROKEN = frozenset({"nan-loss", "divergence", "oscillation", "constant-output", "no-learning"})
_OF_LAYERS = (_exploding, _vanishing, _dead, _saturated)
