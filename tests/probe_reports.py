"""Reports of made-up probes, with curves as real trainings draw them, for the tests of what is shown.

``python tests/probe_reports.py`` prints them all, and writes their pages into a folder that it is given.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from runtime_probe.job import Claim
from runtime_probe.judging import verdicts
from runtime_probe.records import (
    Change,
    Column,
    Ended,
    FirstBatch,
    Guarded,
    Layer,
    Measured,
    Reached,
    Record,
    Remark,
    Stability,
    Stopping,
    Suspicion,
    Symptom,
    Trial,
)
from runtime_probe.report import Report
from runtime_probe.request import Request
from tfcheck.rule import Evidence, Finding, Location, Severity

GUARD = Guarded(
    "landlock",
    ("writes outside the copy", "the network"),
    ("reading other files of the user",),
)
VERSIONS = {"python": "3.11.9", "keras": "3.15.1", "tensorflow": "2.21.0"}
SEEDS = (0, 1, 2)


def finding(name: str, row: int, message: str, script: str = "train.py") -> Finding:
    code = {"bare-sgd": "TFC501", "unscaled-features": "TFC101", "no-early-stopping": "TFC601"}
    here = Location(script, None, row, 1, row, 28)
    because = Evidence(here, "it trains the model here")
    return Finding(code.get(name, "TFC302"), name, Severity.WARNING, message, here, (because,))


def fit(**changes: object) -> Reached:
    given = Reached(
        fit=0,
        line=12,
        filename="train.py",
        kind="sequential",
        framework="keras",
        model="sequential",
        parameters=3,
        optimizer="SGD",
        learning_rate=0.01,
        loss="binary_crossentropy",
        task="binary",
        metric="accuracy",
        batch_size=32,
        epochs=100,
        planned_steps=400,
        rows=120,
        sampled_rows=120,
        sampling="all rows",
        seeding="cloned, with initial weights of their own",
        validated=False,
        loss_of_constant=0.693,
    )
    return replace(given, **changes)  # type: ignore[arg-type]


Curve = Callable[[float, random.Random], float]
"""The loss after a share of the plan."""


def periodic(share: float, noise: random.Random) -> float:
    """Far too large a rate: the loss jumps for ever, by orders of magnitude."""
    return 5000 * abs(math.sin(40 * share + noise.random())) * math.exp(noise.gauss(0, 0.4)) + 60


def explodes(share: float, noise: random.Random) -> float:
    return 0.9 * math.exp(90 * share) if share < 0.3 else math.nan


def learns(share: float, noise: random.Random) -> float:
    return (0.08 + 0.75 * math.exp(-7 * share)) * math.exp(noise.gauss(0, 0.05))


def crawls(share: float, noise: random.Random) -> float:
    return (0.93 - 0.28 * share) * math.exp(noise.gauss(0, 0.01))


def idles(share: float, noise: random.Random) -> float:
    return 0.693 * math.exp(noise.gauss(0, 0.004))


def trial(
    reached: Reached,
    changes: Sequence[str],
    seed: int,
    curve: Curve,
    *,
    share: float = 1.0,
    points: int = 80,
) -> Trial:
    """One run over ``share`` of the plan."""
    noise = random.Random(f"{changes}{seed}")
    steps = round(reached.planned_steps * share)
    at = sorted({round(number * (steps - 1) / (points - 1)) for number in range(points)})
    losses = [curve(step / reached.planned_steps, noise) for step in at]
    constant = reached.loss_of_constant or 1.0
    measured = []
    for step, loss in list(zip(at, losses, strict=True))[:: points // 10]:
        skill = max(-1.0, min(1.0, 1 - loss / constant)) if math.isfinite(loss) else -1.0
        metric = 0.5 + max(0.0, skill) / 2
        flat = curve is idles
        measured.append(Measured(step, loss, 1 - loss / constant, metric, max(0.0, skill), flat))
    diverged = next((step for step, loss in zip(at, losses, strict=True) if math.isnan(loss)), None)
    ended = "planned" if share >= 1 else "capped"
    return Trial(
        reached.fit,
        tuple(changes),
        seed,
        steps,
        ended,
        tuple(at),
        tuple(losses),
        tuple(measured),
        diverged_at=diverged,
        seconds=0.8,
    )


def arms(reached: Reached, curves: dict[tuple[str, ...], Curve], share: float = 1.0) -> list[Trial]:
    return [
        trial(reached, changes, seed, curve, share=share)
        for seed in SEEDS
        for changes, curve in curves.items()
    ]


def validated(written: Trial) -> Trial:
    """With validation losses that are least after the third of ten epochs."""
    losses = (2.1, 1.6, 1.4 + 0.05 * written.seed, *(1.5 + 0.06 * each for each in range(7)))
    return replace(written, validation_losses=losses)


def report(
    findings: Sequence[Finding],
    claims: Sequence[Claim],
    records: Sequence[Record],
    *,
    script: str = "train.py",
    ended: Ended | None = None,
    rewrites: tuple[str, ...] = (),
    remarks: tuple[str, ...] = (),
) -> Report:
    ended = ended or Ended("finished")
    return Report(
        script,
        tuple(findings),
        verdicts(claims, records, ended),
        tuple(records),
        ended,
        Request(),
        14.23,
        rewrites,
        remarks,
        dict(VERSIONS),
    )


SCALE = "standardised-features"
RATE = "stable-learning-rate"
DIFF = "- x\n+ (x - x.mean(axis=0)) / x.std(axis=0)"


def diverging() -> Report:
    """Features a thousand apart: scaling cures it, momentum helps on top, nothing would stop it."""
    here = fit(
        columns=(
            Column("rooms", 2.5, 1.1, 1.0, 4.0),
            Column("price", 2500.0, 1118.0, 1000.0, 4000.0),
            Column("age", 0.0, 0.0, 0.0, 0.0),
        )
    )
    both = (SCALE, "momentum")
    records: list[Record] = [
        GUARD,
        here,
        Change(0, SCALE, "the features have mean 0 and standard deviation 1", DIFF),
        Change(
            0, "momentum", "SGD has a momentum of 0.9", "- SGD(0.01)\n+ SGD(0.01, momentum=0.9)"
        ),
        Stability(0, "features", 0.01, 2.5e-4, 2e-4, condition=22_190.0, needed_steps=64_000),
        FirstBatch(0, 32, 300, 0.12, 939.0, 0.693),
        *arms(here, {(): periodic, both: learns, (SCALE,): learns, ("momentum",): periodic}),
        Layer(
            0,
            "dense",
            "Dense",
            "sigmoid",
            (512.0, 498.0),
            (1.2, 910.0),
            (4.2, 0.006),
            None,
            (1.0, 0.98),
        ),
        Symptom(
            0,
            "oscillation",
            "the loss swings between 62 and 11,400 and ends where it began",
            "fit",
            12,
            "divide the learning rate by 40, or scale the features",
        ),
        *(Stopping(0, seed, "loss", 10, 100, None, 97, 0.4) for seed in SEEDS),
    ]
    findings = [
        finding("bare-sgd", 11, "'sgd' means a learning rate of 0.01 and no momentum"),
        finding(
            "unscaled-features", 12, "features reach training unscaled: 1 to 4 and 1,000 to 4,000"
        ),
        finding(
            "no-early-stopping",
            12,
            "100 epochs, and nothing stops training when it no longer helps",
        ),
        finding("partial-seeding", 3, "only NumPy is seeded"),
    ]
    claims = [
        Claim(0, "bare-sgd", "momentum", (11, 12)),
        Claim(1, "unscaled-features", SCALE, (12,), rests_on_data=True),
        Claim(2, "no-early-stopping", "early-stopping", (12,)),
    ]
    return report(findings, claims, records)


def slow() -> Report:
    """A rate that is too small, which only the run shows; early stopping would never have come."""
    here = fit(line=15)
    faster = "stable-learning-rate"
    records: list[Record] = [
        GUARD,
        here,
        Suspicion(
            0,
            "vanishing-learning-rate",
            faster,
            "the largest stable rate is 1.3, 130 times as large",
            where="optimizer",
            line=13,
        ),
        Change(
            0,
            faster,
            "the learning rate is 0.65",
            "- SGD(learning_rate=0.01)\n+ SGD(learning_rate=0.65)",
        ),
        Stability(0, "features", 0.01, 1.3, 0.65, condition=1.0),
        FirstBatch(0, 32, 300, 0.97, 0.91, 0.693),
        *arms(here, {(): crawls, (faster,): learns}),
        Symptom(
            0,
            "slow-convergence",
            "the loss fell from 0.93 to 0.66 and is still falling",
            "fit",
            15,
            "a learning rate of 0.65",
        ),
        *(Stopping(0, seed, "loss", 10, 100, None, 100, 0.0) for seed in SEEDS),
    ]
    findings = [
        finding(
            "no-early-stopping",
            15,
            "100 epochs, and nothing stops training when it no longer helps",
        )
    ]
    return report(findings, [Claim(0, "no-early-stopping", "early-stopping", (15,))], records)


def sound() -> Report:
    """Nothing was found, and nothing is wrong."""
    here = fit(optimizer="Adam", learning_rate=0.001, validated=True)
    records: list[Record] = [
        GUARD,
        here,
        Stability(0, "preconditioned", 0.001, 0.21, 0.1),
        FirstBatch(0, 32, 300, 0.99, 0.71, 0.693),
        *arms(here, {(): learns}),
        Layer(0, "dense", "Dense", "relu", (0.4, 0.02), (3.1, 4.4), (2e-3, 1e-3), (0.0, 0.03)),
        Layer(
            0,
            "dense_1",
            "Dense",
            "sigmoid",
            (0.6, 0.03),
            (1.2, 2.4),
            (4e-3, 2e-3),
            None,
            (0.0, 0.3),
        ),
    ]
    return report([], [], records)


def several() -> Report:
    """Two fits of a convolutional model, one cut off, on images that were stood in for."""
    first = fit(
        line=40,
        kind="functional",
        model="encoder",
        parameters=616_330,
        optimizer="Adam",
        learning_rate=0.001,
        loss="sparse_categorical_crossentropy",
        task="multiclass",
        planned_steps=18_750,
        epochs=10,
        rows=60_000,
        sampled_rows=4_096,
        sampling="stratified by class",
        seeding="kernels permuted within themselves, because Encoder cannot be cloned",
        loss_of_constant=2.303,
        stand_in="keras.datasets.mnist, which is not cached",
    )
    second = replace(first, fit=1, line=58, model="head", loss_of_constant=1.0, validated=True)
    layers = [
        Layer(
            0,
            f"block{number}_conv",
            "Conv2D",
            "relu",
            (10.0 ** (number - 9), 10.0 ** (number - 8.5)),
            (2.0 + number, 2.2 + number),
            (10.0 ** (number - 10), 10.0 ** (number - 9)),
            (0.05 * number, min(1.0, 0.11 * number)),
        )
        for number in range(1, 9)
    ]
    records: list[Record] = [
        GUARD,
        Remark("the download of mnist.npz was refused"),
        first,
        Remark("keras.datasets.mnist is stood in for by prototypes of classes with noise", fit=0),
        Change(
            0,
            "matching-output",
            "the last layer is softmax",
            '- Dense(10, activation="relu")\n+ Dense(10, activation="softmax")',
        ),
        *arms(first, {(): explodes, ("matching-output",): learns}, share=0.4),
        *layers,
        Layer(
            0,
            "predictions",
            "Dense",
            "relu",
            (0.8, math.nan),
            (3.0, math.nan),
            (3e-3, math.nan),
            (0.7, 1.0),
        ),
        Symptom(
            0,
            "nan-loss",
            "the loss is not a number from step 5,616 on",
            "predictions",
            33,
            'Dense(10, activation="softmax") as the last layer',
        ),
        Symptom(
            0,
            "vanishing-gradients",
            "block1_conv gets a gradient 5,000 times smaller than the last layer",
            "block1_conv",
            21,
            "relu and he_normal, or BatchNormalization between the blocks",
        ),
        Symptom(
            0,
            "dead-units",
            "88 % of the units of block8_conv are 0 for every sample",
            "block8_conv",
            30,
            "a smaller learning rate",
        ),
        second,
        *map(validated, arms(second, {(): idles, ("matching-output",): idles}, share=0.1)),
        *(Stopping(1, seed, "val_loss", 5, 10, 4 + seed, 3, 0.31) for seed in SEEDS),
    ]
    findings = [
        finding(
            "activation-with-from-logits", 33, "a relu is the last layer before a crossentropy"
        ),
        finding(
            "no-early-stopping", 58, "10 epochs, and nothing stops training when it no longer helps"
        ),
        finding("unscaled-features", 40, "pixels reach training unscaled"),
    ]
    claims = [
        Claim(0, "activation-with-from-logits", "matching-output", (33,)),
        Claim(1, "no-early-stopping", "early-stopping", (58,)),
        Claim(2, "unscaled-features", SCALE, (40,), rests_on_data=True),
    ]
    rewrites = ("line 4: keras.layers.core is keras.layers", "line 40: nb_epoch is epochs")
    return report(
        findings, claims, records, rewrites=rewrites, remarks=("The notebook was run as a script",)
    )


def without_fit() -> Report:
    """A script that fails before it trains."""
    ended = Ended("exception", "FileNotFoundError: houses.csv", 7)
    claim = Claim(0, "unscaled-features", SCALE, (12,))
    return report(
        [finding("unscaled-features", 12, "features reach training unscaled")],
        [claim],
        [GUARD],
        ended=ended,
    )


HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>&amp;\x1b[31m[bold]\"'"


def hostile() -> Report:
    """Markup, terminal sequences and rich's own brackets in everything that a user can name."""
    here = fit(
        model=HOSTILE,
        filename=HOSTILE,
        optimizer=HOSTILE,
        loss=HOSTILE,
        metric=HOSTILE,
        sampling=HOSTILE,
        columns=(Column(HOSTILE, 0.0, 1.0, -1.0, 1.0), Column("plain", 5.0, 900.0, 1.0, 4.0)),
    )
    records: list[Record] = [
        Guarded("landlock", (HOSTILE,), (HOSTILE,)),
        here,
        Remark(HOSTILE, fit=0),
        Suspicion(0, "bare-sgd", SCALE, HOSTILE),
        Change(0, SCALE, HOSTILE, f"- {HOSTILE}\n+ {HOSTILE}"),
        *arms(here, {(): periodic, (SCALE,): learns}),
        Layer(0, HOSTILE, HOSTILE, HOSTILE, (1.0, 2.0), (1.0, 2.0), (1.0, 2.0), (0.5, 0.5)),
        Symptom(0, "divergence", HOSTILE, HOSTILE, 3, HOSTILE),
    ]
    found = finding("unscaled-features", 12, HOSTILE, script=HOSTILE)
    claim = Claim(0, "unscaled-features", SCALE, (12,))
    ended = Ended("exception", HOSTILE, 7)
    return report(
        [found],
        [claim],
        records,
        script=HOSTILE,
        ended=ended,
        rewrites=(HOSTILE,),
        remarks=(HOSTILE,),
    )


def loop() -> Report:
    """A loop of the script's own at far too large a rate, of which losses are all there is."""
    here = fit(
        kind="gradient tape",
        model="unknown",
        learning_rate=30.0,
        loss="of its own",
        task="unknown",
        metric="unknown",
        batch_size=0,
        epochs=1,
        rows=None,
        sampled_rows=0,
        sampling="the first 400 steps of the loop were watched",
        seeding="one seed: the run of the script itself",
        loss_of_constant=None,
        reason="the script trains in a loop of its own, whose data are not known",
    )
    runs = [
        replace(trial(here, changes, 0, curve, points=400), measured=(), losses=(0.9, *losses[1:]))
        for changes, curve in {(): explodes, (RATE,): learns}.items()
        for losses in [trial(here, changes, 0, curve, points=400).losses]
    ]
    message = "the loss is inf at step 3"
    records: list[Record] = [
        GUARD,
        here,
        runs[0],
        Layer(0, "dense/kernel", "variable", "", (4.0, 2e21), (5.1, 3e20), (31.0, 2.7e15)),
        Symptom(0, "nan-loss", message, "fit", 12, "lower the learning rate, or clip"),
        Suspicion(0, "high-learning-rate", RATE, message),
        Change(
            0,
            RATE,
            "a learning rate of 0.003 in place of 30",
            "- SGD(learning_rate=30, ...)\n+ SGD(learning_rate=0.003, ...)",
        ),
        runs[1],
    ]
    return report([], [], records)


REPORTS: dict[str, Callable[[], Report]] = {
    each.__name__: each for each in (diverging, slow, sound, several, loop, without_fit, hostile)
}


if __name__ == "__main__":
    import sys
    from pathlib import Path

    from runtime_probe.report import html, terminal

    for name, made in REPORTS.items():
        print(f"=== {name}")
        terminal.write(made(), sys.stdout, color=sys.stdout.isatty())
        for folder in sys.argv[1:]:
            html.write(made(), Path(folder) / f"{name}.html")
