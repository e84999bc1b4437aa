"""Skill, by which a benchmark says how a program trains in truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from skill import skill_of

CLASSES = np.array([0, 1, 2, 2])
ONE_HOT = np.eye(3)[CLASSES]


@pytest.mark.parametrize(
    "predicted, y, skill",
    [
        (ONE_HOT, CLASSES, 1.0),
        (ONE_HOT, ONE_HOT, 1.0),
        (np.full((4, 3), [0.2, 0.3, 0.5]), ONE_HOT, 0.0),
        ([[0.9], [0.2], [0.8], [0.1]], [1, 0, 1, 0], 1.0),
        ([[1.0]] * 4, [1, 0, 1, 0], 0.0),
        ([[0.9], [-0.8]], [1, -1], 1.0),
        ([[1.5], [2.5], [3.5]], [1.5, 2.5, 3.5], 1.0),
        ([[2.5], [2.5], [2.5]], [1.5, 2.5, 3.5], 0.0),
        ([[math.nan]] * 2, [1, 0], -math.inf),
    ],
)
def test_skill_is_one_for_perfect_and_zero_for_constant_predictions(
    predicted: object, y: object, skill: float
) -> None:
    assert skill_of(predicted, y) == pytest.approx(skill)


def test_predictions_for_other_rows_have_no_skill() -> None:
    with pytest.raises(ValueError, match="broadcast"):
        skill_of([[0.5], [0.5]], [0.1, 0.2, 0.35])
