"""scikit-learn's splits: which part of which split an array is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfcheck.script.data import Data, Part, Scaling
from tfcheck.script.store import ListState, ObjectState
from tfcheck.script.values import Const, Tuple, Unknown, Value, constant

from .array_sources import as_data
from .data_steps import same_values
from .registry import FUNCTIONS, function, method

if TYPE_CHECKING:
    from tfcheck.script.calls import Call

_FOLDS = tuple(
    f"sklearn.model_selection.{name}"
    for name in (
        "KFold",
        "StratifiedKFold",
        "GroupKFold",
        "RepeatedKFold",
        "RepeatedStratifiedKFold",
        "TimeSeriesSplit",
        "ShuffleSplit",
        "StratifiedShuffleSplit",
        "StratifiedGroupKFold",
        "LeaveOneOut",
    )
)


def part_of(
    data: Data, what: str, call: Call, role: str, shuffled: bool = True, **facts: Any
) -> Data:
    """A piece of an array: its numbers are among those that it had."""
    shape = None if data.shape is None else (None, *data.shape[1:])
    return same_values(
        data,
        what,
        call.site,
        shape=shape,
        content=None,
        part=Part(call.site, role),
        order="shuffled" if shuffled else None,
        **facts,
    )


@function("sklearn.model_selection.train_test_split")
def _train_test_split(call: Call) -> Value:
    pieces: list[Value] = []
    shuffled = constant(call.arg(None, "shuffle")) is not False
    for value in call.args:
        data = as_data(call.interpreter, value, call.site)
        if data is None:
            lost = value if isinstance(value, Unknown) else call.lost("a part of no array")
            pieces += [lost, lost]
            continue
        pieces += [
            part_of(
                data,
                "train_test_split",
                call,
                role,
                shuffled,
                settings={"piece": Const(len(pieces) + index)},
            )
            for index, role in enumerate(("train", "test"))
        ]
    if call.more is not None or not pieces:
        return call.lost("parts of arrays that are not known")
    return Tuple(tuple(pieces))


@method(_FOLDS[0], "split")
def _split(call: Call) -> Value:
    """Pairs of positions, of which nothing but their role is known."""
    positions = tuple(
        Data(
            "the positions of a fold",
            call.site,
            Scaling.NOT_NUMBERS,
            part=Part(call.site, role),
        )
        for role in ("train", "test")
    )
    return call.interpreter.store.allocate(ListState((), Tuple(positions)))


for _fold in _FOLDS:
    method(_fold, "split")(_split)


@function("sklearn.utils.shuffle", "sklearn.utils.resample")
def _shuffle(call: Call) -> Value:
    name = call.path.rpartition(".")[2]
    if name == "resample" and constant(call.arg(None, "replace")) is not False:
        name = "resample with replacement"
    found = [
        same_values(each, name, call.site, order="shuffled", content=None)
        if isinstance(each, Data)
        else call.lost("no array")
        for each in call.args
    ]
    return found[0] if len(found) == 1 else Tuple(tuple(found))


def _resampler(call: Call) -> Value:
    name = Const(call.path.rpartition(".")[2])
    return call.interpreter.store.allocate(
        ObjectState("imblearn.resampler", {"class": name}, call.site)
    )


for _each in (
    "over_sampling.SMOTE",
    "over_sampling.ADASYN",
    "over_sampling.RandomOverSampler",
    "over_sampling.BorderlineSMOTE",
    "over_sampling.SVMSMOTE",
    "over_sampling.SMOTENC",
    "under_sampling.RandomUnderSampler",
    "under_sampling.NearMiss",
    "under_sampling.TomekLinks",
    "combine.SMOTETomek",
    "combine.SMOTEENN",
):
    FUNCTIONS[f"imblearn.{_each}"] = _resampler


@method("imblearn.resampler", "fit_resample", "fit_sample")
def _fit_resample(call: Call) -> Value:
    """Rows are repeated, left out or put between two others: the scale stays."""
    state = call.interpreter.store.state(call.receiver, ObjectState)
    name = constant(state.config["class"]) if state is not None else "resampler"
    found = [
        same_values(
            each, f"{name}.fit_resample", call.site, shape=None, content=None, order="ordered"
        )
        if isinstance(each, Data)
        else each
        for each in call.args[:2]
    ]
    return Tuple(tuple(found)) if len(found) == 2 else call.lost("resampled data")
