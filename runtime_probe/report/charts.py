"""The pictures of the page, as Vega-Lite specifications that become SVG.

Their colours are names of custom properties of the page's style, so that one picture is right in
light and in dark. Nothing in them is a link, a script or an image.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any, TypeAlias

from runtime_probe.records import TAPE, Column, Reached, Stability, Stopping, Trial
from runtime_probe.verdict import Pair, late

WIDE, NARROW, BESIDE = 720, 340, 300

Spec: TypeAlias = dict[str, Any]
Arm: TypeAlias = tuple[str, Sequence[Trial]]
"""The colour of a side of a comparison, and its runs."""

WITHOUT, WITH, QUIET, INK = "var(--without)", "var(--with)", "var(--quiet)", "var(--ink)"
_GOOD, _BAD, _RULE = "var(--good)", "var(--bad)", "var(--rule)"
_MOST_POINTS = 240  # of a curve; more are finer than the page
_MOST_COLUMNS = 12
_FEWEST_TICKS, _MOST_TICKS = 2, 6
_ROW, _AXIS = 24, 46
_LABEL = (
    "datum.value >= 1e5 || datum.value < 1e-3 "
    "? replace(format(datum.value, '.0e'), '+', '') : format(datum.value, ',~r')"
)
_CONFIG: Spec = {
    "aria": False,
    "background": None,
    "font": "system-ui",
    "view": {"stroke": None},
    "axis": {
        "domain": False,
        "ticks": False,
        "gridColor": _RULE,
        "gridWidth": 1,
        "labelColor": QUIET,
        "labelFontSize": 11,
        "labelPadding": 6,
        "titleColor": QUIET,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "titlePadding": 8,
    },
    "text": {"fontSize": 11, "color": QUIET},
}


def losses(arms: Sequence[Arm], fit: Reached, width: int) -> str | None:
    """The losses of runs over the steps of the plan, each seed and their middle, on a log axis.

    Dashed is the loss of the best constant prediction. A cross is where a run stops being finite.
    None where there is no loss to draw.
    """
    rows = [row for arm in arms for row in _curves(*arm)]
    finite = [row["loss"] for row in rows]
    if not finite:
        return None
    constant = fit.loss_of_constant
    if constant is not None:
        finite.append(constant)
    steps = max(fit.planned_steps, *(run.steps for _, runs in arms for run in runs))
    x: Spec = {
        "field": "step",
        "type": "quantitative",
        "scale": {"domain": [0, steps], "nice": False},
    }
    x["axis"] = {"title": "step", "grid": False, "tickCount": width // 120, "format": ",~r"}
    y: Spec = {"field": "loss", "type": "quantitative", **_loss_axis(finite)}
    color = {"field": "color", "type": "nominal", "scale": None}
    line: Spec = {"type": "line", "interpolate": "linear", "strokeJoin": "round"}
    layers: list[Spec] = [
        *_planned(fit),
        {
            "data": {"values": [row for row in rows if row["seed"] is not None]},
            "mark": {**line, "strokeWidth": 1, "opacity": 0.45},
            "encoding": {"x": x, "y": y, "color": color, "detail": {"field": "seed"}},
        },
        {
            "data": {"values": [row for row in rows if row["seed"] is None]},
            "mark": {**line, "strokeWidth": 2.25},
            "encoding": {"x": x, "y": y, "color": color},
        },
    ]
    if constant is not None:
        layers.append(_constant(constant))
    if ends := [each for color_, runs in arms for each in _ends(color_, runs, max(finite))]:
        mark = {"type": "point", "shape": "cross", "angle": 45, "size": 70, "filled": True}
        place = {"x": {"field": "step", "type": "quantitative"}, "y": {"field": "loss", **y}}
        layers.append(
            {"data": {"values": ends}, "mark": mark, "encoding": {**place, "color": color}}
        )
    return _svg({"width": width, "height": 260 if width > NARROW else 220, "layer": layers})


def skills(pairs: Sequence[Pair]) -> str:
    """The skill of each seed without the change, and with it."""
    rows: list[Spec] = [
        {
            "seed": f"seed {pair.seed}",
            "without": _within(late(pair.without).skill),
            "with": _within(late(pair.with_change).skill),
        }
        for pair in pairs
    ]
    low = -1 if any(row[name] < 0 for row in rows for name in ("without", "with")) else 0
    x: Spec = {"type": "quantitative", "scale": {"domain": [low - 0.05, 1.05], "nice": False}}
    x["axis"] = {"title": "0: a constant prediction, 1: perfect", "values": [low, 0, 0.5, 1]}
    y: Spec = {"field": "seed", "type": "nominal", "sort": None}
    y["axis"] = {"title": None, "grid": False}
    dot = {"type": "point", "filled": True, "size": 90, "opacity": 1}
    layers: list[Spec] = [
        {
            "mark": {"type": "rule", "color": QUIET, "strokeWidth": 2, "opacity": 0.5},
            "encoding": {"x": {**x, "field": "without"}, "x2": {"field": "with"}, "y": y},
        },
        {"mark": {**dot, "color": WITHOUT}, "encoding": {"x": {**x, "field": "without"}, "y": y}},
        {"mark": {**dot, "color": WITH}, "encoding": {"x": {**x, "field": "with"}, "y": y}},
    ]
    return _svg(_small({"data": {"values": rows}, "layer": layers}, len(rows), BESIDE))


def monitored(runs: Sequence[Trial], stopping: Sequence[Stopping]) -> str | None:
    """The validation losses of runs as written, over epochs, with the best epoch of each seed.

    A vertical line is where early stopping would have ended one. None without a loss to draw.
    """
    rows: list[Spec] = [
        {"epoch": epoch, "loss": loss, "seed": run.seed}
        for run in runs
        for epoch, loss in enumerate(run.validation_losses, 1)
        if math.isfinite(loss)
    ]
    if not rows:
        return None
    stops = {each.stopped_at for each in stopping if each.stopped_at is not None}
    best = {(each.seed, each.best_epoch) for each in stopping}
    last = max(*(row["epoch"] for row in rows), *stops, 2)
    x: Spec = {"field": "epoch", "type": "quantitative"}
    x["scale"] = {"domain": [1, last], "nice": False}
    x["axis"] = {
        "title": "epoch",
        "grid": False,
        "tickCount": min(last, _MOST_TICKS),
        "format": "d",
    }
    y: Spec = {"field": "loss", "type": "quantitative", **_loss_axis([row["loss"] for row in rows])}
    layers: list[Spec] = [
        {
            "data": {"values": [{"epoch": each} for each in sorted(stops)]},
            "mark": {"type": "rule", "color": WITH, "strokeWidth": 1.5},
            "encoding": {"x": x},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "line", "color": WITHOUT, "strokeWidth": 1.5, "opacity": 0.7},
            "encoding": {"x": x, "y": y, "detail": {"field": "seed"}},
        },
        {
            "data": {"values": [row for row in rows if (row["seed"], row["epoch"]) in best]},
            "mark": {"type": "point", "filled": True, "size": 70, "color": INK, "opacity": 1},
            "encoding": {"x": x, "y": y},
        },
    ]
    return _svg({"width": BESIDE, "height": 180, "layer": layers})


def rates(stability: Stability) -> str:
    """The learning rate against the largest stable one, and one that would do."""
    rate, limit, better = stability.learning_rate, stability.limit, stability.stable_rate
    rows: list[Spec] = [{"name": "as written", "rate": rate, "color": INK}]
    if rate > limit:
        rows = [
            {"name": "as written", "rate": rate, "color": _BAD},
            {"name": "would do", "rate": better, "color": _GOOD},
        ]
    values = [limit, *(row["rate"] for row in rows)]
    low, high = min(values) / 3, max(values) * 3
    x: Spec = {"type": "quantitative", **_log_axis(low, high, pad=0.0), "field": "rate"}
    x["axis"] = {**x["axis"], "title": "learning rate"}
    y: Spec = {"field": "name", "type": "nominal", "sort": None}
    y["axis"] = {"title": None, "grid": False}
    layers: list[Spec] = [
        {
            "data": {"values": [{"from": low, "rate": limit}]},
            "mark": {"type": "rect", "color": _GOOD, "opacity": 0.13},
            "encoding": {"x": {**x, "field": "from"}, "x2": {"field": "rate"}},
        },
        {
            "data": {"values": [{"rate": limit}]},
            "mark": {"type": "rule", "color": _GOOD, "strokeWidth": 2},
            "encoding": {"x": x},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {
                "x": x,
                "y": y,
                "color": {"field": "color", "type": "nominal", "scale": None},
            },
        },
    ]
    return _svg(_small({"layer": layers}, len(rows)))


def columns_shown(columns: Sequence[Column]) -> list[Column]:
    """The columns that are farthest from a scale of 1, the farthest first."""
    spread = [each for each in columns if _scale(each) > 0]
    return sorted(spread, key=lambda each: -abs(math.log(_scale(each))))[:_MOST_COLUMNS]


def features(columns: Sequence[Column]) -> str | None:
    """Mean and spread of columns, which train best where both are near 1 or below."""
    shown = columns_shown(columns)
    rows: list[Spec] = [
        {"name": each.name[:24], "what": what, "value": value}
        for each in shown
        for what, value in (("mean", abs(each.mean)), ("std", each.std))
        if value > 0 and math.isfinite(value)
    ]
    if not rows:
        return None
    values = [0.1, 10.0, *(row["value"] for row in rows)]
    x: Spec = {"field": "value", "type": "quantitative", **_log_axis(min(values), max(values))}
    x["axis"] = {**x["axis"], "title": "○ size of the mean, ● standard deviation"}
    y: Spec = {"field": "name", "type": "nominal", "sort": None}
    y["axis"] = {"title": None, "grid": False, "labelLimit": 110}
    mark = {"type": "point", "size": 80, "color": INK, "opacity": 1}

    def dots(what: str, filled: bool) -> Spec:
        values = [row for row in rows if row["what"] == what]
        drawn = {**mark, "filled": filled, "strokeWidth": 1.5}
        return {"data": {"values": values}, "mark": drawn, "encoding": {"x": x, "y": y}}

    one = {
        "mark": {"type": "rule", "color": _GOOD, "strokeWidth": 2},
        "encoding": {"x": {"datum": 1}},
    }
    return _svg(_small({"layer": [one, dots("mean", False), dots("std", True)]}, len(shown)))


def _curves(color: str, runs: Sequence[Trial]) -> Iterator[Spec]:
    """The points of the curve of each seed, and of the middle of them all."""
    middle: dict[int, list[float]] = {}
    for run in runs:
        for step, loss in _thinned(run):
            yield {"step": step, "loss": loss, "seed": run.seed, "color": color}
            middle.setdefault(step, []).append(loss)
    for step, values in sorted(middle.items()):
        if 2 * len(values) > len(runs):
            yield {"step": step, "loss": median(values), "seed": None, "color": color}


def _thinned(run: Trial) -> Iterator[tuple[int, float]]:
    """The finite losses of a run: all, or the lowest and the highest of every few."""
    points = [each for each in zip(run.at, run.losses, strict=True) if math.isfinite(each[1])]
    size = math.ceil(2 * len(points) / _MOST_POINTS)
    if size <= 2:
        yield from points
        return
    for start in range(0, len(points), size):
        part = sorted(points[start : start + size], key=lambda point: point[1])
        yield from sorted({part[0], part[-1]})


def _ends(color: str, runs: Sequence[Trial], top: float) -> Iterator[Spec]:
    return (
        {"step": run.diverged_at, "loss": top, "color": color}
        for run in runs
        if run.diverged_at is not None
    )


def _planned(fit: Reached) -> list[Spec]:
    """Where the script itself would end, or where nobody has looked any more."""
    name = "end of what was watched" if fit.kind == TAPE else "planned end"
    data = {"values": [{"step": fit.planned_steps, "name": name}]}
    x: Spec = {"field": "step", "type": "quantitative"}
    text = {"type": "text", "align": "right", "baseline": "bottom", "fontSize": 11}
    return [
        {
            "data": data,
            "mark": {"type": "rule", "color": QUIET, "strokeWidth": 1},
            "encoding": {"x": x},
        },
        {
            "data": data,
            "mark": {**text, "color": QUIET},
            "encoding": {"x": x, "y": {"value": -3}, "text": {"field": "name"}},
        },
    ]


def _constant(loss: float) -> Spec:
    return {
        "data": {"values": [{"loss": loss}]},
        "mark": {"type": "rule", "color": INK, "strokeDash": [3, 3], "strokeWidth": 1.25},
        "encoding": {"y": {"field": "loss", "type": "quantitative"}},
    }


def _loss_axis(values: Sequence[float]) -> Spec:
    if min(values) > 0:
        axis = _log_axis(min(values), max(values))
        return {**axis, "axis": {**axis["axis"], "title": None}}
    return {"axis": {"title": None, "tickCount": 5}}  # some losses are below zero


def _log_axis(low: float, high: float, pad: float = 0.06) -> Spec:
    """A logarithmic scale, ticked at powers of ten, or at 1, 2 and 5."""
    first, last = math.log10(low), math.log10(high)
    margin = pad * max(last - first, 0.3)
    first, last = first - margin, last + margin
    decades = range(math.floor(first), math.floor(last) + 1)
    for steps in ((1,), (1, 2, 5)):
        ticks = [10.0**each * step for each in decades for step in steps]
        ticks = [each for each in ticks if first <= math.log10(each) <= last]
        if len(ticks) >= _FEWEST_TICKS:
            break
    axis: Spec = {"labelExpr": _LABEL, "tickCount": 4}
    if len(ticks) >= _FEWEST_TICKS:
        axis["values"] = ticks[:: math.ceil(len(ticks) / _MOST_TICKS)]
    scale: Spec = {"type": "log", "domain": [10**first, 10**last], "nice": False}
    return {"scale": scale, "axis": axis}


def _scale(column: Column) -> float:
    size = max(abs(column.mean), column.std)
    return size if math.isfinite(size) else 0.0


def _within(skill: float) -> float:
    """Skill for an axis: nothing below that of a constant prediction by more matters."""
    return max(-1.0, skill) if math.isfinite(skill) else -1.0


def _small(spec: Spec, rows: int, width: int = NARROW) -> Spec:
    return {"width": width, "height": _AXIS + rows * _ROW, **spec}


def _svg(spec: Spec) -> str:
    import vl_convert  # holds a JavaScript engine, so only where a page is wanted

    fitted = {"autosize": {"type": "fit", "contains": "padding"}, "padding": 2, "config": _CONFIG}
    drawn: str = vl_convert.vegalite_to_svg({**fitted, **spec})
    return drawn
