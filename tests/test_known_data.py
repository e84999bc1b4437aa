"""What the reader knows by heart, held against the libraries that are installed."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import sklearn.datasets
from conftest import Command, Write

from tfcheck.script.effects.keras_objects import OPTIMIZER_DEFAULTS
from tfcheck.script.effects.known_data import KERAS_IMAGES, KERAS_TABLES, SKLEARN

OPTIMIZERS = [name for name in dir(keras.optimizers) if name[:1].isupper()]
SHIPPED = sorted(name for name in SKLEARN if name.startswith("load_") and name != "load_boston")


@pytest.mark.parametrize("name", SHIPPED)
def test_tables_of_scikit_learn(name: str) -> None:
    known = SKLEARN[name]
    bunch = getattr(sklearn.datasets, name)()
    assert bunch.data.shape == (known.rows, len(known.columns))
    lows, highs = bunch.data.min(axis=0), bunch.data.max(axis=0)
    assert [each.low for each in known.ranges] == pytest.approx(lows.tolist(), abs=1e-3)
    assert [each.high for each in known.ranges] == pytest.approx(highs.tolist(), abs=1e-3)
    if known.classes is not None:
        assert len(np.unique(bunch.target)) == known.classes
    whole = np.array_equal(bunch.target, np.round(bunch.target))
    assert (known.labels == "integer") == (whole and known.classes is not None)


@pytest.mark.parametrize("name", [*KERAS_IMAGES, *KERAS_TABLES])
def test_data_sets_of_keras_are_there(name: str) -> None:
    assert callable(getattr(keras.datasets, name).load_data)


@pytest.mark.parametrize("name", OPTIMIZER_DEFAULTS)
def test_defaults_of_optimizers(name: str) -> None:
    (made,) = (getattr(keras.optimizers, each) for each in OPTIMIZERS if each.lower() == name)
    config = made().get_config()
    known = OPTIMIZER_DEFAULTS[name]
    assert {setting: config[setting] for setting in known} == pytest.approx(known)


def test_some_of_the_digits_are_fewer_classes(tfcheck: Command, write: Write) -> None:
    """Two outputs for ``n_class=2`` are right, though there are ten digits."""
    write(
        {
            "train.py": """\
            import keras
            from sklearn.datasets import load_digits

            x, y = load_digits(n_class=2, return_X_y=True)
            model = keras.Sequential([keras.layers.Dense(2, "softmax")])
            model.compile("adam", "sparse_categorical_crossentropy")
            model.fit(x / 16, y, epochs=5)
            """
        }
    )
    options = ("--select", "units-against-classes", "--output-format", "json")
    assert tfcheck(*options, "train.py").findings == []
