"""The decision procedure of the probe, on runs whose numbers are made up to tell cases apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from runtime_probe.job import Claim
from runtime_probe.judging import verdicts
from runtime_probe.records import (
    Change,
    Ended,
    Measured,
    Reached,
    Record,
    Stopping,
    Suspicion,
    Trial,
    from_line,
    to_line,
)
from runtime_probe.verdict import Ruling

STEPS = 100
CONSTANT = 0.7
FIT = Reached(
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
    planned_steps=STEPS,
    rows=320,
    sampled_rows=320,
    sampling="all rows",
    seeding="cloned",
    validated=False,
    loss_of_constant=CONSTANT,
)
DONE = Ended("finished")
SEEDS = (0, 1, 2)


def trial(
    changes: Sequence[str],
    losses: Sequence[float],
    skill: float,
    seed: int = 0,
    ended: str = "planned",
    constant: bool = False,
) -> Trial:
    """A run whose losses are measured at even distances, with this skill all along."""
    at = [round(STEPS * number / (len(losses) - 1)) for number in range(len(losses))]
    measured = tuple(
        Measured(step, loss, 1 - loss / CONSTANT, 0.5 + skill / 2, skill, constant)
        for step, loss in zip(at, losses, strict=True)
    )
    return Trial(0, tuple(changes), seed, STEPS, ended, tuple(at), tuple(losses), measured)


def ruled(intervention: str, trials: Sequence[Trial], fit: Reached = FIT) -> tuple[Ruling, str]:
    claim = Claim(0, "some-rule", intervention, (fit.line,))
    (verdict,) = verdicts([claim], [fit, *trials], DONE)
    assert verdict.sentence
    return verdict.ruling, verdict.reason or ""


FAILING = (0.7, 90.0, 3.0, 80.0, 0.9, 70.0)
FLAT = (0.7, 0.7, 0.7, 0.7, 0.7, 0.7)
GOOD = (0.7, 0.2, 0.1, 0.1, 0.1, 0.1)
LATE = (0.7, 0.69, 0.68, 0.66, 0.65, 0.1)


@pytest.mark.parametrize(
    "without, skill, ended, ruling, reason",
    [
        pytest.param(FAILING, 0.0, "planned", Ruling.CONFIRMED, "", id="periodic"),
        pytest.param(FAILING, 0.0, "capped", Ruling.CONFIRMED, "", id="failing, cut off"),
        pytest.param(FLAT, 0.0, "planned", Ruling.CONFIRMED, "", id="does not learn"),
        pytest.param(LATE, 0.6, "planned", Ruling.CONFIRMED, "", id="slow"),
        pytest.param(GOOD, 0.9, "planned", Ruling.REFUTED, "no-effect", id="trains as well"),
        pytest.param(GOOD, 0.9, "capped", Ruling.INCONCLUSIVE, "capped", id="good, cut off"),
    ],
)
def test_one_change(
    without: Sequence[float], skill: float, ended: str, ruling: Ruling, reason: str
) -> None:
    runs = [
        each
        for seed in SEEDS
        for each in (trial((), without, skill, seed, ended), trial(("a",), GOOD, 0.9, seed, ended))
    ]
    assert ruled("a", runs) == (ruling, reason)


def test_a_run_that_was_cut_off_never_confirms_that_it_does_not_learn() -> None:
    runs = [trial((), FLAT, 0.0, ended="capped"), trial(("a",), FLAT, 0.0, ended="capped")]
    assert ruled("a", runs) == (Ruling.INCONCLUSIVE, "capped")


def test_a_perfect_curve_with_a_constant_output_does_not_learn() -> None:
    runs = [
        each
        for seed in SEEDS
        for each in (
            trial((), GOOD, 0.0, seed, constant=True),
            trial(("a",), GOOD, 0.9, seed),
        )
    ]
    assert ruled("a", runs) == (Ruling.CONFIRMED, "")


def test_seeds_that_disagree_decide_nothing() -> None:
    runs = [
        each
        for seed, without in zip(SEEDS, (FAILING, GOOD, GOOD), strict=True)
        for each in (trial((), without, 0.9, seed), trial(("a",), GOOD, 0.9, seed))
    ]
    assert ruled("a", runs) == (Ruling.INCONCLUSIVE, "seeds-disagree")


def test_few_rows_do_not_show_that_a_model_does_not_learn_but_that_it_fails() -> None:
    fit = replace(FIT, rows=4, sampled_rows=4)
    idle = [trial((), FLAT, 0.0), trial(("a",), GOOD, 0.9)]
    assert ruled("a", idle, fit) == (Ruling.INCONCLUSIVE, "few-rows")
    failing = [trial((), FAILING, 0.0), trial(("a",), GOOD, 0.9)]
    assert ruled("a", failing, fit) == (Ruling.CONFIRMED, "")


def test_little_skill_beside_much_is_a_fault() -> None:
    poor = (0.7, 0.6, 0.6, 0.6, 0.6, 0.6)
    runs = [
        each
        for seed in SEEDS
        for each in (trial((), poor, 0.2, seed), trial(("a",), poor, 0.9, seed))
    ]
    assert ruled("a", runs) == (Ruling.CONFIRMED, "")


def test_a_cross_entropy_below_0_is_a_fault() -> None:
    unbounded = (0.7, 0.2, 0.1, 0.1, 0.0, -90.0)
    runs = [trial((), unbounded, 0.9), trial(("a",), GOOD, 0.9)]
    assert ruled("a", runs) == (Ruling.CONFIRMED, "")
    assert ruled("a", runs, replace(FIT, loss="mean_squared_error"))[0] is not Ruling.CONFIRMED


def test_what_only_repairs_another_change_is_not_confirmed() -> None:
    runs = company(neither=0.9, a=0.0, b=0.9, both=0.9)
    assert ruled("b", runs) == (Ruling.INCONCLUSIVE, "small-effect")


def raised(changes: Sequence[str], seed: int = 0) -> Trial:
    return Trial(0, tuple(changes), seed, 0, "failed", (), (), ())


def test_a_training_that_raises_without_the_change_confirms_it() -> None:
    runs = [each for seed in SEEDS for each in (raised((), seed), trial(("a",), GOOD, 0.9, seed))]
    assert ruled("a", runs) == (Ruling.CONFIRMED, "")


@pytest.mark.parametrize("without", [raised(()), trial((), FAILING, 0.0)])
def test_a_change_with_which_training_raises_decides_nothing(without: Trial) -> None:
    assert ruled("a", [without, raised(("a",))]) == (Ruling.INCONCLUSIVE, "change-raises")


def test_a_change_that_cures_nothing_is_no_confirmation() -> None:
    runs = [trial((), FAILING, 0.0), trial(("a",), (0.7, 9.0, 9.0, 0.7, 0.7, 0.7), 0.0)]
    assert ruled("a", runs) == (Ruling.INCONCLUSIVE, "no-cure")


BOTH = ("a", "b")


def company(neither: float, a: float, b: float, both: float) -> list[Trial]:
    """Runs of two changes in all combinations, by the skill that each ends with."""
    losses = {0.0: FLAT, 0.9: GOOD}
    return [
        trial(changes, losses[skill], skill, seed)
        for seed in SEEDS
        for changes, skill in (((), neither), (("a",), a), (("b",), b), (BOTH, both))
    ]


def test_faults_that_mask_each_other_are_both_confirmed() -> None:
    runs = company(neither=0.0, a=0.0, b=0.0, both=0.9)
    assert ruled("a", runs) == ruled("b", runs) == (Ruling.CONFIRMED, "")


def test_a_change_that_matters_only_alone_is_redundant() -> None:
    runs = company(neither=0.0, a=0.9, b=0.9, both=0.9)
    assert ruled("a", runs) == (Ruling.INCONCLUSIVE, "redundant")


def test_a_change_without_effect_in_company_is_refuted() -> None:
    runs = company(neither=0.0, a=0.9, b=0.0, both=0.9)
    assert ruled("a", runs) == (Ruling.CONFIRMED, "")
    assert ruled("b", runs) == (Ruling.REFUTED, "no-effect")


def test_alone_without_effect_and_not_tried_in_company_is_masked() -> None:
    runs = [each for each in company(0.0, 0.0, 0.0, 0.9) if each.changes != ("b",)]
    assert ruled("a", runs) == (Ruling.INCONCLUSIVE, "masked")


def test_a_change_that_was_not_run_is_untried() -> None:
    assert ruled("a", [trial((), FLAT, 0.0)]) == (Ruling.UNTRIED, "time")


def stopping(
    stopped_at: int | None, rise: float, seed: int = 0, epochs: int = FIT.epochs
) -> Stopping:
    return Stopping(0, seed, "val_loss", 5, epochs, stopped_at, 40, rise)


@pytest.mark.parametrize(
    "records, expected",
    [
        ([stopping(None, 0.0), stopping(None, 0.0, 1)], (Ruling.REFUTED, "never-stops")),
        ([stopping(45, 0.5), stopping(55, 0.4, 1)], (Ruling.CONFIRMED, "")),
        ([stopping(45, 0.5), stopping(None, 0.0, 1)], (Ruling.INCONCLUSIVE, "seeds-disagree")),
        ([stopping(97, 0.01)], (Ruling.INCONCLUSIVE, "little-saved")),
        ([stopping(None, 0.0), stopping(None, 0.0, 1, 60)], (Ruling.INCONCLUSIVE, "capped")),
        ([stopping(45, 0.5), stopping(None, 0.0, 1, 60)], (Ruling.INCONCLUSIVE, "capped")),
        ([stopping(45, 0.5, 0, 60)], (Ruling.CONFIRMED, "")),
        ([], (Ruling.UNTRIED, "time")),
    ],
)
def test_early_stopping(records: list[Stopping], expected: tuple[Ruling, str]) -> None:
    claim = Claim(0, "no-early-stopping", "early-stopping", ())
    (verdict,) = verdicts([claim], [FIT, *records], DONE)
    assert (verdict.ruling, verdict.reason or "") == expected


def test_a_claim_is_judged_at_the_fits_on_its_lines() -> None:
    other = replace(FIT, fit=1, line=20)
    here, anywhere = Claim(0, "a-rule", "a", (20,)), Claim(1, "b-rule", "b", (3,))
    judged = verdicts([here, anywhere], [FIT, other], DONE)
    assert [(each.finding, each.fit) for each in judged] == [(0, 1), (1, 0), (1, 1)]


def test_a_claim_about_a_fit_that_was_not_reached_is_not_judged_at_another() -> None:
    claim = Claim(0, "a-rule", "a", (20,))
    (verdict,) = verdicts([claim], [FIT], Ended("time", "its time was over"), fit_lines=[12, 20])
    assert (verdict.ruling, verdict.reason) == (Ruling.INCONCLUSIVE, "no-fit-reached")


def test_what_stands_in_for_data_says_nothing_of_the_data() -> None:
    fit = replace(FIT, stand_in="made-up mnist")
    runs = [trial((), FAILING, 0.0), trial(("a",), GOOD, 0.9)]
    claims = [Claim(0, "a-rule", "a", (), rests_on_data=True), Claim(1, "a-rule", "a", ())]
    about_data, about_model = verdicts(claims, [fit, *runs], DONE)
    assert (about_data.ruling, about_data.reason) == (Ruling.UNTRIED, "stand-in-data")
    assert about_model.ruling is Ruling.CONFIRMED


def test_the_reason_is_said_where_there_was_no_trial() -> None:
    claims = [Claim(0, "a-rule", "a", ())]
    (verdict,) = verdicts(claims, [], Ended("exception", "FileNotFoundError: train.csv", 3))
    assert (verdict.ruling, verdict.reason) == (Ruling.INCONCLUSIVE, "no-fit-reached")
    assert "train.csv" in verdict.sentence
    (verdict,) = verdicts(claims, [replace(FIT, reason="the callback Mine is unknown")], DONE)
    assert verdict.sentence == "the callback Mine is unknown"


def test_a_script_that_has_the_change_already_refutes_the_finding() -> None:
    change = Change(0, "a", "features are standardised", impossible="mean 0", already=True)
    (verdict,) = verdicts([Claim(0, "a-rule", "a", ())], [FIT, change], DONE)
    assert (verdict.ruling, verdict.reason) == (Ruling.REFUTED, "already-so")


def test_a_measured_fault_is_judged_like_a_finding() -> None:
    suspicion = Suspicion(0, "unscaled-features", "a", "column 2 has a spread of 900")
    runs = [trial((), FAILING, 0.0), trial(("a",), GOOD, 0.9)]
    (verdict,) = verdicts([], [FIT, suspicion, *runs], DONE)
    assert (verdict.finding, verdict.ruling) == (None, Ruling.CONFIRMED)


@pytest.mark.parametrize(
    "record", [FIT, trial(("a",), (0.7, float("inf")), 0.1), stopping(None, 0.1), DONE]
)
def test_records_survive_the_pipe(record: Record) -> None:
    assert from_line(to_line(record)) == record
