"""How many steps and seeds there is time for, and which run comes next."""

from __future__ import annotations

import time

import pytest

from runtime_probe.child.schedule import Schedule, grid, growing


def schedule(planned: int = 1000, seeds: int = 3, arms: int = 1, seconds: float = 100) -> Schedule:
    return Schedule(planned, seeds, arms, time.monotonic() + seconds)


@pytest.mark.parametrize(
    ("pace", "seconds", "seeds", "horizon"),
    [
        (0.001, 100, 3, 1000),
        (0.015, 100, 2, 1000),  # 75 s for two runs of 15 s a seed
        (0.03, 100, 2, 624),  # not for both seeds in full
        (0.15, 100, 1, 249),  # too few steps for two seeds
        (10.0, 10, 1, 1),
    ],
)
def test_fewer_seeds_first_and_then_fewer_steps(
    pace: float, seconds: float, seeds: int, horizon: int
) -> None:
    made = schedule(seconds=seconds)
    made.settle(pace, setting_up=0.0)
    assert made.settled
    assert (made.seeds, made.horizon) == (seeds, pytest.approx(horizon, abs=1))


def test_making_each_arm_ready_takes_time_too() -> None:
    made = schedule(arms=3)
    made.settle(0.01, setting_up=10.0)
    assert (made.seeds, made.horizon) == (2, pytest.approx(562, abs=1))


def test_what_verdicts_rest_on_comes_first() -> None:
    made = schedule(seeds=2)
    every, without, alone = ("a", "b", "c"), [("b", "c"), ("a", "c"), ("a", "b")], [("a",)]
    assert list(made.runs([every, *without], alone)) == [
        ((), 1),
        (every, 0),
        (every, 1),
        *((arm, 0) for arm in without),
        *((arm, 1) for arm in without),
        (("a",), 0),
        (("a",), 1),
    ]
    assert list(made.runs([], [])) == [((), 1)]


def test_no_run_is_begun_that_cannot_end() -> None:
    made = schedule(seconds=10)
    assert made.has_time()
    made.took(11.0)
    assert not made.has_time()


@pytest.mark.parametrize("steps", [1, 2, 10, 1000, 123457])
def test_there_are_looks_in_the_second_half(steps: int) -> None:
    for looks in (grid(steps), growing(steps)):
        assert looks[0] == 0
        assert looks[-1] == steps
        assert looks == sorted(set(looks))
        assert len([each for each in looks if each > steps / 2]) >= min(3, steps - steps // 2)
        assert len(looks) < 150
