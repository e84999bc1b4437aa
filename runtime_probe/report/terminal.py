"""A probe for a person at a terminal: what was run, then a card for each finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from runtime_probe.figures import count, number, percent
from runtime_probe.records import FirstBatch, Reached, Remark, Stability, Stopping, Symptom
from runtime_probe.report import Card, Report, words
from runtime_probe.report.sparkline import sparklines
from runtime_probe.verdict import Pair, Ruling, Verdict, late, optimised_loss
from tfcheck.output.concise import place

STYLES = {
    Ruling.CONFIRMED: "bold red",
    Ruling.REFUTED: "bold green",
    Ruling.INCONCLUSIVE: "bold yellow",
    Ruling.UNTRIED: "bold cyan",
}
_SHOWN_IN_FULL = {Ruling.CONFIRMED, Ruling.REFUTED}
_ARMS, _ARM_STYLES = ("without", "with"), ("red", "green")
_MARGIN = 6
_WIDEST = 100  # columns that are easy to read
_LABELS = _MARGIN + 25  # what stands beside a line of bars
_LONGEST_BARS = 48
_LONGEST_METRIC = 12
_CONTROLS = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)))  # they move the cursor


def write(report: Report, stream: TextIO, *, color: bool, width: int | None = None) -> None:
    """Write all of a report, ``width`` columns wide or as wide as the terminal is."""
    console = Console(
        file=stream,
        force_terminal=color,
        color_system="standard" if color else None,
        highlight=False,
        width=width,
    )
    console.width = min(console.width, _WIDEST)
    with console.capture() as capture:
        for part in _parts(report, console.width):
            console.print(part)
    stream.writelines(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def _parts(report: Report, width: int) -> Iterator[RenderableType]:
    fits = {each.fit: each for each in report.fits}
    yield from (_header(report), "")
    for card in report.cards:
        yield from (_card(card, report, fits, width), "")
    for symptom in report.symptoms:
        yield from (_symptom(symptom, fits), "")
    for fit in fits.values():
        yield from (_fit(fit, report), "")
    if report.rewrites:
        yield from (_listed("upgraded in the copy before it ran", report.rewrites), "")
    if report.general_remarks:
        yield from (_listed("remarks", report.general_remarks), "")
    yield Text(words.summary(report), "bold")


def _header(report: Report) -> RenderableType:
    facts = [("ran", words.ran(report)), *words.guard(report.guard)]
    if report.versions:
        versions = (f"{name} {version}" for name, version in report.versions.items())
        facts.append(("with", ", ".join(versions)))
    if report.kept is not None:
        facts.append(("kept", report.kept))
    return _facts(facts)


def _card(card: Card, report: Report, fits: Mapping[int, Reached], width: int) -> RenderableType:
    code = "measured" if card.finding is None else card.finding.code
    head = Text.assemble(
        (card.ruling.value, STYLES[card.ruling]),
        (f"[{code} {card.name}]", "dim"),
        (f" {clean(card.message)}", "bold"),
    )
    parts: list[RenderableType] = [head]
    if card.finding is not None:
        parts.append(_arrow(place(card.finding.location)))
    if not card.verdicts:
        parts.append(_indented(_sentence(card.sentence)))
    for verdict in card.verdicts:
        fit = fits.get(verdict.fit)
        if fit is not None and card.finding is None:
            parts.append(_arrow(words.line_of(fit, card.suspicion)))
        elif fit is not None and len(fits) > 1:
            parts.append(_indented(Text.assemble(("= fit: ", "blue"), clean(words.line_of(fit)))))
        parts.append(_indented(_verdict(verdict, card)))
        if fit is not None and verdict.ruling in _SHOWN_IN_FULL:
            parts.extend(_trial(verdict, fit, width))
    return Group(*parts)


def _verdict(verdict: Verdict, card: Card) -> Text:
    """What a verdict says, with the verdict itself where that of its finding is another."""
    said = _sentence(verdict.sentence)
    if verdict.ruling is card.ruling:
        return said
    return Text.assemble((f"{verdict.ruling.value}: ", STYLES[verdict.ruling]), said)


def _trial(verdict: Verdict, fit: Reached, width: int) -> Iterator[RenderableType]:
    """The curves of a pair, its numbers by seed, and the change that was tried."""
    if verdict.pairs:
        yield ""
        yield _indented(_curves(verdict.pairs, fit, width))
        yield ""
        yield _indented(_by_seed(verdict.pairs, fit))
    if verdict.stopping:
        yield ""
        yield _indented(_stops(verdict.stopping))
    if (tried := words.tried(verdict)) is None or verdict.change is None:
        return
    name, said = tried
    yield ""
    yield _indented(Text.assemble((f"= {name}: ", "green"), clean(said)))
    for line in verdict.change.diff.splitlines():
        style = {"-": "red", "+": "green"}.get(line[:1], "")
        yield Padding(Text(clean(line), style), (0, 0, 0, _MARGIN + 2))


def _curves(pairs: Sequence[Pair], fit: Reached, width: int) -> RenderableType:
    arms = [[each.without for each in pairs], [each.with_change for each in pairs]]
    bars = max(10, min(_LONGEST_BARS, width - _LABELS))
    grid = Table.grid(padding=(0, 2))
    for name, style, line, runs in zip(
        _ARMS, _ARM_STYLES, sparklines(arms, fit.planned_steps, bars), arms, strict=True
    ):
        last = words.second_half(runs)
        grid.add_row(Text(name, style), Text(line, style), Text(last, style))
    steps = count(fit.planned_steps, "step")
    axis = f"0{steps:>{bars - 1}}" if len(steps) < bars else steps
    grid.add_row(Text("loss, log", "dim"), Text(axis, "dim"), Text("2nd half", "dim"))
    return grid


def _by_seed(pairs: Sequence[Pair], fit: Reached) -> RenderableType:
    """Numbers of the second half of each run; of what was not measured there is the loss only."""
    table = Table.grid(padding=(0, 2))
    names = ["loss"]
    if any(each.is_measured for each in pairs):
        names += [clean(fit.metric)[:_LONGEST_METRIC], "skill"]
    for _ in range(1 + len(_ARMS) * len(names)):
        table.add_column(justify="right")
    head = (Text(each, "dim") for name in names for each in (name, ""))
    table.add_row("", *head)
    table.add_row(Text("seed", "dim"), *(Text(arm, "dim") for _ in names for arm in _ARMS))
    for pair in pairs:
        before, after = late(pair.without), late(pair.with_change)
        numbers = (
            (optimised_loss(pair.without), optimised_loss(pair.with_change)),
            (before.metric, after.metric),
            (before.skill, after.skill),
        )[: len(names)]
        table.add_row(
            str(pair.seed),
            *(
                Text(number(each), style)
                for both in numbers
                for each, style in zip(both, _ARM_STYLES, strict=True)
            ),
        )
    return table


def _stops(stopping: Sequence[Stopping]) -> RenderableType:
    """What early stopping would have made of each run as written."""
    table = Table.grid(padding=(0, 2))
    names = ("seed", "would stop after", "best epoch", "rise since")
    for _ in names:
        table.add_column(justify="right")
    table.add_row(*(Text(each, "dim") for each in names))
    for each in stopping:
        stop = "never" if each.stopped_at is None else f"epoch {each.stopped_at}"
        table.add_row(str(each.seed), stop, str(each.best_epoch), percent(each.rise))
    return table


def _symptom(symptom: Symptom, fits: Mapping[int, Reached]) -> RenderableType:
    head = Text.assemble(
        ("symptom", "bold magenta"),
        (f"[{clean(symptom.name)}]", "dim"),
        (f" {clean(symptom.message)}", "bold"),
    )
    where = words.line_of(fits[symptom.fit], symptom)
    name = words.layer_of(symptom)
    layer = "" if name is None else f", layer {name}"
    after = Text.assemble(("= next: ", "green"), clean(symptom.next))
    return Group(head, _arrow(f"{where}{layer}"), _indented(after))


def _fit(fit: Reached, report: Report) -> RenderableType:
    head = Text.assemble(("fit", "bold"), f" {clean(words.model(fit))}")
    facts: list[tuple[str, str]] = [("plan", words.plan(fit)), ("seeds", fit.seeding)]
    if fit.reason is not None:
        facts.append(("no trial", fit.reason))
    if fit.stand_in is not None:
        facts.append(("stand-in", fit.stand_in))
    for stability in report.of_fit(Stability, fit):
        facts += [("stability", each) for each in words.stability(stability)]
    for batch in report.of_fit(FirstBatch, fit):
        facts += [("first batch", each) for each in words.first_batch(batch)]
    facts += [("remark", each.message) for each in report.of_fit(Remark, fit)]
    return Group(head, _arrow(words.line_of(fit)), _indented(_facts(facts)))


def _facts(facts: Iterable[tuple[str, str]]) -> RenderableType:
    """Names and what is said of them; a name stands once where several things are."""
    grid = Table.grid(padding=(0, 2))
    before = ""
    for name, said in facts:
        grid.add_row(Text("" if name == before else name, "dim"), Text(clean(said)))
        before = name
    return grid


def _listed(name: str, items: Iterable[str]) -> RenderableType:
    return Group(Text(name, "bold"), *(_indented(_sentence(f"= {each}")) for each in items))


def _arrow(where: str) -> Text:
    return Text.assemble(("  --> ", "blue"), clean(where))


def _sentence(text: str) -> Text:
    return Text(clean(text))


def _indented(part: RenderableType) -> Padding:
    return Padding(part, (0, 0, 0, _MARGIN))


def clean(text: str) -> str:
    """``text`` without what would steer the terminal; a script chooses its own names."""
    return text.translate(_CONTROLS)
