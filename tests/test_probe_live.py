"""What is shown while a probe runs."""

from __future__ import annotations

import io

from probe_reports import HOSTILE, diverging
from rich.console import Console

from runtime_probe.records import Progress, Reached, Trial
from runtime_probe.report.live import Live


def shown(*, terminal: bool, wanted: bool = True) -> str:
    """All that is drawn while the records of a probe come in, one picture after the other."""
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100, color_system=None)
    with Live(wanted, 60.0, console) as live:
        live.update(Progress("training as written", 2, 12))
        for record in diverging().records:
            if isinstance(record, (Reached, Trial)):
                live.update(record)
        live.update(Progress(HOSTILE))
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


def test_the_curves_of_each_arm_are_drawn_as_they_come() -> None:
    text = shown(terminal=True)
    assert "of 60 s" in text
    (scaled,) = {
        line.strip()
        for line in text.splitlines()
        if line.rstrip().endswith("  standardised-features")
    }
    assert scaled.startswith("▂")
    assert "3 seeds  standardised-features" in scaled
    assert "3 seeds  as written" in text


def test_nothing_is_drawn_elsewhere() -> None:
    assert shown(terminal=False) == shown(terminal=True, wanted=False) == ""


def test_a_script_cannot_steer_the_terminal() -> None:
    assert "\x1b[31m" not in shown(terminal=True)
    assert "[31m[bold]" in shown(terminal=True)
