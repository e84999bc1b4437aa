"""Every row of the migration tables, walked on the Keras and TensorFlow that are installed."""

from __future__ import annotations

import importlib
import inspect
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf

from lint_rules.migration.arguments import ARGUMENTS
from lint_rules.migration.asked import under
from lint_rules.migration.backend_names import BACKEND_NAMES
from lint_rules.migration.file_ending import CHECKPOINT, MODEL, WEIGHTS
from lint_rules.migration.former_values import FORMER_VALUES
from lint_rules.migration.moved_modules import MOVED_MODULES
from lint_rules.migration.removed_members import REMOVED_MEMBERS
from lint_rules.migration.removed_names import REMOVED_NAMES
from lint_rules.migration.rows import (
    BOTH,
    IGNORED,
    SAFE,
    WARNS,
    Argument,
    Member,
    Module,
    Name,
    Value,
)
from lint_rules.migration.tensorflow_names import TENSORFLOW_NAMES

NAMES = (*REMOVED_NAMES, *BACKEND_NAMES, *TENSORFLOW_NAMES)
X, Y = np.zeros((4, 3), "float32"), np.zeros((4, 1), "float32")


def resolve(path: str) -> Any:
    """What a dotted path means, by imports as far as they go."""
    if "." not in path:
        return getattr(__builtins__, path, None) or __builtins__[path]  # type: ignore[index]
    parts = path.split(".")
    found = importlib.import_module(parts[0])
    for number, part in enumerate(parts[1:], start=2):
        try:
            found = getattr(found, part)
        except AttributeError:
            found = importlib.import_module(".".join(parts[:number]))
    return found


def is_there(path: str) -> bool:
    try:
        found = resolve(path)
    except (AttributeError, ImportError):
        return False
    # What is there only to say that it is gone.
    return getattr(found, "__name__", "") != "LegacyOptimizerWarning"


def model() -> Any:
    found = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    found.compile(optimizer="sgd", loss="mse")
    return found


# Names


@pytest.mark.parametrize("row", NAMES, ids=lambda row: row.name)
def test_the_name_is_gone_where_it_is_said_to_be(row: Name) -> None:
    for home in row.homes:
        assert not is_there(under(home, row.name)), home
    if row.to is not None:
        assert is_there(row.to)
        if row.homes == BOTH:
            assert is_there(under("tensorflow.keras", row.to))


@pytest.mark.parametrize(
    "row", [row for row in NAMES if row.homes != BOTH], ids=lambda row: row.name
)
def test_the_name_is_there_where_it_is_not_said_to_be_gone(row: Name) -> None:
    for home in BOTH - row.homes if row.name.startswith("keras.") else ():
        assert is_there(under(home, row.name)), home


def test_no_name_is_said_twice() -> None:
    names = [row.name for row in NAMES]
    modules = [row.name for row in MOVED_MODULES]
    assert len(names) == len(set(names))
    assert len(modules) == len(set(modules))
    # A function of Keras 1 and a module of Keras 2.
    assert set(names) & set(modules) == {"keras.layers.merge"}


@pytest.mark.parametrize("row", MOVED_MODULES, ids=lambda row: row.name)
def test_the_module_is_gone_and_its_names_moved(row: Module) -> None:
    for home in BOTH:
        with pytest.raises(ImportError):
            importlib.import_module(under(home, row.name))
        # tf.keras came after keras.objectives, and has other names of those.
        for name in row.names if row.name != "keras.objectives" or home == "keras" else ():
            assert is_there(under(home, f"{row.to}.{name}")), name


# Functions of keras.backend that keras.ops has, on the one thing that each is about.

_MATRIX = np.array([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]], "float32")
_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "all": (_MATRIX > 0.1,),
    "any": (_MATRIX > 0.1,),
    "binary_crossentropy": (np.round(_MATRIX), _MATRIX),
    "cast": (_MATRIX, "int32"),
    "categorical_crossentropy": (np.eye(3, dtype="float32")[:2], _MATRIX),
    "clip": (_MATRIX, 0.2, 0.5),
    "equal": (_MATRIX, _MATRIX),
    "permute_dimensions": (_MATRIX, (1, 0)),
    "pow": (_MATRIX, 2.0),
    "reshape": (_MATRIX, (3, 2)),
    "squeeze": (_MATRIX[:, :1], 1),
    "stack": ([_MATRIX, _MATRIX],),
    "tile": (_MATRIX, (1, 2)),
}
_OF_TWO = "greater greater_equal less less_equal maximum minimum not_equal".split()
SAME = [row for row in BACKEND_NAMES if row.fix is SAFE]


@pytest.mark.parametrize("row", SAME, ids=lambda row: row.name)
def test_the_operation_gives_what_the_backend_gave(row: Name) -> None:
    assert row.to is not None
    name = row.name.rpartition(".")[2]
    arguments = (_MATRIX, _MATRIX[::-1]) if name in _OF_TWO else _ARGUMENTS.get(name, (_MATRIX,))
    arguments = tuple(
        tf.constant(each) if isinstance(each, np.ndarray) else each for each in arguments
    )
    before = getattr(tf.keras.backend, name)(*arguments)
    after = resolve(row.to)(*arguments)
    np.testing.assert_allclose(np.asarray(after), np.asarray(before), rtol=1e-5)
    assert after.dtype == before.dtype


@pytest.mark.parametrize("row", SAME, ids=lambda row: row.name)
def test_the_operation_takes_what_the_backend_took(row: Name) -> None:
    assert row.to is not None
    before = inspect.signature(getattr(tf.keras.backend, row.name.rpartition(".")[2])).parameters
    after = inspect.signature(resolve(row.to)).parameters
    defaults = [each.default for each in before.values() if each.default is not each.empty]
    places = list(after.values())[len(before) - len(defaults) : len(before)]
    kept = [each.default for each in places]
    assert all(a == b for a, b in zip(defaults, kept, strict=False))


# Members


def _objects(row: Member) -> Iterator[Any]:
    if row.of == "model":
        yield model()
    elif row.of == "keras.layers":
        yield from model().layers
    else:
        yield keras.optimizers.Adam()


@pytest.mark.parametrize("row", REMOVED_MEMBERS, ids=lambda row: f"{row.of}.{row.name}")
def test_the_member_is_gone(row: Member) -> None:
    for each in _objects(row):
        assert not hasattr(each, row.name)
        found = each
        for part in row.to.split(".") if row.to else ():
            found = getattr(found, part)


# Arguments


def _filled(function: Callable[..., Any], given: str) -> dict[str, Any]:
    """Values for what a function cannot be called without."""
    parameters = inspect.signature(function).parameters.values()
    needed = [
        each.name
        for each in parameters
        if each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD
    ]
    return {name: _VALUES[name] for name in needed if name != given}


_VALUES: dict[str, Any] = {
    "activation": "relu",
    "axes": 1,
    "cell": keras.layers.LSTMCell(2),
    "cells": [keras.layers.LSTMCell(2)],
    "factor": 0.1,
    "height_factor": 0.1,
    "width_factor": 0.1,
    "pool_size": 2,
    "dims": (2, 1),
    "filepath": "a.weights.h5",
    "filters": 4,
    "function": lambda x: x,
    "height": 4,
    "input_dim": 10,
    "key_dim": 2,
    "kernel_size": 3,
    "layer": keras.layers.LSTM(2),
    "n": 2,
    "num_bins": 4,
    "num_heads": 2,
    "output_dim": 4,
    "output_shape": (4,),
    "equation": "ab,bc->ac",
    "path": "a.png",
    "rate": 0.5,
    "scale": 2.0,
    "stddev": 0.1,
    "target_shape": (3, 1),
    "units": 4,
    "width": 4,
    "x": X,
}
_PASSED: dict[str, Any] = {
    **dict.fromkeys(("W_regularizer", "U_regularizer", "b_regularizer"), "l2"),
    **dict.fromkeys(("W_constraint", "b_constraint"), "non_neg"),
    "alpha": 0.1,
    "bias": True,
    "border_mode": "same",
    "decay": 0.1,
    "dim_ordering": "tf",
    "dropout": 0.1,
    "init": "he_normal",
    "inner_activation": "sigmoid",
    "inner_init": "orthogonal",
    "beta_init": "zeros",
    "gamma_init": "ones",
    "lr": 0.1,
    "p": 0.5,
    "sigma": 0.5,
    "nb_classes": 3,
    "y": np.array([0, 1]),
    "dropout_W": 0.1,
    "dropout_U": 0.1,
}


def _called(function: str, arguments: dict[str, Any]) -> Any:
    """The call, of a function or of a method of a model."""
    if not function.startswith("model."):
        called = resolve(function)
        filled = _filled(called, "") if function != "keras.Model" else {}
        if function == "keras.layers.TimeDistributed":
            filled["layer"] = keras.layers.Dense(2)
        if function == "keras.callbacks.ModelCheckpoint":
            filled["filepath"] = "a.keras"
        if function.endswith("relu"):
            filled["x"] = tf.constant(X)
        if function.endswith("to_categorical"):
            filled["x"] = np.array([0, 1])
        return called(**{**filled, **arguments})
    name = function.removeprefix("model.")
    filled = {
        "fit": {"x": X, "y": Y, "verbose": 0},
        "evaluate": {"x": X, "y": Y, "verbose": 0},
        "predict": {"x": X, "verbose": 0},
        "compile": {"optimizer": "sgd", "loss": "mse"},
        "train_on_batch": {"x": X, "y": Y},
        "test_on_batch": {"x": X, "y": Y},
        "save_weights": {"filepath": "a.weights.h5"},
    }[name]
    return getattr(model(), name)(**{**filled, **arguments})


def _cases() -> Iterator[Any]:
    for row in ARGUMENTS:
        for function in sorted(row.of):
            yield pytest.param(row, function, id=f"{function}({row.name})")


def _old(row: Argument, function: str) -> dict[str, Any]:
    if function == "keras.Model":
        ends = keras.Input((3,))
        return {"input": ends, "output": ends}
    given = row.only[0] if row.only and row.only[0] is not None else _PASSED.get(row.name, 1)
    return {row.name: given}


@pytest.mark.parametrize("row, function", list(_cases()))
def test_the_argument_does_what_is_said(
    row: Argument, function: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if function.startswith("keras.datasets."):
        # It would be downloaded; the signature says what is taken, and what is not.
        assert row.to in inspect.signature(resolve(function)).parameters
        return
    old = _old(row, function)
    if row.what in (IGNORED, WARNS):
        with pytest.warns(UserWarning, match=row.name):
            _called(function, old)
    else:
        with pytest.raises((TypeError, ValueError), match=row.name):
            _called(function, old)
    if row.fix is None:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _called(function, _new(row, old))


def _new(row: Argument, old: dict[str, Any]) -> dict[str, Any]:
    """The arguments once they are changed as the fix does."""
    if "input" in old:
        return {"inputs": old["input"], "outputs": old["output"]}
    if row.to is None:
        return {}
    given = old[row.name]
    return {row.to: next((today for once, today in row.values if once == given), given)}


# Values


@pytest.mark.parametrize("row", FORMER_VALUES, ids=lambda row: row.value)
def test_the_value_is_known_by_its_name_of_today_only(row: Value) -> None:
    for function in row.of:
        with pytest.raises(ValueError, match=f"(?i){row.argument}"):
            _use(function, row, row.value)
        _use(function, row, row.to)


def _use(function: str, row: Value, value: str) -> None:
    if function == "model.compile":
        fitted = model()
        fitted.compile(optimizer="sgd", loss=value)
        fitted.fit(X, Y, verbose=0)
    else:
        resolve(function)(**{row.argument: value})


def test_metrics_are_a_list() -> None:
    with pytest.raises(ValueError, match="metrics"):
        model().compile(optimizer="sgd", loss="mse", metrics="accuracy")
    model().compile(optimizer="sgd", loss="mse", metrics=["accuracy"])


@pytest.mark.parametrize(
    "endings, save",
    [
        (WEIGHTS, lambda path: model().save_weights(path)),
        (MODEL, lambda path: model().save(path)),
        (MODEL, lambda path: keras.models.save_model(model(), path)),
        (CHECKPOINT, keras.callbacks.ModelCheckpoint),
        (WEIGHTS, lambda path: keras.callbacks.ModelCheckpoint(path, save_weights_only=True)),
    ],
)
def test_files_end_as_is_said(
    endings: tuple[str, ...], save: Callable[[str], Any], tmp_path: Path
) -> None:
    for ending in ("", ".h5", ".hdf5", ".keras", ".weights.h5", ".ckpt", ".model"):
        path = str(tmp_path / f"a{ending}")
        if path.endswith(endings):
            save(path)
        else:
            with pytest.raises(ValueError, match="file"):
                save(path)


def test_a_model_of_another_ending_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "saved_model").mkdir()
    with pytest.raises(ValueError, match="File format not supported"):
        keras.models.load_model(tmp_path / "saved_model")


def test_the_third_argument_of_a_convolution_is_the_strides() -> None:
    layer = keras.layers.Convolution2D(8, 3, 3)
    assert layer.kernel_size == (3, 3)
    assert layer.strides == (3, 3)
    assert keras.layers.Conv2D is keras.layers.Convolution2D


def test_the_schedule_is_what_decay_was() -> None:
    rate = keras.optimizers.schedules.InverseTimeDecay(0.1, decay_steps=1, decay_rate=0.5)
    # Keras 2: rate / (1 + decay * iterations), in Optimizer._decayed_lr and its kin.
    assert [float(rate(step)) for step in range(4)] == pytest.approx(
        [0.1 / (1 + 0.5 * step) for step in range(4)]
    )
