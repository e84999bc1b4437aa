"""The event files of a probe, as TensorBoard itself reads them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from probe_reports import HOSTILE, REPORTS, diverging, fit, learns, report, several, trial
from tensorboard.backend.event_processing.event_file_inspector import get_inspection_units
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

from runtime_probe.records import Trial
from runtime_probe.report import Report, tensorboard


def read(shown: Report, folder: Path) -> EventMultiplexer:
    tensorboard.write(shown, folder)
    runs = EventMultiplexer()
    runs.AddRunsFromDirectory(str(folder))
    return runs.Reload()


def scalars(runs: EventMultiplexer, run: str, tag: str) -> list[tuple[int, float]]:
    return [(each.step, each.value) for each in runs.Scalars(run, tag)]


def test_every_run_is_there_with_its_losses(tmp_path: Path) -> None:
    shown = diverging()
    runs = read(shown, tmp_path)
    trials = list(shown.all(Trial))
    assert len(runs.Runs()) == len(trials)
    for each in trials:
        name = f"fit-0-line-12/{'+'.join(each.changes) or 'as-written'}/seed-{each.seed}"
        steps, losses = zip(*scalars(runs, name, "loss"), strict=True)
        assert steps == each.at
        assert losses == pytest.approx(each.losses)
        measured = scalars(runs, name, "measured/accuracy")
        assert measured == [(point.step, pytest.approx(point.metric)) for point in each.measured]


def test_losses_that_are_not_numbers_are_written(tmp_path: Path) -> None:
    runs = read(several(), tmp_path)
    losses = [value for _, value in scalars(runs, "fit-0-line-40/as-written/seed-0", "loss")]
    assert math.isnan(losses[-1])


def test_validation_losses_are_by_epoch(tmp_path: Path) -> None:
    run = replace(trial(fit(), (), 0, learns), validation_losses=(0.5, 0.25))
    runs = read(report([], [], [fit(), run]), tmp_path)
    assert scalars(runs, "fit-0-line-12/as-written/seed-0", "epoch_val_loss") == [
        (0, 0.5),
        (1, 0.25),
    ]


def test_long_values_keep_their_bits(tmp_path: Path) -> None:
    run = replace(trial(fit(), (), 0, learns), at=(3_000_000_000,), losses=(0.5,))
    named = fit(metric=HOSTILE * 3)
    runs = read(report([], [], [named, run]), tmp_path)
    assert scalars(runs, "fit-0-line-12/as-written/seed-0", "loss") == [(3_000_000_000, 0.5)]


def test_nothing_is_written_beside_the_folder(tmp_path: Path) -> None:
    run = trial(fit(), ("../../escape",), 0, learns)
    tensorboard.write(report([], [], [fit(), run]), tmp_path / "runs")
    assert [each.name for each in tmp_path.iterdir()] == ["runs"]
    (unit,) = get_inspection_units(str(tmp_path))
    assert "______escape" in unit.name


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_report_can_be_written(name: str, tmp_path: Path) -> None:
    assert len(read(REPORTS[name](), tmp_path).Runs()) == len(list(REPORTS[name]().all(Trial)))
