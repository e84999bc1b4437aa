"""Run a script until its calls of ``fit`` and write down what Keras holds there.

    python -m judge.capture SCRIPT RECORDS [--keras keras|tf_keras]

``fit`` and its kin are replaced: nothing is trained, and the script goes on with a history that
it can plot. Data sets that would be downloaded are replaced by random ones of their true shape,
type and range. RECORDS gets one JSON object a line, one line a call, written at once, so that
nothing is lost when the script fails later. Run it on code that you trust, or in a sandbox.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib
import importlib.machinery
import inspect
import json
import os
import runpy
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

METHODS = ("fit", "fit_generator", "train_on_batch")
MAX_FITS = 40
MAX_CALLS = 8
ENVIRONMENT = {
    "CUDA_VISIBLE_DEVICES": "",
    "KERAS_BACKEND": "tensorflow",
    "MPLBACKEND": "Agg",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("script", type=Path)
    parser.add_argument("records", type=Path)
    parser.add_argument("--keras", choices=("keras", "tf_keras"), default="keras")
    options = parser.parse_args()
    os.environ |= ENVIRONMENT
    if options.keras == "tf_keras":
        stand_in_for_keras()
    script = options.script.resolve()
    with options.records.open("w") as records:
        capture(script, records, options.keras)


def stand_in_for_keras() -> None:
    """Let ``keras`` and ``tensorflow.keras`` mean Keras 2."""
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    legacy = importlib.import_module("tf_keras")
    sys.modules["keras"] = legacy

    class Finder:
        """``keras.layers.core`` and all other modules under ``keras``."""

        def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
            if not name.startswith("keras."):
                return None
            rest = name.removeprefix("keras.")
            for candidate in (f"tf_keras.{rest}", f"tf_keras.src.{rest}"):
                try:
                    module = importlib.import_module(candidate)
                except ImportError:
                    continue
                return importlib.machinery.ModuleSpec(name, _Loader(module))  # type: ignore[arg-type]
            return None

    class _Loader:
        def __init__(self, module: Any) -> None:
            self.module = module

        def create_module(self, spec: Any) -> Any:
            return self.module

        def exec_module(self, module: Any) -> None: ...

    sys.meta_path.insert(0, Finder())


def capture(script: Path, records: TextIO, library: str = "keras") -> None:
    """Run ``script`` as the main program, with every ``fit`` written to ``records``."""
    keras = importlib.import_module(library)
    _replace_data_sets(keras)
    _note_shapes(keras)
    for method in METHODS:
        if hasattr(keras.Model, method):
            _replace(keras.Model, method, script, records)
    sys.argv = [str(script)]
    sys.path.insert(0, str(script.parent))
    runpy.run_path(str(script), run_name="__main__")


class _History:
    """What ``fit`` returns, with figures for whatever is asked for."""

    def __init__(self) -> None:
        self.history: Mapping[str, list[float]] = defaultdict(lambda: [0.5, 0.4])
        self.epoch = [0, 1]
        self.params: dict[str, Any] = {}


def _replace(model: Any, method: str, script: Path, records: TextIO) -> None:
    original = getattr(model, method)
    signature = inspect.signature(original)
    count = 0

    def stand_in(self: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal count
        row = _row(script)
        count += 1
        if row is not None and count <= MAX_FITS:
            try:
                bound = signature.bind(self, *args, **kwargs).arguments
            except TypeError:
                bound = {"self": self, **kwargs}
            record = {"row": row, "method": method, **describe(self, bound)}
            records.write(json.dumps(record, default=str) + "\n")
            records.flush()
        if count > MAX_FITS:
            raise SystemExit
        return 0.5 if method == "train_on_batch" else _History()

    setattr(model, method, stand_in)


def _row(script: Path) -> int | None:
    """The row of the script from which ``fit`` is called."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename == str(script):
            return frame.f_lineno
        frame = frame.f_back
    return None


_OUTPUTS: dict[int, tuple[Any, list[list[int | None]]]] = {}
"""Layers by identity, kept alive, with the shapes that their calls gave."""


def _note_shapes(keras: Any) -> None:
    """Write down the shape of what each layer gives whenever it is called."""
    original = keras.layers.Layer.__call__

    @functools.wraps(original)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(self, *args, **kwargs)
        shape = getattr(result, "shape", None)
        if shape is not None and len(shape):
            _, shapes = _OUTPUTS.setdefault(id(self), (self, []))
            shapes.append([None, *shape[1:]])
        return result

    keras.layers.Layer.__call__ = call


def _build(model: Any, x: Any) -> None:
    """Call a model that has no shapes yet on the first row of what it is trained on."""
    rows = [each[:1] for each in _listed(x) if _is_array(each) and hasattr(each, "dtype")]
    if model.built or not rows or len(rows) != len(_listed(x)):
        return
    with contextlib.suppress(TypeError, ValueError):
        model(rows if len(rows) > 1 else rows[0])


# What Keras holds


def describe(model: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    x, y = arguments.get("x", arguments.get("generator")), arguments.get("y")
    _build(model, x)
    return {
        "model": type(model).__name__,
        "layers": [_layer(each) for each in model.layers],
        "optimizer": _optimizer(getattr(model, "optimizer", None)),
        "loss": _loss(getattr(model, "loss", None)),
        "epochs": arguments.get("epochs", 1),
        "batch_size": arguments.get("batch_size"),
        "callbacks": [type(each).__name__ for each in _listed(arguments.get("callbacks"))],
        "x": [_array(each) for each in _listed(x)],
        "y": [_array(each) for each in _listed(y)],
    }


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, (list, tuple)) and (not value or _is_array(value[0])):
        return list(value)
    return list(value) if isinstance(value, (list, tuple)) and not _is_numbers(value) else [value]


def _is_array(value: Any) -> bool:
    return hasattr(value, "shape") and len(getattr(value, "shape", ())) > 0


def _is_numbers(value: Any) -> bool:
    first = value[0]
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    return isinstance(first, (int, float))


def _layer(layer: Any) -> dict[str, Any]:
    if type(layer).__name__ == "ModuleWrapper":  # Keras 2 around what it takes for another's
        layer = layer._module
    activation = getattr(layer, "activation", None)
    return {
        "class": type(layer).__name__,
        "units": getattr(layer, "units", getattr(layer, "filters", None)),
        "activation": getattr(activation, "__name__", None) if activation else None,
        "outputs": _OUTPUTS.get(id(layer), (layer, []))[1][:MAX_CALLS],
    }


def _optimizer(optimizer: Any) -> dict[str, Any] | None:
    if optimizer is None:
        return None
    config = optimizer.get_config() if hasattr(optimizer, "get_config") else {}
    numbers = {
        name: float(value)
        for name, value in config.items()
        if isinstance(value, (int, float)) or hasattr(value, "item")
    }
    return {"class": type(optimizer).__name__.lower(), "config": numbers}


def _loss(loss: Any) -> Any:
    if isinstance(loss, (list, tuple)):
        return [_loss(each) for each in loss]
    if isinstance(loss, Mapping):
        return [_loss(each) for each in loss.values()]
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
    logits = getattr(loss, "_fn_kwargs", {}).get("from_logits") if loss is not None else None
    return {"name": None if loss is None else name, "from_logits": bool(logits)}


def _array(value: Any) -> dict[str, Any] | None:
    import numpy as np

    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    if isinstance(value, (list, tuple)):
        value = np.asarray(value)
    if hasattr(value, "numpy") and not hasattr(value, "take"):
        value = value.numpy()
    if not isinstance(value, np.ndarray):
        return None
    found: dict[str, Any] = {"shape": list(value.shape), "dtype": str(value.dtype)}
    if value.size and np.issubdtype(value.dtype, np.number):
        rows = value.reshape(-1, value.shape[-1]) if value.ndim > 1 else value.reshape(-1, 1)
        found["low"] = [float(each) for each in np.nanmin(rows, axis=0)]
        found["high"] = [float(each) for each in np.nanmax(rows, axis=0)]
    elif value.dtype == bool:
        found["low"], found["high"] = [0.0], [1.0]
    return found


# Data that would be downloaded


def _replace_data_sets(keras: Any) -> None:
    import numpy as np

    chance = np.random.default_rng(0)

    def images(shape: tuple[int, ...], train: int, test: int, classes: int, column: bool) -> Any:
        def load(*args: Any, **kwargs: Any) -> Any:
            def part(rows: int) -> Any:
                x = np.zeros((rows, *shape), "uint8")
                x[:256] = chance.integers(0, 256, (256, *shape))
                y = np.arange(rows) % classes
                return x, (y.reshape(-1, 1) if column else y).astype("uint8")

            return part(train), part(test)

        return load

    def words(classes: int) -> Any:
        def load(*args: Any, num_words: int | None = None, **kwargs: Any) -> Any:
            def part() -> Any:
                lengths = chance.integers(20, 400, 2_000)
                highest = num_words or 20_000
                x = [chance.integers(1, highest, length).tolist() for length in lengths]
                return np.array(x, dtype=object), np.arange(2_000) % classes

            return part(), part()

        return load

    from tfcheck.script.effects.known_data import KERAS_IMAGES, KERAS_TABLES

    for name, known in KERAS_IMAGES.items():
        column = name.startswith("cifar")
        load = images(known.shape, known.train, known.test, known.classes, column)
        getattr(keras.datasets, name).load_data = load
    for name, classes in (("imdb", 2), ("reuters", 46)):
        getattr(keras.datasets, name).load_data = words(classes)
    for name, table in KERAS_TABLES.items():
        if hasattr(keras.datasets, name):
            low = np.array([each.low for each in table.ranges])
            high = np.array([each.high for each in table.ranges])

            def load_table(*args: Any, low: Any = low, high: Any = high, **kwargs: Any) -> Any:
                def part(rows: int) -> Any:
                    x = chance.uniform(low, high, (rows, len(low)))
                    x[0], x[1] = low, high
                    return x, chance.uniform(5, 50, rows)

                return part(404), part(102)

            getattr(keras.datasets, name).load_data = load_table


def records_of(path: Path) -> Iterator[dict[str, Any]]:
    """The records that :func:`capture` wrote to ``path``."""
    for line in path.read_text().splitlines():
        yield json.loads(line)


if __name__ == "__main__":
    main()
