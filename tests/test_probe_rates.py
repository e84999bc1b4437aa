"""Loops of the script's own at another learning rate: the script runs again, and is the same."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import SCRIPT
from intercepting import Run, intercepting

from runtime_probe import supervisor
from runtime_probe.again import Enough, FirstRun, Hear, tried
from runtime_probe.job import Claim, Job, Loop
from runtime_probe.judging import verdicts
from runtime_probe.records import Change, Ended, Layer, Reached, Record, Remark, Symptom, Trial
from runtime_probe.verdict import Ruling
from runtime_probe.workspace import workspace

keras = pytest.importorskip("keras")

RATE = "stable-learning-rate"
SCHEMA = json.loads((Path(__file__).parent.parent / "docs" / "probe.schema.json").read_text())

HEAD = """\
import keras
import numpy as np
import tensorflow as tf

random = np.random.default_rng(0)
x = random.normal(size=(40, 3)).astype("float32")
y = x.sum(axis=1, keepdims=True)
layers = [keras.layers.Dense(16, "relu"), keras.layers.Dropout(0.2), keras.layers.Dense(1)]
model = keras.Sequential([keras.Input((3,)), *layers])
"""
LOOP = """\
def step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x, training=True) - y) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


for epoch in range(EPOCHS):
    for batch in range(5):
        part = random.integers(0, 40, 8)
        loss = step(x[part], y[part])
"""


def script(optimizer: str, *, epochs: int = 12, decorated: bool = False, head: str = HEAD) -> str:
    decorator = "\n\n@tf.function\n" if decorated else "\n\n"
    loop = decorator + LOOP.replace("EPOCHS", str(epochs))
    return f"{head}optimizer = {optimizer}\n{loop}"


def losses(folder: Path, text: str, again: Sequence[Loop] = ()) -> tuple[float, ...]:
    """Those of the loop, in a child of its own."""
    folder.mkdir(exist_ok=True)
    (folder / "train.py").write_text(text)
    with workspace(folder, Path("train.py")) as place:
        path = str(place.folder / "train.py")
        job = Job(path, str(place.folder), (), (), (), 60, 1, 4096, None, False, again=tuple(again))
        records = supervisor.run(job, place, lambda _: None).records
    (trial,) = [each for each in records if isinstance(each, Trial)]
    return trial.losses


@pytest.mark.parametrize("decorated", [False, True])
def test_a_second_run_is_the_first_one_but_for_the_rate(tmp_path: Path, decorated: bool) -> None:
    text = script("keras.optimizers.SGD(0.01, 0.9)", decorated=decorated)
    first = losses(tmp_path, text)
    assert len(first) == 60
    assert losses(tmp_path, text, [Loop(0, 60)]) == first
    changed = losses(tmp_path, text, [Loop(0, 60, times=0.1)])
    assert changed[0] == first[0]
    assert all(one != other for one, other in zip(changed[1:], first[1:], strict=True))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return intercepting(tmp_path, monkeypatch)


SEEDED = HEAD.replace("random =", "keras.utils.set_random_seed(0)\nrandom =")
ZIPPED = "apply_gradients(zip(gradients, model.trainable_variables))"
RATES = {
    "number": "SGD(RATE)",
    "adam": "Adam(RATE, amsgrad=True)",
    "decayed": "AdamW(RATE, weight_decay=0.1)",
    "clipped": "SGD(RATE, clipnorm=0.5)",
    "schedule": "SGD(keras.optimizers.schedules.ExponentialDecay(RATE, 3, 0.5))",
    "function": "SGD(lambda: RATE)",
    "scaled": "LossScaleOptimizer(keras.optimizers.SGD(RATE), initial_scale=2)",
}


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
@pytest.mark.parametrize("kind", RATES)
def test_whatever_the_rate_follows_it_is_multiplied(run: Run, kind: str, package: str) -> None:
    if package == "tf_keras" and kind in {"function", "scaled"}:
        pytest.skip("it has no such optimizer")
    fast, slow = (
        script(
            f"keras.optimizers.{RATES[kind].replace('RATE', rate)}", head=SEEDED, epochs=2
        ).replace("import keras\n", f"import {package} as keras\n", 1)
        for rate in ("2**-5", "2**-6")
    )
    halved = run(fast, again=(Loop(0, 10, times=0.5),))
    (changed,) = [each for each in halved.records if isinstance(each, Trial)]
    (wanted,) = [each for each in run(slow).records if isinstance(each, Trial)]
    assert changed.losses == wanted.losses
    assert (changed.changes, wanted.changes) == ((RATE,), ())
    if kind == "number":
        assert float(halved.names["optimizer"].learning_rate) == 2**-5


def test_apply_and_rates_that_the_script_sets_are_multiplied_too(run: Run) -> None:
    own = script("keras.optimizers.SGD(0.5)", head=SEEDED, epochs=2)
    own = own.replace(ZIPPED, "apply(gradients, trainable_variables=model.trainable_variables)")
    fast, slow = (
        own.replace(
            "    part =", f"    optimizer.learning_rate = {rate} / (1 + epoch)\n        part ="
        )
        for rate in ("2**-5", "2**-6")
    )
    (changed,) = [
        each for each in run(fast, again=(Loop(0, 10, 0.5),)).records if isinstance(each, Trial)
    ]
    (wanted,) = [each for each in run(slow).records if isinstance(each, Trial)]
    assert changed.losses == wanted.losses


TWO = """\
other = keras.optimizers.SGD(0.01)
for epoch in range(6):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    OTHER
"""


@pytest.mark.parametrize(
    "other, loss, words",
    [
        ("other.apply_gradients(zip(gradients, model.trainable_variables))", "2", "takes turns"),
        ("optimizer, other = other, optimizer", "2", "several optimizers"),
        ("pass", "float('nan')", "nan before the first step"),
        ("tape = None", "2", None),
    ],
)
def test_what_its_losses_do_not_show_is_not_tried(
    run: Run, other: str, loss: str, words: str | None
) -> None:
    text = HEAD + "optimizer = keras.optimizers.SGD(0.01)\n" + TWO.replace("OTHER", other)
    ran = run(text.replace("** 2", f"** {loss}"))
    refusals = [each.impossible for each in ran.records if isinstance(each, Change)]
    if words is None:
        assert refusals == []
    else:
        assert refusals
        assert all(each is not None and words in each for each in refusals)


def test_what_is_compiled_again_is_not_run_eagerly_for_ever(run: Run) -> None:
    """A function with a tape that makes no steps, and a loop that was watched to the end."""
    looks = """
traced = 0

@tf.function
def saliency(x):
    global traced
    traced += 1
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(model(x))
    return tape.gradient(loss, x)


for _ in range(5):
    saliency(tf.constant(x))
"""
    ran = run(HEAD + looks)
    assert ran.names["traced"] == 2  # once eagerly, once to compile it
    assert ran.names["tf"].config.functions_run_eagerly() is False


STEPS = 40


def loop_records(
    written: Sequence[float],
    changed: Sequence[float] | None,
    *,
    step: float = 0.1,
    ended: str = "planned",
    symptom: str = "",
) -> list[Record]:
    """A loop whose first step changes its weights by ``step``."""
    reached = Reached(
        fit=0, line=12, filename="train.py", kind="gradient tape", framework="keras",
        model="unknown", parameters=3, optimizer="SGD", learning_rate=0.01, loss="of its own",
        task="unknown", metric="unknown", batch_size=0, epochs=1, planned_steps=len(written),
        rows=None, sampled_rows=0, sampling="", seeding="", validated=False, reason="no data",
    )  # fmt: skip
    records: list[Record] = [reached]
    for changes, losses in (((), written), ((RATE,), changed)):
        if losses is None:
            continue
        at = tuple(range(len(losses)))
        wrong = next((step for step in at if abs(losses[step]) > 1e30), None)
        records.append(
            Trial(0, changes, 0, len(at), ended, at, tuple(losses), (), diverged_at=wrong)
        )
    records.append(Layer(0, "kernel", "variable", "", (1.0, 1.0), (1.0, 1.0), (step, step)))
    if symptom:
        records.append(Symptom(0, symptom, "", "fit", 12, ""))
    return [*records, Change(0, RATE, "another rate")]


def falling(to: float, steps: int = STEPS) -> list[float]:
    """From 1 to its second half at ``to``."""
    return [1.0] * 5 + [to] * (steps - 5)


INFINITE = [1.0, 5.0, *([float("inf")] * (STEPS - 2))]
SWINGING = [1.0, 3.0, 0.5, 2.0] * (STEPS // 4)


@pytest.mark.parametrize(
    "written, changed, step, ended, ruling, reason",
    [
        (INFINITE, falling(0.3), 1.0, "capped", Ruling.CONFIRMED, None),
        (falling(9.0), falling(0.3), 1.0, "capped", Ruling.CONFIRMED, None),
        (SWINGING, falling(0.3), 1.0, "capped", Ruling.CONFIRMED, None),
        (falling(0.99), falling(0.3), 1e-7, "planned", Ruling.CONFIRMED, None),
        (falling(0.99), falling(0.3), 1e-7, "capped", Ruling.CONFIRMED, None),
        (falling(0.9), falling(0.3), 1e-7, "planned", Ruling.CONFIRMED, None),
        (falling(0.9), falling(0.3), 1e-4, "capped", Ruling.INCONCLUSIVE, "capped"),
        (falling(0.9), falling(0.3), 1e-4, "planned", Ruling.CONFIRMED, None),
        (falling(0.99, 10), falling(0.3, 10), 1e-7, "planned", Ruling.INCONCLUSIVE, "few-steps"),
        (INFINITE, INFINITE, 1.0, "planned", Ruling.INCONCLUSIVE, "no-cure"),
        (INFINITE, falling(1.0), 1.0, "planned", Ruling.INCONCLUSIVE, "no-cure"),
        (falling(0.3), falling(0.28), 1.0, "planned", Ruling.REFUTED, "no-effect"),
        (falling(0.3), INFINITE, 1e-7, "planned", Ruling.REFUTED, "no-effect"),
        (falling(0.3), falling(0.28), 1.0, "capped", Ruling.INCONCLUSIVE, "capped"),
        (falling(0.3), falling(0.1), 1.0, "planned", Ruling.INCONCLUSIVE, "small-effect"),
        (INFINITE, [1.0001, *falling(0.3)[1:]], 1.0, "planned", Ruling.INCONCLUSIVE, "not-repeatable"),
        (INFINITE, None, 1.0, "planned", Ruling.UNTRIED, "time"),
    ],
)  # fmt: skip
def test_what_losses_decide(
    written: Sequence[float],
    changed: Sequence[float] | None,
    step: float,
    ended: str,
    ruling: Ruling,
    reason: str | None,
) -> None:
    claim = Claim(0, "high-learning-rate", RATE, (12,))
    records = loop_records(written, changed, step=step, ended=ended)
    (verdict,) = verdicts([claim], records, Ended("finished"))
    assert (verdict.ruling, verdict.reason) == (ruling, reason)
    assert verdict.sentence


def test_other_findings_on_a_loop_are_not_tried() -> None:
    claim = Claim(0, "unscaled-features", "standardised-features", (12,))
    (verdict,) = verdicts([claim], loop_records(INFINITE, falling(0.3)), Ended("finished"))
    assert (verdict.ruling, verdict.reason) == (Ruling.INCONCLUSIVE, "no-trial")


BUDGET = 150  # as machines may be slow


def probe(folder: Path, text: str, *words: str, budget: int = BUDGET) -> tuple[int, dict[str, Any]]:
    """The exit code of ``tfcheck probe`` and its report."""
    (folder / "train.py").write_text(text)
    words = ("--output-format", "json", "--budget", str(budget), *words)
    done = subprocess.run(
        [str(SCRIPT), "probe", "-q", *words, "train.py"],
        cwd=folder,
        env={**os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(report, SCHEMA)
    return done.returncode, report


HELPER = """\
import tensorflow as tf

def train(model, optimizer, batches):
    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(x, training=True) - y) ** 2)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss
    for x, y in batches:
        step(x, y)
"""
ENDLESS = """
import os
from helper import train
if os.path.exists("weights"):
    raise SystemExit("this is no first run")
open("weights", "w").close()

def batches():
    while True:
        part = random.integers(0, 40, 8)
        yield x[part], y[part]

train(model, keras.optimizers.SGD(30.0), batches())
"""


def test_a_rate_that_is_too_high_is_confirmed_by_a_second_run(tmp_path: Path) -> None:
    """Of a loop without end in another file; what the first run has left behind is gone."""
    (tmp_path / "helper.py").write_text(HELPER)
    extra = ("--html", "page.html", "--fail-on-verdict", "confirmed")
    code, report = probe(tmp_path, HEAD + ENDLESS, *extra)
    (found,) = report["measured"]
    assert (found["name"], found["verdict"]) == ("high-learning-rate", "confirmed")
    assert code == 1
    (trial,) = found["trials"]
    assert trial["diff"].startswith("- SGD(learning_rate=30, ...)\n+ SGD(learning_rate=0.0")
    (seed,) = trial["seeds"]
    assert seed["without"]["diverged_at"] < 10
    assert seed["with"]["diverged_at"] is None
    (reached,) = report["fits"]
    assert (reached["filename"], reached["line"]) == ("helper.py", 8)
    without, with_change = reached["runs"]
    assert without["losses"][0] == with_change["losses"][0]
    assert without["steps"] == with_change["steps"]
    assert report["ended"]["how"] == "enough"
    assert report["seconds"] < BUDGET + 2
    page = (tmp_path / "page.html").read_text()
    assert "a learning rate of 0.0" in page
    assert 'class="losses"' in page
    assert "Skill" not in page


DEEP = HEAD.replace("Dropout(0.2)", 'Dense(8, "relu")')


def test_a_finding_about_the_rate_of_a_loop_is_tried(tmp_path: Path) -> None:
    text = script("keras.optimizers.Adam(1e-8)", head=DEEP, epochs=30)
    _, report = probe(tmp_path, text)
    (found,) = [each for each in report["findings"] if each["name"] == "vanishing-learning-rate"]
    assert found["verdict"] == "confirmed"
    assert report["measured"] == []


@pytest.mark.parametrize(
    "rate, head, expected",
    [
        ("30.0", HEAD.replace("default_rng(0)", "default_rng()"), [("inconclusive", "not-repeatable")]),
        ("0.01", HEAD, []),
    ],
    ids=["not the same twice", "nothing wrong"],
)  # fmt: skip
def test_where_a_second_run_shows_nothing(
    tmp_path: Path, rate: str, head: str, expected: list[tuple[str, str]]
) -> None:
    text = script(f"keras.optimizers.SGD({rate})", head=head, epochs=20)
    _, report = probe(tmp_path, text)
    assert [(each["verdict"], each["reason"]) for each in report["measured"]] == expected


def first_run(records: Sequence[Record], *, took: float, left: float, fits: int = 1) -> FirstRun:
    """A first run that has said this after ``took`` seconds, and has ``left`` ones."""
    now = time.monotonic()
    job = Job("train.py", "", (), (), (), 60, 1, 4096, None, False, planned_fits=fits)
    run = FirstRun(job, now - took, now + left, lambda _: None)
    for each in records:
        run(each)
    return run


DIVERGES = loop_records(INFINITE, None, step=3.0, ended="capped", symptom="nan-loss")[:-1]


@pytest.mark.parametrize(
    "took, left, fits, stops",
    [
        pytest.param(10, 50, 1, True, id="nothing else is planned"),
        pytest.param(10, 50, 2, False, id="more may come"),
        pytest.param(10, 11.2, 2, True, id="what is left is needed"),
        pytest.param(40, 20, 1, False, id="too little is left"),
    ],
)
def test_the_first_run_stops_for_a_second_one(
    took: float, left: float, fits: int, stops: bool
) -> None:
    assert (first_run(DIVERGES, took=took, left=left, fits=fits).enough() is not None) is stops
    sound = loop_records(falling(0.3), None, ended="capped")
    at_its_end = loop_records(INFINITE, None, step=3.0, symptom="nan-loss")[:-1]
    for records in (sound, at_its_end):
        assert first_run(records, took=took, left=left).enough() is None


def other_rates(run: FirstRun, *found: Sequence[float]) -> list[float]:
    """By what the rate is multiplied in the runs that are made, if their losses are these."""
    made: list[float] = []

    def rerun(loops: tuple[Loop, ...], hear: Hear, enough: Enough) -> None:
        made.append(loops[0].times)
        losses = found[len(made) - 1]
        hear(loop_records(INFINITE, losses)[2])
        assert enough()

    records = list(tried(run, rerun))
    assert sum(isinstance(each, Trial) for each in records) == bool(found)
    return made


@pytest.mark.parametrize(
    "step, symptom, found, times",
    [
        (3.0, "nan-loss", [falling(0.3)], [1e-3]),
        (3.0, "nan-loss", [INFINITE, falling(0.3)], [1e-3, 1e-4]),
        (3.0, "nan-loss", [falling(0.99), falling(0.3)], [1e-3, 1e-2]),
        (3.0, "nan-loss", [falling(0.99), INFINITE], [1e-3, 1e-2]),
        (3.0, "nan-loss", [INFINITE] * 3, [1e-3, 1e-4, 1e-5]),
        (1e-3, "divergence", [falling(0.3)], [1e-1]),
        (2e-7, "slow-convergence", [falling(0.3)], [1e4]),
        (2e-7, "slow-convergence", [INFINITE, falling(0.3)], [1e4, 1e3]),
        (1e-3, "slow-convergence", [INFINITE], [10]),
    ],
)
def test_which_rates_are_tried(
    step: float, symptom: str, found: Sequence[Sequence[float]], times: Sequence[float]
) -> None:
    records = loop_records(INFINITE, None, step=step, symptom=symptom)[:-1]
    made = other_rates(first_run(records, took=1, left=50), *found)
    assert made == pytest.approx(times)


def test_no_rate_is_tried_without_the_time_for_it() -> None:
    run = first_run(DIVERGES, took=40, left=20)
    assert other_rates(run) == []
    (remark,) = tried(run, lambda *_: None)
    assert isinstance(remark, Remark)
    assert "no time" in remark.message
