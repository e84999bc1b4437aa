"""scikit-learn's transformers: scalers, encoders, imputers, pipelines of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from tfcheck.script.data import Data, Range, Ranges, Scaling
from tfcheck.script.store import ObjectState
from tfcheck.script.values import Const, Ref, Tuple, Unknown, Value, constant, number, string

from .array_sources import as_data
from .data_steps import opaque, same_values, source, step, together
from .registry import FUNCTIONS, function, method

if TYPE_CHECKING:
    from tfcheck.script.calls import Call


class _Kind(NamedTuple):
    """What a transformer does to the scale, and to labels where it makes some."""

    scaling: Scaling
    labels: str | None = None


_SCALES = _Kind(Scaling.SCALES)
_KEEPS = _Kind(Scaling.KEEPS)
_CODES = _Kind(Scaling.NOT_NUMBERS)
_OPAQUE = _Kind(Scaling.OPAQUE)

_TRANSFORMERS: dict[str, _Kind] = {
    "sklearn.preprocessing.StandardScaler": _SCALES,
    "sklearn.preprocessing.MinMaxScaler": _SCALES,
    "sklearn.preprocessing.RobustScaler": _SCALES,
    "sklearn.preprocessing.MaxAbsScaler": _SCALES,
    "sklearn.preprocessing.Normalizer": _SCALES,
    "sklearn.preprocessing.QuantileTransformer": _SCALES,
    "sklearn.preprocessing.PowerTransformer": _SCALES,
    "sklearn.preprocessing.LabelEncoder": _Kind(Scaling.NOT_NUMBERS, "integer"),
    "sklearn.preprocessing.OrdinalEncoder": _CODES,
    "sklearn.preprocessing.OneHotEncoder": _Kind(Scaling.NOT_NUMBERS, "one-hot"),
    "sklearn.preprocessing.LabelBinarizer": _CODES,
    "sklearn.preprocessing.MultiLabelBinarizer": _CODES,
    "sklearn.preprocessing.Binarizer": _CODES,
    "sklearn.preprocessing.KBinsDiscretizer": _CODES,
    "sklearn.preprocessing.Imputer": _KEEPS,
    "sklearn.impute.SimpleImputer": _KEEPS,
    "sklearn.impute.KNNImputer": _KEEPS,
    "sklearn.impute.IterativeImputer": _KEEPS,
    "sklearn.feature_selection.SelectKBest": _KEEPS,
    "sklearn.feature_selection.VarianceThreshold": _KEEPS,
    "sklearn.feature_selection.RFE": _KEEPS,
    "sklearn.preprocessing.FunctionTransformer": _OPAQUE,
    "sklearn.preprocessing.PolynomialFeatures": _OPAQUE,
    "sklearn.decomposition.PCA": _OPAQUE,
    "sklearn.decomposition.KernelPCA": _OPAQUE,
    "sklearn.decomposition.TruncatedSVD": _OPAQUE,
    "sklearn.discriminant_analysis.LinearDiscriminantAnalysis": _OPAQUE,
    "sklearn.feature_extraction.text.CountVectorizer": _CODES,
    "sklearn.feature_extraction.text.TfidfVectorizer": _CODES,
    "sklearn.feature_extraction.text.HashingVectorizer": _CODES,
    "sklearn.feature_extraction.text.TfidfTransformer": _CODES,
    "sklearn.feature_extraction.DictVectorizer": _CODES,
}

_UNKNOWN = "data that is not known"

# Functions that scale at once.
_SCALING_FUNCTIONS = (
    "sklearn.preprocessing.scale",
    "sklearn.preprocessing.minmax_scale",
    "sklearn.preprocessing.maxabs_scale",
    "sklearn.preprocessing.robust_scale",
    "sklearn.preprocessing.normalize",
    "sklearn.preprocessing.power_transform",
    "sklearn.preprocessing.quantile_transform",
    "scipy.stats.zscore",
)


def _construct(call: Call) -> Value:
    return call.interpreter.store.allocate(
        ObjectState(call.path, dict(call.keywords), call.site, more=call.more)
    )


FUNCTIONS.update(dict.fromkeys(_TRANSFORMERS, _construct))


def _state(call: Call) -> ObjectState:
    state = call.interpreter.store.state(call.receiver, ObjectState)
    assert state is not None
    return state


def _argument(call: Call) -> Data | None:
    value = call.arg(0, "X", "y", "raw_documents")
    return as_data(call.interpreter, value, call.site) if value is not None else None


def _lost(call: Call) -> Data | None:
    """Data in place of what is not known: what a scaler makes of it is known to be scaled."""
    value = call.arg(0, "X", "y", "raw_documents")
    if not isinstance(value, Unknown):
        return None
    reason = value.reason
    return source(_UNKNOWN, call.site, Scaling.OPAQUE, reason=reason, settings={"value": value})


def _the_same(call: Call, data: Data) -> Data:
    """What a scaler was just fitted on, where that is what it is applied to first.

    Later on, what is not known may be something else that was lost at the same place.
    """
    state = _state(call)
    fitted = state.fitted_on
    if fitted is None or data.what != _UNKNOWN:
        return data
    if fitted.settings.get("value") != data.settings["value"]:
        return data
    fitted = replace(fitted, settings={})
    _fitted(call, fitted)
    return fitted


def _fit(call: Call) -> Value:
    return _fitted(call, _argument(call) or _lost(call))


def _fitted(call: Call, data: Data | None) -> Value:
    assert isinstance(call.receiver, Ref)
    call.interpreter.store.set(call.receiver, replace(_state(call), fitted_on=data))
    return call.receiver


def _transform(call: Call) -> Value:
    data = _argument(call) or _lost(call)
    if data is None:
        return call.lost("it transforms no array")
    data = _the_same(call, data)
    return _transformed(call, _state(call), data)


def _fit_transform(call: Call) -> Value:
    data = _argument(call) or _lost(call)
    if data is None:
        return _transform(call)
    _fitted(call, data)
    return _transformed(call, _state(call), data)


def _transformed(call: Call, state: ObjectState, data: Data) -> Data:
    kind = next(_TRANSFORMERS[path] for path in state.library if path in _TRANSFORMERS)
    name = state.path.rpartition(".")[2]
    if name == "StandardScaler" and constant(state.config.get("with_std")) is False:
        return step(data, "centering", call.site, shape=data.shape, fitted_on=state.fitted_on)
    if kind.scaling is Scaling.OPAQUE:
        made = opaque(data, call.lost(f"{name} makes other numbers of it"))
        return replace(made, what=f"{name}.transform", fitted_on=state.fitted_on)
    form = "frame" if string(state.config.get("set_output")) == "pandas" else "array"
    facts: dict[str, Any] = {"form": form, "fitted_on": state.fitted_on, "assigned": {}}
    facts["columns"] = data.columns
    if "with_mean" in state.config:
        facts["settings"] = {"with_mean": state.config["with_mean"]}
    if kind.scaling is not Scaling.NOT_NUMBERS:
        facts["shape"], facts["least"] = data.shape, data.least
    if name == "MinMaxScaler":
        facts["ranges"] = _asked_for(call, state)
    if kind.scaling is Scaling.KEEPS:
        facts["ranges"] = together(data.ranges)
        facts["assigned"] = data.assigned
    if kind.labels is not None:
        sparse = name == "OneHotEncoder" and data.shape is None
        facts["labels"] = None if sparse else kind.labels
        facts["classes"] = data.classes
        facts["shape"] = data.shape[:1] if kind.labels == "integer" and data.shape else None
    return step(data, f"{name}.transform", call.site, kind.scaling, **facts)


def _asked_for(call: Call, state: ObjectState) -> Ranges | None:
    """The range that a MinMaxScaler is told to give."""
    items = call.interpreter.calls.items(state.config.get("feature_range", Const(None)))
    ends = [number(each) for each in items or ()]
    known = [each for each in ends if each is not None]
    return Ranges(Range(*sorted(known))) if len(known) == len(ends) == 2 else None


@method("sklearn.preprocessing.StandardScaler", "inverse_transform")
def _inverse_transform(call: Call) -> Value:
    data = _argument(call)
    return opaque(data, call.lost("a transform is undone")) if data else call.lost("no array")


def _set_output(call: Call) -> Value:
    state, receiver = _state(call), call.receiver
    assert isinstance(receiver, Ref)
    wanted = call.arg(None, "transform") or Unknown("what a transformer gives", call.site)
    config = {**state.config, "set_output": wanted}
    call.interpreter.store.set(receiver, replace(state, config=config))
    return receiver


for _path in _TRANSFORMERS:
    method(_path, "fit", "partial_fit", "fit_on_texts")(_fit)
    method(_path, "transform")(_transform)
    method(_path, "fit_transform")(_fit_transform)
    method(_path, "inverse_transform")(_inverse_transform)
    method(_path, "set_output")(_set_output)


@function(*_SCALING_FUNCTIONS)
def _scale(call: Call) -> Value:
    data = _argument(call)
    if data is None:
        return call.lost("it scales no array")
    name = call.path.rpartition(".")[2]
    by_sample = name == "normalize" or constant(call.arg(None, "axis")) in (1, -1)
    return step(
        data,
        name,
        call.site,
        Scaling.SCALES,
        form="array",
        shape=data.shape,
        fitted_on=None if by_sample else data,
        settings={each: call.keywords[each] for each in ("with_mean",) if each in call.keywords},
    )


@function("sklearn.preprocessing.label_binarize")
def _label_binarize(call: Call) -> Value:
    data = _argument(call)
    return (
        step(data, "label_binarize", call.site, Scaling.NOT_NUMBERS)
        if data
        else call.lost("no array")
    )


# Several transformers together

_PIPELINE = "sklearn.pipeline.Pipeline"
_BY_COLUMN = "sklearn.compose.ColumnTransformer"


@function(_PIPELINE, "sklearn.pipeline.make_pipeline")
def _pipeline(call: Call) -> Value:
    if call.path == _PIPELINE:
        items = call.interpreter.calls.items(call.arg(0, "steps") or Const(None))
        steps = [
            each.items[1] for each in items or () if isinstance(each, Tuple) and len(each.items) > 1
        ]
        complete = items is not None and len(items) == len(steps)
    else:
        steps, complete = list(call.args), call.more is None
    lost = None if complete else call.lost("steps of a pipeline that are not known")
    config = {str(number): each for number, each in enumerate(steps)}
    return call.interpreter.store.allocate(ObjectState(_PIPELINE, config, call.site, more=lost))


@function(_BY_COLUMN, "sklearn.compose.make_column_transformer")
def _by_column(call: Call) -> Value:
    """A transformer for each group of columns; the steps stand in its configuration."""
    if call.path == _BY_COLUMN:
        items = call.interpreter.calls.items(call.arg(0, "transformers") or Const(None)) or []
        triples = [each.items for each in items if isinstance(each, Tuple) and len(each.items) == 3]
        steps = [triple[1] for triple in triples]
    else:
        pairs = [
            each.items for each in call.args if isinstance(each, Tuple) and len(each.items) == 2
        ]
        items, steps = list(call.args), [_transformer_of(call, pair) for pair in pairs]
    lost = None if items and len(steps) == len(items) else call.lost("transformers by column")
    if string(call.arg(None, "remainder")) == "passthrough":
        lost = call.lost("the columns that pass through a ColumnTransformer")
    config = {str(number): each for number, each in enumerate(steps)}
    return call.interpreter.store.allocate(ObjectState(_BY_COLUMN, config, call.site, more=lost))


def _transformer_of(call: Call, pair: Sequence[Value]) -> Value:
    """Old versions of scikit-learn take the columns first."""
    first = call.interpreter.store.state(pair[0], ObjectState)
    return pair[0] if first is not None else pair[1]


def _through(call: Call, reference: Value, data: Data, fitted_on: Data | None) -> Data:
    """Data after a transformer that may be made of others."""
    state = call.interpreter.store.state(reference, ObjectState)
    name = string(reference)
    if name in ("passthrough", "drop"):
        return data if name == "passthrough" else opaque(data, call.lost("columns are dropped"))
    if state is None:
        return opaque(data, call.lost("a transformer that is not known"))
    if state.path in _TRANSFORMERS:
        return _transformed(call, replace(state, fitted_on=fitted_on), data)
    if state.path not in (_PIPELINE, _BY_COLUMN) or state.more is not None:
        return opaque(data, state.more or call.lost(f"{state.path} is not followed"))
    steps = [each for each in state.config.values() if constant(each) is not None]
    if state.path == _PIPELINE:
        for each in steps:
            after = _through(call, each, data, fitted_on)
            if fitted_on is data:
                fitted_on = after
            elif fitted_on is not None:
                fitted_on = _through(call, each, fitted_on, fitted_on)
            data = after
        return data
    parts = tuple(_through(call, each, data, fitted_on) for each in steps)
    return Data("ColumnTransformer", call.site, before=_numeric(parts) or parts)


def _numeric(parts: tuple[Data, ...]) -> tuple[Data, ...]:
    """The parts whose scale matters: codes lie between 0 and 1."""
    return tuple(each for each in parts if each.scaling is not Scaling.NOT_NUMBERS)


@method(_PIPELINE, "fit_transform", "transform")
@method(_BY_COLUMN, "fit_transform", "transform")
def _pipe(call: Call) -> Value:
    data = _argument(call)
    if data is None:
        return call.lost("it transforms no array")
    if call.method == "fit_transform":
        _fit(call)
    through = _through(call, call.receiver, data, _state(call).fitted_on)
    return same_values(through, "transform", call.site, form="array")


method(_PIPELINE, "fit")(_fit)
method(_BY_COLUMN, "fit")(_fit)
