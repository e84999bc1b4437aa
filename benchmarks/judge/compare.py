"""Compare what was read of scripts with what Keras held there.

    python -m judge.compare RECORDS

RECORDS is the folder that ``judge.collect`` wrote. For each kind of fact it prints how many there
are, how many the reader knows, and each fact that it contradicts; it fails if there is one.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from judge.capture import records_of
from judge.collect import records_for
from tfcheck.script import Project, read_script
from tfcheck.script.data import Data, Range, Ranges, Shape
from tfcheck.script.judgements import is_large, scaled, source
from tfcheck.script.names import function_name
from tfcheck.script.training import Compiled, Layer, Loss, Model, Optimizer, TrainingRun
from tfcheck.script.values import Answer, Const, Unknown, constant, integer
from tfcheck.source import read_source

SLACK = 1e-3  # Keras holds float32
NOT_COUNTED = {"InputLayer"}
DEFAULT_ACTIVATIONS = {"LSTM": "tanh", "GRU": "tanh", "SimpleRNN": "tanh", "ConvLSTM2D": "tanh"}


class Verdict(NamedTuple):
    """One fact: ``outcome`` is known, unknown or contradicted."""

    fact: str
    outcome: str
    detail: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=Path)
    options = parser.parse_args()
    with (options.records / "index.csv").open() as file:
        scripts = {row[0] for row in csv.reader(file) if int(row[2])}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    contradicted = 0
    for script in sorted(scripts):
        path = Path(script)
        for verdict in judge(path, records_for(options.records, path)):
            counts[verdict.fact][verdict.outcome] += 1
            if verdict.outcome == "contradicted":
                contradicted += 1
                print(f"{script}: {verdict.fact}: {verdict.detail}")
    print(f"\n{len(scripts)} programs reached fit")
    print(f"{'fact':22}{'all':>7}{'known':>8}{'unknown':>9}{'contradicted':>14}")
    for fact, outcomes in sorted(counts.items()):
        total = outcomes.total()
        share = f"{outcomes['known'] / total:.1%}"
        print(f"{fact:22}{total:7}{share:>8}{outcomes['unknown']:9}{outcomes['contradicted']:14}")
    sys.exit(contradicted > 0)


def judge(script: Path, records: Path) -> Iterator[Verdict]:
    """The verdicts on all facts of a script's calls of ``fit``, one call a row and model."""
    found = read_script(read_source(script), Project())
    places = found.locate({run.call for run in found.runs})
    by_row: dict[int, list[TrainingRun]] = defaultdict(list)
    for run in found.runs:
        place = places[run.call]
        for row in range(place.row, place.end_row + 1):
            by_row[row].append(run)
    seen: Counter[int] = Counter()
    for record in records_of(records):
        row = record["row"]
        runs = by_row.get(row, [])
        number = seen[row]
        seen[row] += 1
        if number and number >= len(runs):
            continue  # a loop that is read twice and runs oftener
        yield from compare(runs[min(number, len(runs) - 1)] if runs else None, record)


def compare(run: TrainingRun | None, record: dict[str, Any]) -> Iterator[Verdict]:
    yield Verdict("training run", "known" if run is not None else "unknown")
    if run is None:
        return
    yield from _layers(run.model, record["layers"])
    yield from _output_shapes(run.model, record["layers"])
    yield from _optimizer(run.compiled, record["optimizer"])
    yield from _loss(run.compiled, record["loss"])
    yield from _number("epochs", run.epochs, record["epochs"])
    yield from _batch_size(run, record["batch_size"])
    yield _callbacks(run, record["callbacks"])
    pairs = list(zip(run.features, record["x"], strict=False))
    if len(run.features) != len(record["x"]):
        pairs = []
    for value, actual in pairs:
        if actual is not None:
            yield from _array(value, actual)
    if not pairs and any(record["x"]):
        yield Verdict("features scaled", "unknown")


def _layers(model: Model | Unknown, actual: list[dict[str, Any]]) -> Iterator[Verdict]:
    expected = [each for each in actual if each["class"] not in NOT_COUNTED]
    layers = () if isinstance(model, Unknown) else model.layers
    known = [x for x in layers if isinstance(x, Layer) and x.name not in NOT_COUNTED]
    complete = isinstance(model, Model) and model.lost is None
    complete = complete and not any(isinstance(each, Unknown) for each in layers)
    left = Counter((each["class"], each["units"], each["activation"]) for each in expected)
    for layer in known:
        match = next((each for each in left if left[each] and _is(layer, each)), None)
        if match is not None:
            left[match] -= 1
            yield Verdict("layers", "known")
        elif complete and not _is_operation(layer) and not layer.own:
            yield Verdict("layers", "contradicted", f"{layer.name} is not among {expected}")
    for each, count in left.items():
        missing = "contradicted" if complete and not _hidden(model) else "unknown"
        for _ in range(count):
            yield Verdict("layers", missing, f"{each} was not read")


def _hidden(model: Model | Unknown) -> bool:
    """Whether Keras may hold layers that the script does not name: operations, own layers."""
    return (
        isinstance(model, Unknown)
        or any(
            isinstance(each, Unknown) or each.own or _is_operation(each) for each in model.layers
        )
        or model.kind in ("subclass", "application")
    )


def _is_operation(layer: Layer) -> bool:
    return not layer.name[:1].isupper()


def _is(layer: Layer, actual: tuple[str, int | None, str | None]) -> bool:
    name, units, activation = actual
    nested = layer.layers or layer.path.startswith("keras.applications.")
    if _today(layer.name) != name and not (nested and name == "Functional"):
        return False
    known = integer(layer.argument("units") or layer.argument("filters"))
    if known is not None and units is not None and known != units:
        return False
    given = layer.argument("activation")
    if given is None or constant(given) is None:
        expected = DEFAULT_ACTIVATIONS.get(name, "linear")
        return activation in (None, expected)
    said = constant(given)
    return not isinstance(said, str) or activation is None or said.lower() in (activation, "swish")


def _today(name: str) -> str:
    return {"CuDNNLSTM": "LSTM", "CuDNNGRU": "GRU"}.get(name, name)


def _output_shapes(model: Model | Unknown, actual: list[dict[str, Any]]) -> Iterator[Verdict]:
    """The shape that each layer gives is one that a layer of its kind gave, and no other's."""
    if isinstance(model, Unknown):
        return
    for broken in model.shapes.breaks:
        yield Verdict("shapes", "contradicted", f"{broken.message}, but it was built")
    left = [each for each in actual if each.get("outputs")]
    for layer in model.layers:
        if isinstance(layer, Unknown) or layer.own or _is_operation(layer):
            continue
        alike = [x for x in left if _is(layer, (x["class"], x["units"], x["activation"]))]
        if not alike:
            continue
        flow = model.shapes.of(layer)
        if flow is None or flow.output is None:
            yield Verdict("shapes", "unknown", layer.name)
            continue
        match = next((x for x in alike if _fits(flow.output, x["outputs"])), None)
        if match is None:
            yield Verdict("shapes", "contradicted", f"{layer.name} {flow.output} {alike}")
        else:
            left.remove(match)
            yield Verdict("shapes", "known")


def _fits(shape: Shape, actual: list[list[int | None]]) -> bool:
    return any(
        len(shape) == len(each) and all(map(lambda a, b: a in (None, b), shape, each))
        for each in actual
    )


def _optimizer(compiled: Compiled | Unknown, actual: dict[str, Any] | None) -> Iterator[Verdict]:
    if actual is None:
        return
    optimizer = None if isinstance(compiled, Unknown) else compiled.optimizer
    if not isinstance(optimizer, Optimizer):
        yield Verdict("optimizer", "unknown")
        return
    same = optimizer.name == actual["class"]
    yield Verdict("optimizer", "known" if same else "contradicted", f"{optimizer} {actual}")
    if "lr" in optimizer.config:
        return  # honoured, ignored or refused, as the version has it
    for name, given in {**optimizer.defaults, **optimizer.config}.items():
        if name not in actual["config"] or optimizer.more is not None:
            continue
        value = constant(given)
        if not isinstance(value, (int, float)):
            yield Verdict("optimizer's settings", "unknown")
            continue
        near = abs(value - actual["config"][name]) <= SLACK * abs(value) + 1e-9
        outcome = "known" if near else "contradicted"
        yield Verdict("optimizer's settings", outcome, f"{name}: {value} {actual}")


def _loss(compiled: Compiled | Unknown, actual: Any) -> Iterator[Verdict]:
    actuals = actual if isinstance(actual, list) else [actual]
    losses = () if isinstance(compiled, Unknown) else compiled.losses
    for position, each in enumerate(actuals):
        if each["name"] is None:
            continue
        loss = losses[position] if position < len(losses) else None
        if not isinstance(loss, Loss):
            yield Verdict("loss", "unknown")
            continue
        same = loss.name == function_name(each["name"])
        yield Verdict("loss", "known" if same else "contradicted", f"{loss.name} {each}")
        wrong = Answer.NO if each["from_logits"] else Answer.YES
        if loss.from_logits is wrong:
            yield Verdict("from_logits", "contradicted", f"{loss} {each}")


def _number(fact: str, value: Const | Unknown, actual: Any) -> Iterator[Verdict]:
    if isinstance(value, Unknown):
        yield Verdict(fact, "unknown")
    elif value.default is None:
        same = value.value == actual
        yield Verdict(fact, "known" if same else "contradicted", f"{value.value} {actual}")


def _batch_size(run: TrainingRun, actual: Any) -> Iterator[Verdict]:
    if "batch_size" not in run.arguments or actual is None:
        return
    if run.batch_size is None:
        yield Verdict("batch size", "unknown")
        return
    same = run.batch_size == actual
    yield Verdict("batch size", "known" if same else "contradicted", f"{run.batch_size} {actual}")


def _callbacks(run: TrainingRun, actual: list[str]) -> Verdict:
    names = [each.name for each in run.callbacks if not isinstance(each, Unknown)]
    if len(names) < len(run.callbacks):
        return Verdict("callbacks", "unknown")
    same = Counter(names) == Counter(actual)
    return Verdict("callbacks", "known" if same else "contradicted", f"{names} {actual}")


def _array(value: Any, actual: dict[str, Any]) -> Iterator[Verdict]:
    if not isinstance(value, Data):
        yield Verdict("features scaled", "unknown")
        return
    yield from _shape(value, actual["shape"])
    if value.dtype is not None:
        same = value.dtype == actual["dtype"]
        outcome = "known" if same else "contradicted"
        yield Verdict("features dtype", outcome, f"{value.dtype} {actual['dtype']}")
    if "low" not in actual:
        return
    ranges = Ranges.of_columns(tuple(map(Range, actual["low"], actual["high"])))
    yield _scaled(value, ranges)
    bounds = value.ranges.overall if value.ranges is not None else None
    if bounds is None:
        return
    slack = SLACK * bounds.size + 1e-6
    inside = bounds.low - slack <= ranges.overall.low and ranges.overall.high <= bounds.high + slack
    sampled = source(value).ground == "csv file"  # the bounds are those of its first rows
    outcome = "known" if inside else "unknown" if sampled else "contradicted"
    yield Verdict("features range", outcome, f"{ranges.overall} not in {bounds}")


def _shape(value: Data, actual: list[int]) -> Iterator[Verdict]:
    if value.shape is None:
        yield Verdict("features shape", "unknown")
        return
    agrees = len(value.shape) == len(actual) and all(
        known is None or known == size for known, size in zip(value.shape, actual, strict=False)
    )
    yield Verdict(
        "features shape", "known" if agrees else "contradicted", f"{value.shape} {actual}"
    )


def _scaled(value: Data, ranges: Ranges) -> Verdict:
    """NO must be large in truth; YES by the numbers must not be."""
    judged = scaled(value)
    if judged.answer is Answer.UNKNOWN:
        codes = judged.how.endswith("not a matter of scale")
        return Verdict("features scaled", "known" if codes else "unknown")
    large = is_large(ranges)
    wrong = judged.answer is Answer.NO and not large
    wrong = wrong or (judged.ranges is not None and judged.answer is Answer.YES and large)
    outcome = "contradicted" if wrong else "known"
    return Verdict("features scaled", outcome, f"{judged.answer} {judged.how} but {ranges.overall}")


if __name__ == "__main__":
    main()
