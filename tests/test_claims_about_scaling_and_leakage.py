"""What the rules on scaling, leakage and splits say happens, on the Keras that is installed."""

from __future__ import annotations

import importlib
import inspect
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_wine
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.utils import resample

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from keras.src.legacy.preprocessing.image import ImageDataGenerator

from lint_rules.scaling.pixels import SCALES, module_of

DIGITS, CLASSES = load_digits(return_X_y=True)
DIGITS = DIGITS / 16
WINE, CULTIVARS = load_wine(return_X_y=True)


def classifier(*layers: Any, units: int = 10) -> Any:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([*layers, keras.layers.Dense(units, "softmax")])
    adam = keras.optimizers.Adam(0.03)
    model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def trained(x: Any, y: Any, *layers: Any, epochs: int = 3) -> Any:
    model = classifier(*layers, units=int(y.max()) + 1)
    model.fit(x, y, epochs=epochs, verbose=0)
    return model


def accuracy(model: Any, x: Any, y: Any) -> float:
    return float(model.evaluate(x, y, verbose=0)[1])


# Scaling


def test_a_scaled_copy_that_is_not_passed_on_changes_nothing() -> None:
    before = WINE.copy()
    scaled = StandardScaler().fit_transform(WINE)
    np.testing.assert_array_equal(WINE, before)
    as_they_are, better = (
        accuracy(trained(x, CULTIVARS, keras.layers.Dense(16, "relu")), x, CULTIVARS)
        for x in (WINE, scaled)
    )
    assert as_they_are < 0.8
    assert better > 0.95


@pytest.mark.parametrize("module", sorted(SCALES))
def test_preprocess_input_gives_the_scale_that_the_table_names(module: str) -> None:
    preprocess = importlib.import_module(f"keras.applications.{module}").preprocess_input
    black, white = (preprocess(np.full((1, 1, 3), value, "float32")) for value in (0.0, 255.0))
    ends = round(float(black.min())), round(float(white.max()))
    expected = {
        "0 to 255": (0, 255),
        "-1 to 1": (-1, 1),
        "zero mean and unit spread": (-2, 3),
        "-124 to 151, in BGR": (-124, 151),
    }
    assert ends == expected[SCALES[module]]


def test_each_application_is_of_the_module_that_is_named() -> None:
    known = 0
    for name, made in inspect.getmembers(keras.applications, inspect.isfunction):
        module = module_of(name)
        if module is not None:
            known += 1
            assert made.__module__.rpartition(".")[2] == module
    assert known > 30


def test_a_model_knows_nothing_of_data_on_another_scale() -> None:
    x, t, y, u = train_test_split(WINE, CULTIVARS, random_state=0)
    scaler = StandardScaler().fit(x)
    model = trained(scaler.transform(x), y, keras.layers.Dense(16, "relu"))
    assert accuracy(model, scaler.transform(t), u) > 0.9
    assert accuracy(model, t, u) < 0.7


def test_pixels_that_are_scaled_twice_hardly_train() -> None:
    once, _ = trained(DIGITS, CLASSES).evaluate(DIGITS, CLASSES, verbose=0)
    twice, _ = trained(DIGITS / 255, CLASSES).evaluate(DIGITS / 255, CLASSES, verbose=0)
    assert once < 0.5
    assert twice > 1.5


def test_a_single_row_cannot_be_scaled_by_its_own_mean() -> None:
    """What is fitted on the test part depends on which rows come together."""
    _, t = train_test_split(WINE, random_state=0)
    together = StandardScaler().fit_transform(t)[0]
    alone = StandardScaler().fit_transform(t[:1])[0]
    assert np.abs(together).max() > 1
    assert not alone.any()


@pytest.mark.parametrize("settings", [{}, {"shuffle": False}])
def test_a_generator_shuffles_by_default_and_its_classes_do_not(
    tmp_path: Path, settings: dict[str, bool]
) -> None:
    for name in ("dark", "light"):
        (tmp_path / name).mkdir()
        for number in range(20):
            (tmp_path / name / f"{number}.png").touch()
    flow = ImageDataGenerator().flow_from_directory(tmp_path, batch_size=40, seed=1, **settings)
    order = next(flow.index_generator)
    assert list(flow.classes) == [0] * 20 + [1] * 20
    assert (list(flow.classes[order]) == list(flow.classes)) is bool(settings)


def test_one_generator_changes_both_of_its_subsets() -> None:
    pictures = np.random.default_rng(0).random((20, 8, 8, 1))
    images = ImageDataGenerator(rotation_range=40, validation_split=0.5)
    subset = images.flow(pictures, shuffle=False, subset="validation", batch_size=10)
    first = next(subset)
    subset.reset()
    assert not np.allclose(first, next(subset))


# Leakage and splits


def test_features_that_are_selected_before_the_split_predict_chance() -> None:
    chance = np.random.default_rng(0)
    x, y = chance.normal(size=(100, 5_000)), chance.integers(0, 2, 100)

    def score(x: Any, t: Any) -> float:
        return float(KNeighborsClassifier().fit(x, y[:70]).score(t, y[70:]))

    before = SelectKBest(k=20).fit_transform(x, y)
    selection = SelectKBest(k=20).fit(x[:70], y[:70])
    assert score(before[:70], before[70:]) > 0.8
    assert score(selection.transform(x[:70]), selection.transform(x[70:])) < 0.7


def test_what_a_layer_is_adapted_to_is_part_of_the_model() -> None:
    x, t = train_test_split(WINE, random_state=0)
    layers = {}
    for name, rows in (("all", WINE), ("train", x)):
        layers[name] = keras.layers.Normalization()
        layers[name].adapt(rows)
    assert np.asarray(layers["all"].mean) == pytest.approx(WINE.mean(axis=0)[None], rel=1e-4)
    assert np.abs(np.asarray(layers["all"](t)) - np.asarray(layers["train"](t))).max() > 0.05


def test_rows_that_are_repeated_before_the_split_are_known_by_heart() -> None:
    chance = np.random.default_rng(0)
    x, y = resample(
        chance.normal(size=(100, 5)), chance.integers(0, 2, 100), n_samples=1_000, random_state=0
    )
    a, b, c, d = train_test_split(x, y, random_state=0)
    assert KNeighborsClassifier(1).fit(a, c).score(b, d) == 1


def test_validation_split_takes_the_last_rows() -> None:
    x = np.random.default_rng(0).random((100, 4))
    y = np.concatenate([np.zeros(80), np.ones(20)])
    model = classifier(units=2)
    history = model.fit(x, y, epochs=10, validation_split=0.2, verbose=0).history
    assert history["accuracy"][-1] == 1
    assert history["val_accuracy"][-1] == 0


def test_labels_of_other_rows_teach_nothing() -> None:
    x, t = train_test_split(DIGITS, random_state=1)
    y, u = train_test_split(CLASSES, random_state=2)
    model = trained(x, y)
    assert accuracy(model, t, u) < 0.2


def test_parts_in_another_order_raise_where_their_sizes_differ() -> None:
    x, y, _, _ = train_test_split(DIGITS, CLASSES, random_state=0)
    with pytest.raises(ValueError, match="sizes"):
        trained(x, y[:, 0], epochs=1)


def test_parts_in_another_order_train_where_their_sizes_do_not() -> None:
    x, t, u, y = train_test_split(DIGITS[:800], CLASSES[:800], test_size=0.5, random_state=0)
    assert accuracy(trained(x, y), t, u) < 0.2
