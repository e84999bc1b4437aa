"""tf.data and TensorFlow Datasets: what a dataset yields, step by step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from tfcheck.script.data import Data, Range, Ranges, Scaling, Shape
from tfcheck.script.store import DictState
from tfcheck.script.values import Const, Tuple, Unknown, Value, constant, string

from .array_sources import as_data, dtype_name
from .data_steps import alternatives, opaque, same_values, source, step, together
from .datasets import PIXELS
from .graphs import traced
from .known_data import TFDS_IMAGES
from .registry import FUNCTIONS, function, method

if TYPE_CHECKING:
    from tfcheck.script.calls import Call

_DATASET = "tensorflow.data.Dataset"
# Elements stay what they are; the name of the step is kept, so that it can be asked for.
_KEEPS = (
    "cache prefetch repeat shuffle take skip filter with_options shard rebatch ignore_errors "
    "snapshot as_numpy_iterator"
).split()
# TensorFlow's functions on data that is not symbolic.
_TENSOR_KEEPS = (
    "tensorflow.cast tensorflow.dtypes.cast tensorflow.convert_to_tensor tensorflow.constant "
    "tensorflow.identity "
    "tensorflow.reshape tensorflow.expand_dims tensorflow.squeeze tensorflow.transpose "
    "tensorflow.ensure_shape tensorflow.to_float tensorflow.Variable tensorflow.reverse "
    "keras.ops.cast keras.ops.convert_to_tensor keras.ops.reshape "
    "keras.ops.expand_dims keras.backend.cast_to_floatx keras.backend.constant"
).split()


def unseen(call: Call, lost: Unknown) -> Data:
    """What surely is a dataset, of which it is not known what it yields."""
    name = call.path.rpartition(".")[2]
    return Data(name, call.site, Scaling.OPAQUE, form="dataset", reason=lost.reason)


@function(
    *(f"{_DATASET}.{name}" for name in "range random sample_from_datasets".split()),
    "tensorflow.data.TFRecordDataset",
    "tensorflow.data.FixedLengthRecordDataset",
    "tensorflow.data.experimental.CsvDataset",
    "tensorflow.data.experimental.make_csv_dataset",
    "tensorflow.data.experimental.sample_from_datasets",
)
def _records(call: Call) -> Value:
    return unseen(call, call.lost("what its files or numbers are"))


@function(f"{_DATASET}.from_tensor_slices", f"{_DATASET}.from_tensors")
def _from_tensors(call: Call) -> Value:
    value = call.arg(0, "tensors")
    if value is None or isinstance(value, Unknown):
        return unseen(call, value or call.lost("a dataset of nothing"))
    name = call.path.rpartition(".")[2]
    return Data(name, call.site, form="dataset", elements=_elements(call, value))


def _elements(call: Call, value: Value) -> tuple[Value, ...]:
    """What is sliced gives its rows, one after the other."""
    items = value.items if isinstance(value, Tuple) else (value,)
    arrays = (as_data(call.interpreter, item, call.site) or item for item in items)
    sliced = call.path.endswith("from_tensor_slices")
    return tuple(
        same_values(
            each, "a row", call.site, shape=each.shape[1:] if each.shape else None, content=None
        )
        if sliced and isinstance(each, Data)
        else each
        for each in arrays
    )


@function(f"{_DATASET}.zip")
def _zip(call: Call) -> Value:
    parts = (
        call.args[0].items if call.args and isinstance(call.args[0], Tuple) else tuple(call.args)
    )
    datasets = [each for each in parts if isinstance(each, Data) and each.elements]
    if not parts or len(datasets) < len(parts):
        return unseen(call, call.lost("a dataset of others that are not known"))
    elements = tuple(_one(each.elements) for each in datasets)
    return Data("zip", call.site, form="dataset", elements=elements)


def _one(elements: tuple[Value, ...] | None) -> Value:
    assert elements
    return elements[0] if len(elements) == 1 else Tuple(elements)


@function(f"{_DATASET}.list_files", "tensorflow.data.TextLineDataset")
def _texts(call: Call) -> Value:
    text = source(call.path.rpartition(".")[2], call.site, Scaling.NOT_NUMBERS, form="text")
    return Data(text.what, call.site, form="dataset", elements=(text,))


@function("keras.utils.text_dataset_from_directory")
def _text_dataset(call: Call) -> Value:
    text = source("text_dataset_from_directory", call.site, Scaling.NOT_NUMBERS, form="text")
    mode = constant(call.arg(2, "label_mode") or Const("int"))
    if mode is None:
        return Data(text.what, call.site, form="dataset", elements=(text,))
    kind = {"int": "integer", "binary": "integer", "categorical": "one-hot"}.get(str(mode))
    y = source("labels by folder", call.site, Scaling.NOT_NUMBERS, labels=kind)
    return Data(text.what, call.site, form="dataset", elements=(text, y))


@function(
    "keras.utils.timeseries_dataset_from_array",
    "keras.preprocessing.sequence.TimeseriesGenerator",
)
def _windows(call: Call) -> Value:
    x, y = call.arg(0, "data"), call.arg(1, "targets")
    if not isinstance(x, Data):
        return x if isinstance(x, Unknown) else call.lost("windows of no array")
    facts: dict[str, Any] = {"dtype": x.dtype, "assigned": x.assigned, "ranges": x.ranges}
    windows = step(x, "windows", call.site, **facts)
    elements = (windows,) if y is None or constant(y) is None else (windows, y)
    return Data(call.path.rpartition(".")[2], call.site, form="dataset", elements=elements)


@function("tensorflow_datasets.load")
def _tfds(call: Call) -> Value:
    name = string(call.arg(0, "name"))
    known = TFDS_IMAGES.get((name or "").partition(":")[0].partition("/")[0])
    supervised = constant(call.arg(None, "as_supervised") or Const(False))
    if known is None or not isinstance(supervised, bool):
        lost = call.lost("a data set of TensorFlow Datasets that is not known")
        splits = call.arg(1, "split")
        seen = splits is not None and call.interpreter.calls.items(splits) is not None
        return _split(call, unseen(call, lost)) if seen else lost
    x = source(
        f"tfds {name}",
        call.site,
        Scaling.RAW,
        form="tensor",
        dtype="uint8",
        ranges=PIXELS,
        ground="data set",
    )
    y = source(
        f"tfds {name}'s labels",
        call.site,
        Scaling.NOT_NUMBERS,
        form="tensor",
        labels="integer",
        classes=known.classes,
    )
    elements: tuple[Value, ...] = (x, y)
    if not supervised:
        elements = (call.interpreter.store.allocate(DictState({"image": x, "label": y})),)
    dataset = Data("tfds.load", call.site, form="dataset", elements=elements)
    return _split(call, dataset)


def _split(call: Call, dataset: Data) -> Value:
    """A dataset for each split that is asked for, with the info where that is."""
    splits = call.arg(1, "split")
    items = call.interpreter.calls.items(splits) if splits is not None else None
    result: Value = dataset
    if splits is None:
        names = {name: replace(dataset) for name in ("train", "test")}
        result = call.interpreter.store.allocate(DictState(names, call.lost("another split")))
    elif items is not None and string(splits) is None:
        result = Tuple(tuple(replace(dataset) for _ in items))
    if constant(call.arg(None, "with_info")) is True:
        return Tuple((result, call.lost("the info of a data set")))
    return result


# Steps


@method("dataset", *_KEEPS)
def _keep(call: Call) -> Value:
    return same_values(cast("Data", call.receiver), call.method, call.site)


@method("dataset", "batch", "padded_batch", "ragged_batch", "unbatch")
def _batch(call: Call) -> Value:
    """Elements get an axis in front, or lose it."""
    dataset = cast("Data", call.receiver)
    elements = tuple(
        same_values(each, call.method, call.site, shape=_batched(each.shape, call.method))
        if isinstance(each, Data) and each.form != "dataset"
        else each
        for each in dataset.elements or ()
    )
    return same_values(dataset, call.method, call.site, elements=elements or None)


def _batched(shape: Shape | None, method_name: str) -> Shape | None:
    if shape is None:
        return None
    return shape[1:] if method_name == "unbatch" else (None, *shape)


@method("dataset", "apply")
def _apply(call: Call) -> Value:
    dataset = cast("Data", call.receiver)
    transform = call.arg(0, "transformation_func")
    inner = type(call)(call.interpreter, call.site, [dataset])
    result = call.interpreter.calls.call(transform, inner) if transform is not None else None
    if isinstance(result, Data) and result.form == "dataset":
        return step(result, "apply", call.site, elements=result.elements)
    return _unread(call, dataset, call.lost("what apply gives"))


@method("dataset", "concatenate")
def _concatenate(call: Call) -> Value:
    """Elements of the one, then of the other."""
    dataset, other = cast("Data", call.receiver), call.arg(0, "dataset")
    if isinstance(other, Data) and other.elements and dataset.elements:
        elements = alternatives(Tuple(dataset.elements), Tuple(other.elements))
        if elements is not None:
            return step(dataset, "concatenate", call.site, elements=elements)
    return _unread(call, dataset, call.lost("a dataset that is not known is added"))


@function(f"{_DATASET}.from_generator")
def _from_generator(call: Call) -> Value:
    made_by = call.arg(0, "generator")
    made = (
        call.interpreter.calls.call(made_by, type(call)(call.interpreter, call.site))
        if made_by is not None
        else None
    )
    if isinstance(made, Data) and made.elements:
        return Data("from_generator", call.site, form="dataset", elements=made.elements)
    return unseen(call, made if isinstance(made, Unknown) else call.lost("what a generator gives"))


@method("dataset", "window")
def _window(call: Call) -> Value:
    """A dataset of datasets, one for each window."""
    dataset = cast("Data", call.receiver)
    if dataset.elements is None:
        return _unread(call, dataset, call.lost("windows of a dataset that is not known"))
    windows = tuple(
        step(dataset, "window", call.site, elements=(each,)) for each in dataset.elements
    )
    return step(dataset, "window", call.site, elements=windows)


@method("dataset", "map", "interleave", "flat_map")
def _map(call: Call) -> Value:
    dataset = cast("Data", call.receiver)
    mapped = call.arg(0, "map_func")
    lost = call.lost(f"what {call.method} is given")
    if mapped is None:
        return _unread(call, dataset, lost)
    inner = type(call)(call.interpreter, call.site)
    inner.args += [_anew(call, each) for each in dataset.elements or ()]
    inner.more = lost if dataset.elements is None else None
    result = call.interpreter.calls.call(traced(mapped, f"dataset.{call.method}"), inner)
    if dataset.elements is None:
        return _unread(call, dataset, lost)
    made = result.elements if isinstance(result, Data) else None
    if call.method == "map":
        made = alternatives(result)
    if made is not None and not isinstance(result, Unknown):
        return step(dataset, call.method, call.site, elements=made)
    lost = call.lost(f"what {call.method} gives")
    return _unread(call, dataset, result if isinstance(result, Unknown) and result.site else lost)


def _anew(call: Call, element: Value) -> Value:
    """What a function that is mapped may change without changing what others are given."""
    store = call.interpreter.store
    state = store.state(element, DictState)
    return element if state is None else store.allocate(state)


def _unread(call: Call, dataset: Data, lost: Unknown) -> Data:
    """A dataset whose elements went through something that could not be read."""
    elements = tuple(
        opaque(each, lost) if isinstance(each, Data) else lost for each in dataset.elements or ()
    )
    return step(dataset, call.method, call.site, elements=elements or None)


# Tensors


def _tensor_keep(call: Call) -> Value:
    value = call.arg(0, "x", "value", "tensor", "input", "initial_value")
    data = as_data(call.interpreter, value, call.site) if value is not None else None
    name = call.path.rpartition(".")[2]
    if data is None:
        return value if isinstance(value, Unknown) else call.lost(f"{name} of no array")
    dtype = dtype_name(call.arg(1, "dtype")) if name in ("cast", "constant") else data.dtype
    if name in ("reshape", "expand_dims", "squeeze", "transpose", "reverse"):
        return step(data, name, call.site, ranges=together(data.ranges), dtype=dtype, labels=None)
    return same_values(data, name, call.site, dtype=dtype, content=None)


FUNCTIONS.update(dict.fromkeys(_TENSOR_KEEPS, _tensor_keep))


@function("tensorflow.divide", "tensorflow.math.divide", "tensorflow.truediv", "keras.ops.divide")
def _divide(call: Call) -> Value:
    from tfcheck.script import arithmetic

    if len(call.args) < 2:
        return call.lost("a division")
    return arithmetic.binary(call.interpreter, "/", call.args[0], call.args[1], call.site)


@function("tensorflow.random.normal", "tensorflow.random.truncated_normal", "keras.random.normal")
def _normal(call: Call) -> Value:
    if len(call.args) > 1 or "stddev" in call.keywords or "mean" in call.keywords:
        return call.lost("chance of a spread that is not known")
    return source("tf.random.normal", call.site, Scaling.SMALL, form="array")


@function("tensorflow.random.uniform", "keras.random.uniform")
def _uniform(call: Call) -> Value:
    if len(call.args) > 1 or {"minval", "maxval"} & call.keywords.keys():
        return call.lost("chance between bounds that are not known")
    return source("tf.random.uniform", call.site, Scaling.SMALL, ranges=Ranges(Range(0, 1)))


@function("tensorflow.zeros", "tensorflow.ones")
def _filled(call: Call) -> Value:
    value = 0.0 if call.path.endswith("zeros") else 1.0
    name = call.path.rpartition(".")[2]
    return source(f"tf.{name}", call.site, Scaling.SMALL, ranges=Ranges(Range(value, value)))
