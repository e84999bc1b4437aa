"""What a person sees of a probe at a terminal."""

from __future__ import annotations

import io
import re

import pytest
from probe_reports import (
    REPORTS,
    diverging,
    fit,
    hostile,
    learns,
    report,
    several,
    slow,
    sound,
    trial,
    without_fit,
)

from runtime_probe.figures import number
from runtime_probe.records import Symptom
from runtime_probe.report import Report, terminal
from runtime_probe.report.sparkline import BARS, sparklines


def shown(report: Report, *, width: int = 80, color: bool = False) -> str:
    stream = io.StringIO()
    terminal.write(report, stream, color=color, width=width)
    return stream.getvalue()


def line_with(text: str, words: str) -> int:
    return next(row for row, line in enumerate(text.splitlines()) if words in line)


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("name", sorted(set(REPORTS) - {"hostile"}))
def test_nothing_is_wider_than_the_terminal(name: str, width: int) -> None:
    text = shown(REPORTS[name](), width=width)
    assert all(len(line) <= min(width, 100) for line in text.splitlines())
    assert all(line == line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_colour_changes_no_word(name: str) -> None:
    report = REPORTS[name]()
    colored = shown(report, color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored).split() == shown(report).split()


def test_first_what_was_run_and_under_which_guard() -> None:
    first, second, *_ = shown(diverging()).splitlines()
    assert first.split() == "ran train.py ran to its end (14.2 s)".split()
    assert second.split() == "guard landlock refuses writes outside the copy; the network".split()


def test_a_card_has_the_verdict_the_curves_the_seeds_and_the_change() -> None:
    text = shown(diverging())
    card = text[text.index("confirmed[TFC101") :].partition("refuted[")[0]
    assert "train.py:12:1" in card
    assert "without the change the run stays worse than a constant prediction; with" in card
    (without,) = re.findall(rf"without +([{BARS}]+)  3,496\n", card)
    (cured,) = re.findall(rf"with +([{BARS}]+)  0.0858\n", card)
    assert len(without) == len(cured)
    assert min(without) > max(cured)
    assert [line.split() for line in card.splitlines() if re.match(r" +[012]  ", line)] == [
        ["0", "3,047", "0.0858", "0.5", "0.935", "0", "0.87"],
        ["1", "3,631", "0.0858", "0.5", "0.939", "0", "0.878"],
        ["2", "3,496", "0.0844", "0.5", "0.937", "0", "0.874"],
    ]
    assert "= tried: the features have mean 0" in card
    assert "        + (x - x.mean(axis=0)) / x.std(axis=0)\n" in card


def test_the_weightiest_comes_first_and_the_count_last() -> None:
    text = shown(diverging())
    rulings = re.findall(r"^(confirmed|refuted|inconclusive|untried)\[", text, re.MULTILINE)
    assert rulings == ["confirmed", "refuted", "refuted", "untried"]
    assert text.splitlines()[-1] == "1 confirmed, 2 refuted, 1 untried; 1 symptom"
    assert shown(sound()).splitlines()[-1] == "nothing found; no symptoms"


def test_a_fault_that_was_only_measured_has_a_card_at_its_line() -> None:
    lines = shown(slow()).splitlines()
    head = lines.index(
        "confirmed[measured vanishing-learning-rate] the largest stable rate is 1.3, 130"
    )
    assert lines[head + 2] == "  --> train.py:13"


def test_each_fit_of_a_finding_has_its_verdict() -> None:
    text = shown(several(), width=100)
    card = text[text.index("confirmed[TFC302") :].partition("confirmed[TFC601")[0]
    assert line_with(card, "= fit: train.py:40") < line_with(card, "= fit: train.py:58")
    assert "      inconclusive: the run does not learn" in card


def test_what_early_stopping_would_have_done_to_each_seed() -> None:
    lines = [" ".join(each.split()) for each in shown(several(), width=100).splitlines()]
    head = lines.index("seed would stop after best epoch rise since")
    assert lines[head + 1 : head + 4] == [f"{seed} epoch {4 + seed} 3 31%" for seed in range(3)]


def test_fits_of_a_notebook_are_in_its_cells() -> None:
    records = [
        fit(filename="train.ipynb", cell=3),
        Symptom(0, "divergence", "it grows", "fit", 7, "less", cell=4),
    ]
    lines = shown(report([], [], records)).splitlines()
    assert "  --> train.ipynb:cell 3:12" in lines
    assert "  --> train.ipynb:cell 4:7" in lines


def test_losses_that_are_not_numbers_and_steps_that_were_not_run_are_seen() -> None:
    without = next(line for line in shown(several()).splitlines() if "×" in line)
    bars = without.split("without    ")[1][:48]
    assert re.fullmatch(rf"[{BARS}]{{14}}×+ {{28}}", bars)


def test_a_symptom_names_its_place_and_what_to_try() -> None:
    lines = shown(several()).splitlines()
    head = lines.index("symptom[nan-loss] the loss is not a number from step 5,616 on")
    assert lines[head + 1] == "  --> train.py:33, layer predictions"
    assert lines[head + 2] == '      = next: Dense(10, activation="softmax") as the last layer'


def test_the_learning_rate_stands_against_its_limit() -> None:
    text = " ".join(shown(diverging()).split())
    assert "learning rate 0.01 is 40 times the largest stable one, 0.00025; 0.0002 would do" in text
    assert "takes about 64,000 steps (condition 22,190)" in text
    text = " ".join(shown(sound()).split())
    assert "learning rate 0.001 is stable: the largest that is so is 0.21" in text


def test_what_was_changed_before_it_ran_is_listed() -> None:
    text = shown(several())
    assert "      = line 40: nb_epoch is epochs" in text
    assert "      = the download of mnist.npz was refused" in text


def test_how_a_script_ended_that_never_trained() -> None:
    text = " ".join(shown(without_fit()).split())
    assert "train.py raised an exception at line 7: FileNotFoundError: houses.csv" in text
    assert "inconclusive[TFC101 unscaled-features]" in text


def test_a_script_cannot_steer_the_terminal() -> None:
    text = shown(hostile())
    assert "\x1b" not in text
    assert "[bold]" in text


def test_bars_share_a_logarithmic_scale() -> None:
    here = fit(planned_steps=100)
    runs = [trial(here, (), seed, lambda share, _: 10 ** (4 * share)) for seed in range(3)]
    low = [trial(here, (), 0, lambda share, _: 1.0)]
    rising, flat = sparklines([runs, low], 100, 8)
    assert rising == BARS
    assert flat == BARS[0] * 8


def test_bars_of_losses_below_zero_are_linear() -> None:
    here = fit(planned_steps=100)
    (line,) = sparklines([[trial(here, (), 0, lambda share, _: share - 0.5)]], 100, 8)
    assert line == BARS


def test_bars_of_nothing() -> None:
    assert sparklines([[]], 100, 4) == ["    "]
    assert sparklines([[trial(fit(), (), 0, learns, share=0.5)]], 400, 4)[0][2:] == "  "


@pytest.mark.parametrize(
    "value, words",
    [
        (None, "–"),
        (0.0, "0"),
        (0.012345, "0.0123"),
        (2.5e-5, "2.5e-5"),
        (1234.5, "1,234"),
        (3.2e11, "3.2e11"),
        (float("nan"), "NaN"),
        (float("-inf"), "-∞"),
    ],
)
def test_numbers(value: float | None, words: str) -> None:
    assert number(value) == words
