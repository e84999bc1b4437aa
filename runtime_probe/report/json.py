"""A probe as one object for programs; ``docs/probe.schema.json`` describes it."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any, TextIO

from runtime_probe.records import FirstBatch, Layer, Reached, Remark, Stability, Trial
from runtime_probe.report import Card, Report
from runtime_probe.report.evidence import measured_place
from runtime_probe.verdict import Pair, Verdict, late, optimised_loss
from tfcheck.output.json import of_finding


def write(report: Report, stream: TextIO) -> None:
    document = finite(_report(report))
    json.dump(document, stream, indent=2, ensure_ascii=False, allow_nan=False)
    stream.write("\n")


def _report(report: Report) -> dict[str, Any]:
    request = report.request
    return {
        "script": report.script,
        "ended": asdict(report.ended),
        "seconds": report.seconds,
        "guard": None if report.guard is None else asdict(report.guard),
        "versions": report.versions,
        "settings": {
            "arguments": request.arguments,
            "lines": request.lines,
            "budget": request.budget,
            "seeds": request.seeds,
            "max_samples": request.max_samples,
            "steps": request.steps,
            "gpu": request.gpu,
        },
        "rewrites": report.rewrites,
        "remarks": report.general_remarks,
        "kept": report.kept,
        "findings": [
            {**of_finding(each), **judged(card)}
            for each, card in zip(report.findings, report.of_findings, strict=True)
        ],
        "measured": [_measured(card, report) for card in report.measured],
        "symptoms": [asdict(each) for each in report.symptoms],
        "fits": [_fit(each, report) for each in report.fits],
    }


def _measured(card: Card, report: Report) -> dict[str, Any]:
    place = measured_place(card, report)
    where = "fit" if card.suspicion is None else card.suspicion.where
    at = {"where": where, "cell": place.cell, "line": place.row}
    return {"name": card.name, "message": card.message, **at, **judged(card)}


def judged(card: Card) -> dict[str, Any]:
    """The verdict on a finding, and what it comes from."""
    return {
        "verdict": card.ruling.value,
        "reason": card.reason,
        "sentence": card.sentence,
        "trials": [_verdict(each) for each in card.verdicts],
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    change = verdict.change
    return {
        "fit": verdict.fit,
        "intervention": verdict.intervention,
        "verdict": verdict.ruling.value,
        "reason": verdict.reason,
        "sentence": verdict.sentence,
        "summary": None if change is None else change.summary,
        "diff": None if change is None else change.diff,
        "company": verdict.company,
        "seeds": [_pair(each) for each in verdict.pairs],
        "stopping": [_without_fit(each) for each in verdict.stopping],
    }


def _pair(pair: Pair) -> dict[str, Any]:
    loss_skill, skill = pair.gain
    return {
        "seed": pair.seed,
        "without": _second_half(pair.without),
        "with": _second_half(pair.with_change),
        "gain": {"loss_skill": loss_skill, "skill": skill},
    }


def _second_half(trial: Trial) -> dict[str, Any]:
    """What a run is worth; its losses are among the runs of its fit."""
    ran = {"steps": trial.steps, "ended": trial.ended, "diverged_at": trial.diverged_at}
    losses = {"optimised_loss": optimised_loss(trial), **asdict(late(trial))}
    return {"changes": trial.changes, **ran, **losses}


def _fit(fit: Reached, report: Report) -> dict[str, Any]:
    def of_fit(kind: type[Any]) -> list[dict[str, Any]]:
        return [_without_fit(each) for each in report.of_fit(kind, fit)]

    return {
        **asdict(fit),
        "stability": of_fit(Stability),
        "first_batch": of_fit(FirstBatch),
        "layers": of_fit(Layer),
        "runs": of_fit(Trial),
        "remarks": [each.message for each in report.of_fit(Remark, fit)],
    }


def _without_fit(record: Any) -> dict[str, Any]:
    """A record that stands among those of its fit."""
    fields: dict[str, Any] = asdict(record)
    del fields["fit"]
    return fields


def finite(value: Any) -> Any:
    """``value`` with null for what JSON cannot say."""
    if isinstance(value, dict):
        return {name: finite(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
