"""How many steps a second does a trial make, against the script's own ``fit``?

Both train the same model on the same rows in batches of 32, in one process and by turns; the
figures are medians over the rounds. ``fit`` is called with default settings but for its progress
bar, which only costs time. What a trial needs before its first step, tracing or compiling, is timed
by itself, as is the whole of a small probe: five arms from three seeds, a hundred steps each.

    python benchmarks/trial_speed.py [ROUNDS]
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

_START = time.perf_counter()
import keras  # noqa: E402
import numpy as np  # noqa: E402

IMPORTING = time.perf_counter() - _START

from runtime_probe.child.setup import Optimizer, Sample, Setup  # noqa: E402
from runtime_probe.child.state import states  # noqa: E402
from runtime_probe.child.training import train  # noqa: E402

ROWS = 1024
BATCH = 32
layers = keras.layers


@dataclass(frozen=True)
class Case:
    name: str
    bar: float
    shape: tuple[int, ...]
    hidden: Callable[[], list[Any]]
    fit_epochs: int
    steps: int


def _dense(*between: Callable[[], Any]) -> Callable[[], list[Any]]:
    return lambda: [
        each
        for _ in range(2)
        for each in (layers.Dense(64, activation="relu"), *(make() for make in between))
    ]


def _convolutions() -> list[Any]:
    return [
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu"),
        layers.Flatten(),
    ]


CASES = [
    Case("logistic regression", 20, (20,), list, 20, 50_000),
    Case("dense 64-64", 20, (20,), _dense(), 20, 20_000),
    Case("dense 64-64, Dropout", 5, (20,), _dense(lambda: layers.Dropout(0.5)), 20, 10_000),
    Case(
        "dense 64-64, BatchNormalization", 5, (20,), _dense(layers.BatchNormalization), 20, 10_000
    ),
    Case("small convolutional", 1, (28, 28, 1), _convolutions, 6, 200),
]


def _setup(case: Case) -> Setup:
    keras.utils.set_random_seed(0)
    draw = np.random.default_rng(0)
    x = draw.normal(size=(ROWS, *case.shape)).astype("float32")
    y = (draw.random((ROWS, 1)) > 0.5).astype("float32")
    model = keras.Sequential(
        [keras.Input(case.shape), *case.hidden(), layers.Dense(1, activation="sigmoid")]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    optimizer = Optimizer(type(model.optimizer), model.optimizer.get_config())
    sample = Sample(x, y, ROWS, BATCH, shuffled=True)
    drawn, _ = states(model, 3)
    return Setup(
        model, optimizer, model.loss, sample, drawn, case.steps, case.steps * BATCH // ROWS
    )


def _fit(setup: Setup, epochs: int) -> float:
    """Steps a second of ``fit``."""
    started = time.perf_counter()
    setup.model.fit(setup.sample.x, setup.sample.y, batch_size=BATCH, epochs=epochs, verbose=0)
    return epochs * ROWS / BATCH / (time.perf_counter() - started)


def _trial(setup: Setup, steps: int) -> float:
    """Steps a second of a trial, with all that its run needs."""
    started = time.perf_counter()
    run = train(setup, 0, steps, time.monotonic() + 600)
    return run.steps / (time.perf_counter() - started)


def _compare(case: Case, rounds: int) -> str:
    setup = _setup(case)
    _fit(setup, 1)
    started = time.perf_counter()
    train(setup, 0, 1, time.monotonic() + 600)  # a plan of one step would never be compiled …
    setup.workshop.mode, first = None, time.perf_counter() - started
    setup.workshop.programs.clear()
    started = time.perf_counter()
    train(setup, 0, case.steps, time.monotonic() + 600)  # … and this one is where that pays
    making = time.perf_counter() - started
    fits, trials = [], []
    for _ in range(rounds):
        fits.append(_fit(setup, case.fit_epochs))
        trials.append(_trial(setup, case.steps))
    fit, trial = statistics.median(fits), statistics.median(trials)
    return (
        f"| {case.name} | {fit:,.0f} | {trial:,.0f} | {trial / fit:.1f} | {case.bar} "
        f"| {setup.workshop.mode} | {first:.2f} | {making:.2f} |"
    )


def _small_probe() -> float:
    """Seconds for five arms, two of which need programs of their own, from three seeds."""
    setup = replace(_setup(CASES[0]), steps=100, epochs=100)
    few = replace(setup.sample, x=setup.sample.x[:4, :2], y=setup.sample.y[:4], rows=4)
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1, activation="sigmoid")])
    started = time.perf_counter()
    drawn, _ = states(model, 3)
    setup = replace(setup, model=model, sample=few, states=drawn)
    scaled = replace(setup, sample=replace(few, x=few.x / 3))
    sgd = Optimizer(keras.optimizers.SGD, {"learning_rate": 0.01})
    momentum = Optimizer(keras.optimizers.SGD, {"learning_rate": 0.01, "momentum": 0.9})
    arms = [
        setup,
        *(replace(each, optimizer=o) for each in (setup, scaled) for o in (sgd, momentum)),
    ]
    for arm in arms:
        for seed in range(3):
            train(arm, seed, 100, time.monotonic() + 600)
    return time.perf_counter() - started


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    small = _small_probe()
    print(f"import keras: {IMPORTING:.1f} s; a small probe of 15 runs after it: {small:.2f} s\n")
    print(
        "| model | steps a second of fit | of a trial | times | bar | mode "
        "| first step, s | whole first run, s |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for case in CASES:
        print(_compare(case, rounds), flush=True)


if __name__ == "__main__":
    main()
