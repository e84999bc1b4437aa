"""What the rules say of callbacks and data happens in the Keras that is installed."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf
from sklearn.datasets import load_digits

from tfcheck.script.names import function_name
from tfcheck.script.reports import METRICS, NUMBERED

X = np.random.default_rng(0).normal(size=(16, 3))
Y = X.sum(axis=1, keepdims=True)


def train(metrics: Any = (), **arguments: Any) -> dict[str, list[float]]:
    """The history of two epochs of a small regression."""
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=list(metrics))
    history: dict[str, list[float]] = model.fit(
        X, Y, verbose=0, **{"epochs": 2, **arguments}
    ).history
    return history


# Metrics


def metric_classes() -> dict[str, Any]:
    """Keras' metrics by what the reader calls them."""
    found = inspect.getmembers(keras.metrics, inspect.isclass)
    return {function_name(name): each for name, each in found}


ARGUMENTS = {
    "io_u": {"num_classes": 2, "target_class_ids": [0]},
    "one_hot_io_u": {"num_classes": 2, "target_class_ids": [0]},
    "mean_io_u": {"num_classes": 2},
    "one_hot_mean_io_u": {"num_classes": 2},
    "precision_at_recall": {"recall": 0.5},
    "recall_at_precision": {"precision": 0.5},
    "sensitivity_at_specificity": {"specificity": 0.5},
    "specificity_at_sensitivity": {"sensitivity": 0.5},
}


@pytest.mark.parametrize("name", METRICS)
def test_metrics_have_the_name_and_direction_of_the_table(name: str) -> None:
    made = metric_classes()[name]
    metric = made(**ARGUMENTS.get(name, {}))
    assert metric.name.rstrip("_0123456789") == name.rstrip("_0123456789")
    assert metric._direction == METRICS[name]
    assert (inspect.signature(made).parameters["name"].default is None) == (name in NUMBERED)


@pytest.mark.parametrize("name", ["EarlyStopping", "ModelCheckpoint", "ReduceLROnPlateau"])
def test_arguments_of_callbacks_stand_where_the_reader_has_them(name: str) -> None:
    from tfcheck.script.effects.keras_objects import _SIGNATURES

    read = _SIGNATURES[f"keras.callbacks.{name}"].split()
    assert list(inspect.signature(getattr(keras.callbacks, name)).parameters)[: len(read)] == read


# Monitors

Callbacks = keras.callbacks


def grow(**arguments: Any) -> tuple[dict[str, list[float]], Any]:
    """A run whose losses grow, with validation data, and its model."""
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1.0), "mse")
    history = model.fit(X, Y, verbose=0, validation_data=(X, Y), **arguments).history
    assert history["val_loss"] == sorted(history["val_loss"])
    return history, model


def test_without_validation_data_no_callback_acts_on_them(tmp_path: Path) -> None:
    callbacks = [
        Callbacks.EarlyStopping(),
        Callbacks.ReduceLROnPlateau(patience=1),
        Callbacks.ModelCheckpoint(tmp_path / "best.keras", save_best_only=True),
    ]
    with pytest.warns(UserWarning, match="not available"):
        history = train(epochs=4, callbacks=callbacks)
    assert len(history["loss"]) == 4
    assert len(set(history["learning_rate"])) == 1
    # A checkpoint of the best saves whatever comes: the file holds the last epoch.
    last = keras.saving.load_model(tmp_path / "best.keras")
    assert last.evaluate(X, Y, verbose=0) < history["loss"][-1]


@pytest.mark.parametrize(
    "callback",
    [Callbacks.EarlyStopping, Callbacks.ReduceLROnPlateau, Callbacks.ModelCheckpoint],
)
def test_a_metric_that_is_not_logged_raises(callback: Any, tmp_path: Path) -> None:
    path = {"filepath": tmp_path / "m.keras"} if callback is Callbacks.ModelCheckpoint else {}
    with pytest.raises(ValueError, match="isn't able to automatically determine"):
        train(["accuracy"], validation_split=0.5, callbacks=[callback(monitor="val_acc", **path)])


def test_with_a_mode_it_only_never_acts() -> None:
    stop = Callbacks.EarlyStopping("val_acc", mode="max")
    with pytest.warns(UserWarning, match="not available"):
        history = train(["accuracy"], epochs=3, validation_split=0.5, callbacks=[stop])
    assert "val_accuracy" in history
    assert len(history["loss"]) == 3


def closeness(y_true: Any, y_pred: Any) -> Any:
    return -keras.ops.mean(keras.ops.abs(y_true - y_pred))


def test_keras_knows_no_direction_of_a_function_of_the_project() -> None:
    with pytest.raises(ValueError, match="isn't able to automatically determine"):
        train([closeness], callbacks=[Callbacks.EarlyStopping("closeness")])
    assert train([closeness], callbacks=[Callbacks.EarlyStopping("closeness", mode="max")])


def test_early_stopping_leaves_the_last_weights_unless_it_is_to_restore_the_best() -> None:
    history, model = grow(epochs=9, callbacks=[Callbacks.EarlyStopping(patience=3)])
    assert len(history["val_loss"]) == 4
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(history["val_loss"][-1], rel=1e-4)
    stop = Callbacks.EarlyStopping(patience=3, restore_best_weights=True)
    history, model = grow(epochs=9, callbacks=[stop])
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(history["val_loss"][0], rel=1e-4)


def test_without_patience_the_first_epoch_that_is_no_better_is_the_last() -> None:
    history, _ = grow(epochs=9, callbacks=[Callbacks.EarlyStopping()])
    assert len(history["val_loss"]) == 2


def test_the_wrong_mode_stops_while_training_helps() -> None:
    stop = Callbacks.EarlyStopping("loss", mode="max", patience=2)
    history = train(epochs=9, callbacks=[stop])
    assert len(history["loss"]) == 3
    assert history["loss"] == sorted(history["loss"], reverse=True)


@pytest.mark.parametrize("patience", [3, 4])
def test_early_stopping_ends_training_before_a_plateau_as_long_is_over(patience: int) -> None:
    plateau = Callbacks.ReduceLROnPlateau(patience=patience)
    history, _ = grow(epochs=9, callbacks=[plateau, Callbacks.EarlyStopping(patience=3)])
    assert len(set(history["learning_rate"])) == 1


def test_a_patience_as_long_as_the_run_stops_nothing_and_still_restores() -> None:
    stop = Callbacks.EarlyStopping(patience=3, restore_best_weights=True)
    history, model = grow(epochs=3, callbacks=[stop])
    assert stop.stopped_epoch == 0
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(history["val_loss"][0], rel=1e-4)


# Data


def dataset(batch: int | None = 4) -> tf.data.Dataset:
    rows = tf.data.Dataset.from_tensor_slices((X.astype("float32"), Y.astype("float32")))
    return rows if batch is None else rows.batch(batch)


def batches() -> Iterator[Any]:
    while True:
        yield X, Y


@pytest.mark.parametrize(
    "arguments",
    [{"y": Y}, {"sample_weight": np.ones(16)}, {"validation_split": 0.5}],
    ids=["y", "sample_weight", "validation_split"],
)
@pytest.mark.parametrize("x", [dataset(), batches()], ids=["dataset", "generator"])
def test_what_yields_batches_takes_nothing_beside_it(x: Any, arguments: dict[str, Any]) -> None:
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    with pytest.raises(ValueError, match=r"should not be passed|only supported for"):
        model.fit(x, steps_per_epoch=1, verbose=0, **arguments)


def steps_of(*data: Any, **arguments: Any) -> int:
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(*data, verbose=0, **arguments)
    return int(model.optimizer.iterations)


def test_the_batch_size_beside_a_dataset_is_ignored() -> None:
    assert steps_of(dataset(4), batch_size=16) == steps_of(dataset(4)) == 4


def test_the_split_beside_validation_data_is_ignored() -> None:
    both = steps_of(X, Y, batch_size=1, validation_split=0.5, validation_data=(X, Y))
    assert both == len(X)


def test_rows_without_a_batch_raise() -> None:
    with pytest.raises(ValueError, match="expected min_ndim=2"):
        steps_of(dataset(None))


class Endless(Exception):
    pass


class EndsIt(Callbacks.Callback):
    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch > 100:
            raise Endless


def test_the_first_epoch_of_an_endless_dataset_does_not_end() -> None:
    assert steps_of(dataset(4), callbacks=[EndsIt()]) == 4
    with pytest.raises(Endless):
        steps_of(dataset(4).repeat(), callbacks=[EndsIt()])


def test_class_weights_are_refused_for_generators_and_several_outputs() -> None:
    weights = {0: 1.0, 1: 2.0}
    with pytest.raises(ValueError, match="class_weight"):
        steps_of(batches(), steps_per_epoch=1, class_weight=weights)
    inputs = keras.Input((3,))
    model = keras.Model(inputs, [keras.layers.Dense(1)(inputs), keras.layers.Dense(1)(inputs)])
    model.compile("adam", "mse")
    with pytest.raises(ValueError, match="class_weight"):
        model.fit(X, [Y, Y], verbose=0, class_weight=weights)


def test_a_model_that_is_not_compiled_raises() -> None:
    with pytest.raises(ValueError, match=r"You must call `compile\(\)`"):
        keras.Sequential([keras.layers.Dense(1)]).fit(X, Y)


def test_a_model_that_goes_from_fold_to_fold_knows_the_rows_it_is_tested_on() -> None:
    keras.utils.set_random_seed(0)
    chance = np.random.default_rng(0)
    x, y = chance.normal(size=(40, 20)), chance.integers(0, 2, 40)
    model = keras.Sequential([keras.layers.Dense(64, "relu"), keras.layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    scores = []
    one, other = slice(0, 20), slice(20, 40)
    for rows, test, epochs in ((one, other, 30), (other, one, 3)):
        model.fit(x[rows], y[rows], epochs=epochs, verbose=0)
        scores.append(model.evaluate(x[test], y[test], verbose=0)[1])
    assert scores[0] < 0.7  # labels by chance cannot be learned
    assert scores[1] > 0.8


def test_a_model_that_nobody_trained_guesses() -> None:
    keras.utils.set_random_seed(0)
    x, y = load_digits(return_X_y=True)
    model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    before = model.evaluate(x / 16, y, verbose=0)[1]
    model.fit(x / 16, y, epochs=5, verbose=0)
    assert before < 0.3
    assert model.evaluate(x / 16, y, verbose=0)[1] > 0.8
