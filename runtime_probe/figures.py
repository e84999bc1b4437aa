"""Numbers as a reader has them."""

from __future__ import annotations

import math


def number(value: float | None) -> str:
    """Three digits that count, thousands apart: ``0.0123``, ``1,230``, ``2.5e-05``, ``NaN``."""
    if value is None:
        return "–"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if 1000 <= abs(value) < 1e7:
        return f"{value:,.0f}"
    return f"{value:.3g}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")


def times(value: float) -> str:
    """How many times as much: ``40``, ``2.5``."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def count(value: int, noun: str) -> str:
    """``1 step``, ``1,200 steps``."""
    return f"{value:,} {noun}" if value == 1 else f"{value:,} {noun}s"


def percent(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "–"
    return f"{value:.0%}" if math.isfinite(value) else "∞"
