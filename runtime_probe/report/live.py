"""What a probe is doing, on a terminal, while it does it."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live as Display
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from runtime_probe.figures import count, number
from runtime_probe.records import Progress, Reached, Record, Trial
from runtime_probe.report.sparkline import sparklines
from runtime_probe.report.terminal import clean
from runtime_probe.verdict import optimised_loss

AS_WRITTEN = "as written"
_BARS = 24


class Live:
    """Shows the records of a probe as they come, and leaves nothing behind.

    ``budget`` are the seconds that all may take. Nothing is shown where the output is no terminal.
    """

    def __init__(self, shown: bool, budget: float, console: Console | None = None) -> None:
        console = console or Console(stderr=True)
        self._budget = budget
        self._start = time.monotonic()
        self._progress = Progress("starting")
        self._fit: Reached | None = None
        self._arms: dict[tuple[str, ...], list[Trial]] = {}
        self._spinner = Spinner("dots")
        self._display: Display | None = None
        if shown and console.is_terminal:
            self._display = Display(
                console=console, transient=True, get_renderable=self._render, refresh_per_second=8
            )

    def __enter__(self) -> Live:
        if self._display is not None:
            self._display.start()
        return self

    def update(self, record: Record) -> None:
        """Take in what the child said."""
        if isinstance(record, Progress):
            self._progress = record
        elif isinstance(record, Reached):
            self._fit, self._arms = record, {}
        elif isinstance(record, Trial):
            self._arms.setdefault(record.changes, []).append(record)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._display is not None:
            self._display.stop()

    def _render(self) -> RenderableType:
        parts: list[RenderableType] = [self._head()]
        if self._fit is not None and self._arms:
            parts.append(Padding(self._curves(self._fit), (0, 0, 0, 2)))
        return Group(*parts)

    def _head(self) -> RenderableType:
        elapsed = time.monotonic() - self._start
        progress = self._progress
        doing = clean(progress.doing)
        if progress.total:
            doing += f" ({progress.done:,} of {progress.total:,})"
        self._spinner.update(text=Text(doing))
        head = Table.grid(padding=(0, 2))
        bar = ProgressBar(total=self._budget, completed=min(elapsed, self._budget), width=_BARS)
        head.add_row(bar, Text(f"{elapsed:.0f} of {self._budget:.0f} s", "dim"), self._spinner)
        return head

    def _curves(self, fit: Reached) -> RenderableType:
        """The losses of each arm so far, on one scale."""
        grid = Table.grid(padding=(0, 2))
        lines = sparklines(list(self._arms.values()), fit.planned_steps, _BARS)
        for (changes, trials), line in zip(self._arms.items(), lines, strict=True):
            name = " + ".join(changes) or AS_WRITTEN
            last = number(optimised_loss(trials[-1]))
            grid.add_row(line, last, count(len(trials), "seed"), Text(clean(name), "bold"))
        return grid
