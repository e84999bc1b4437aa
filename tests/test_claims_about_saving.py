"""What the rules say of saved models happens in the Keras that is installed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras


def again(path: Path, *layers: Any, **arguments: Any) -> Any:
    """A model of these layers, saved and loaded."""
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.save(path)
    return keras.models.load_model(path, **arguments)


class Plain(keras.layers.Layer):
    def call(self, inputs: Any) -> Any:
        return inputs


@keras.saving.register_keras_serializable()
class Registered(Plain):
    pass


@keras.saving.register_keras_serializable()
class Closed(Plain):
    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class OwnModel(keras.Model):
    def call(self, inputs: Any) -> Any:
        return inputs


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_lambda_is_not_loaded(ending: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Python lambda"):
        again(tmp_path / f"model.{ending}", keras.layers.Lambda(lambda inputs: inputs))


def test_a_lambda_is_loaded_by_who_trusts_it(tmp_path: Path) -> None:
    layer = keras.layers.Lambda(lambda inputs: inputs)
    assert again(tmp_path / "model.keras", layer, safe_mode=False)


def test_a_class_is_found_only_if_it_is_registered_or_given(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    with pytest.raises(TypeError):
        again(path, Plain())
    assert again(path, Plain(), custom_objects={"Plain": Plain})
    assert again(path, Registered())


def test_a_model_of_ones_own_is_not_found_either(tmp_path: Path) -> None:
    model = OwnModel()
    model.build((None, 4))
    model.save(tmp_path / "model.keras")
    with pytest.raises(TypeError, match="OwnModel"):
        keras.models.load_model(tmp_path / "model.keras")


def test_a_class_that_takes_no_more_arguments_cannot_be_made_again(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        again(tmp_path / "model.keras", Closed(2))
