"""A probe as one page that needs nothing else: no network, no script, no file beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from runtime_probe.figures import count, number, percent
from runtime_probe.records import FirstBatch, Layer, Reached, Remark, Stability, Stopping, Trial
from runtime_probe.report import Report, charts, words
from runtime_probe.verdict import Pair, late, optimised_loss
from tfcheck.output.concise import place


def write(report: Report, path: Path) -> None:
    """Write the page. Raises ``OSError`` where that cannot be."""
    path.write_text(page(report), encoding="utf-8")


def page(report: Report) -> str:
    """The page of a report; whatever comes from the script is escaped in it."""
    environment = Environment(
        loader=PackageLoader("runtime_probe.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(number=number, percent=percent, opened=words.opened)
    style, _, _ = environment.loader.get_source(environment, "style.css")  # type: ignore[union-attr]
    return environment.get_template("page.html").render(
        report=report,
        style=Markup(style),
        summary=words.summary(report),
        fits={each.fit: each for each in report.fits},
        compared={each.fit for each in report.verdicts if each.pairs},
        draw=_Pictures(report),
        strip_of=lambda fit: _strip(list(report.of_fit(Layer, fit))),
        facts_of=lambda fit: _opened(_facts(fit, report)),
        run=_opened(_run(report)),
        words=words,
        place=place,
        late=late,
        optimised_loss=optimised_loss,
    )


_AS_THEY_ARE = {"with", "arguments", "kept"}  # no sentences
_LEAST_RANGE = math.log(100)  # so that what is nearly the same looks so


class _Losses(NamedTuple):
    """A picture in both widths, and in words."""

    wide: Markup
    narrow: Markup
    words: str
    crossed: bool


class _Scales(NamedTuple):
    drawn: Markup
    words: str
    shown: int
    left_out: int


class _Pictures:
    """The pictures as the page takes them: SVG that is escaped already."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def pairs(self, pairs: Sequence[Pair], fit: Reached) -> _Losses | None:
        without, cured = [each.without for each in pairs], [each.with_change for each in pairs]
        described = " → ".join(words.second_half(runs) for runs in (without, cured))
        return _losses([(charts.WITHOUT, without), (charts.WITH, cured)], fit, described)

    def as_written(self, fit: Reached) -> _Losses | None:
        runs = [each for each in self._report.of_fit(Trial, fit) if not each.changes]
        return _losses([(charts.WITHOUT, runs)], fit, words.second_half(runs)) if runs else None

    def skills(self, pairs: Sequence[Pair]) -> Markup:
        return Markup(charts.skills(pairs))

    def monitored(self, stopping: Sequence[Stopping], fit: Reached) -> Markup | None:
        runs = [each for each in self._report.of_fit(Trial, fit) if not each.changes]
        drawn = charts.monitored(runs, stopping) if stopping[0].monitor == "val_loss" else None
        return None if drawn is None else Markup(drawn)

    def stabilities(self, fit: Reached) -> list[Stability]:
        """Those that fit on a logarithmic axis: a rate may be 0, a limit infinite."""
        return [
            each
            for each in self._report.of_fit(Stability, fit)
            if all(0 < x < math.inf for x in (each.learning_rate, each.limit, each.stable_rate))
        ]

    def rates(self, stability: Stability) -> Markup:
        return Markup(charts.rates(stability))

    def features(self, fit: Reached) -> _Scales | None:
        shown = charts.columns_shown(fit.columns)
        drawn = charts.features(fit.columns)
        if drawn is None:
            return None
        described = "; ".join(
            f"{each.name}: mean {number(each.mean)}, standard deviation {number(each.std)}"
            for each in shown
        )
        return _Scales(Markup(drawn), described, len(shown), len(fit.columns) - len(shown))


def _losses(arms: Sequence[charts.Arm], fit: Reached, described: str) -> _Losses | None:
    wide, narrow = (charts.losses(arms, fit, width) for width in (charts.WIDE, charts.NARROW))
    if wide is None or narrow is None:
        return None
    crossed = any(run.diverged_at is not None for _, runs in arms for run in runs)
    return _Losses(Markup(wide), Markup(narrow), f"Loss in the second half: {described}", crossed)


class _Cell(NamedTuple):
    """A number of the strip; ``share`` of the full colour is behind it."""

    words: str
    share: float
    odd: bool


class _Strip(NamedTuple):
    names: list[str]
    rows: list[tuple[str, list[_Cell]]]


def _strip(layers: Sequence[Layer]) -> _Strip:
    """Layers by what was measured of them, coloured by the logarithm, or by the share of units."""
    measured: dict[str, list[tuple[float, float] | None]] = {
        "gradient norm": [each.gradient_norms for each in layers],
        "update ratio": [each.update_ratios for each in layers],
        "dead units": [each.dead for each in layers],
        "saturated": [each.saturated for each in layers],
    }
    shares = {"dead units", "saturated"}
    columns = {
        name: list(_shares(values) if name in shares else _norms(values))
        for name, values in measured.items()
        if any(each is not None for each in values)
    }
    rows = [
        (layer.name, [cell for cells in columns.values() for cell in cells[row]])
        for row, layer in enumerate(layers)
    ]
    return _Strip(list(columns), rows)


def _norms(values: Sequence[tuple[float, float] | None]) -> Iterator[list[_Cell]]:
    logs = [
        math.log(each) for both in values for each in both or () if math.isfinite(each) and each > 0
    ]
    low = min(logs, default=0.0)
    high = max([*logs, low + _LEAST_RANGE])

    def share(value: float) -> float:
        if value <= 0:
            return 0.0
        return round((math.log(value) - low) / (high - low), 3)

    for both in values:
        yield [
            _Cell(number(each), share(each), each == 0)
            if math.isfinite(each)
            else _Cell(number(each), 1.0, odd=True)
            for each in both or ()
        ]


def _shares(values: Sequence[tuple[float, float] | None]) -> Iterator[list[_Cell]]:
    for both in values:
        yield [
            _Cell("–", 0.0, odd=False)
            if each is None or math.isnan(each)
            else _Cell(percent(each), round(each, 3), odd=False)
            for each in both or (None, None)
        ]


def _opened(facts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, said if name in _AS_THEY_ARE else words.opened(said)) for name, said in facts]


def _facts(fit: Reached, report: Report) -> Iterator[tuple[str, str]]:
    yield "model", words.model(fit)
    yield "plan", words.plan(fit)
    yield "seeds", fit.seeding
    if fit.reason is not None:
        yield "no trial", fit.reason
    if fit.stand_in is not None:
        yield "stand-in", fit.stand_in
    for stability in report.of_fit(Stability, fit):
        yield "stability", "; ".join(words.stability(stability))
    for batch in report.of_fit(FirstBatch, fit):
        yield "first batch", "; ".join(words.first_batch(batch))
    constant = [each.name for each in fit.columns if each.std == 0]
    if constant:
        yield "constant", f"one value only: {words.listed(constant)}"
    for remark in report.of_fit(Remark, fit):
        yield "remark", remark.message


def _run(report: Report) -> Iterator[tuple[str, str]]:
    request = report.request
    yield "ran", words.ran(report)
    yield from words.guard(report.guard)
    if report.versions:
        yield "with", ", ".join(f"{name} {version}" for name, version in report.versions.items())
    if request.arguments:
        yield "arguments", " ".join(request.arguments)
    yield (
        "trials",
        f"{count(request.seeds, 'seed')}, at most {count(request.max_samples, 'row')} each",
    )
    yield from (("upgraded", each) for each in report.rewrites)
    yield from (("remark", each) for each in report.general_remarks)
    if report.kept is not None:
        yield "kept", report.kept
