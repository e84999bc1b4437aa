"""The shapes that are read are those that the installed Keras computes."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Command, Write
from reading import model_of, run_of

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

from tfcheck.script.shapes import EXACT, LEAST, RULES
from tfcheck.script.shapes.learning import CHANNELS
from tfcheck.script.training import Layer

LENGTHS = (17, 14, 11)


def windows() -> Iterator[tuple[str, tuple[int | None, ...]]]:
    """Convolutions and pooling of every rank, with what changes their shapes."""
    options = itertools.product((1, 2, 3), ("valid", "same"), (1, 2), (1, 2), ("last", "first"))
    for rank, padding, stride, dilation, order in options:
        space = LENGTHS[:rank]
        shape = (*space, 6) if order == "last" else (6, *space)
        common = f"padding='{padding}', data_format='channels_{order}'"
        yield f"MaxPooling{rank}D(3, strides={stride}, {common})", shape
        if stride > 1 and dilation > 1:
            continue
        moves = f"strides={stride}, dilation_rate={dilation}, {common}"
        yield f"Conv{rank}D(4, 3, {moves})", shape
        yield f"Conv{rank}DTranspose(4, 3, {moves})", shape
        if rank < 3:
            yield f"SeparableConv{rank}D(4, 3, {moves})", shape
            yield f"DepthwiseConv{rank}D(3, depth_multiplier=2, {moves})", shape


def by_rank() -> Iterator[tuple[str, tuple[int | None, ...]]]:
    """Layers that there are for one, two and three axes of space."""
    for rank in (1, 2, 3):
        shape = (*LENGTHS[:rank], 6)
        yield f"AveragePooling{rank}D(2)", shape
        yield f"AveragePooling{rank}D({(3, 2, 4)[:rank]})", shape
        yield f"Conv{rank}D(4, {(3, 2, 4)[:rank]}, groups=2, activation='relu')", shape
        yield f"Conv{rank}D(4, 5, strides=3)", (*(None,) * rank, 6)
        yield f"Conv{rank}D(4, 12)", shape
        yield f"Conv{rank}DTranspose(4, 2, strides=3)", shape
        yield f"Conv{rank}DTranspose(4, 5, strides=3, padding='same', output_padding=2)", shape
        yield f"Conv{rank}DTranspose(4, 5, strides=3, output_padding=1)", shape
        yield f"ConvLSTM{rank}D(4, 3)", (5, *shape)
        yield f"ConvLSTM{rank}D(4, 3, padding='same', return_sequences=True)", (5, *shape)
        yield f"Cropping{rank}D(2)", shape
        yield f"Cropping{rank}D()", shape
        yield f"GlobalAveragePooling{rank}D()", shape
        yield f"GlobalMaxPooling{rank}D(keepdims=True)", shape
        yield f"GlobalMaxPooling{rank}D(data_format='channels_first')", shape
        yield f"MaxPooling{rank}D(12)", shape
        yield f"SpatialDropout{rank}D(0.3)", shape
        yield f"UpSampling{rank}D(3)", shape
        yield f"UpSampling{rank}D()", shape
        yield f"ZeroPadding{rank}D(2)", shape
        yield f"ZeroPadding{rank}D()", shape


OTHERS: list[tuple[str, tuple[int | None, ...]]] = [
    ("Activation('relu')", (4, 5)),
    ("AdaptiveAveragePooling2D(3)", (17, 14, 6)),
    ("AdaptiveMaxPooling1D(4)", (17, 6)),
    ("AlphaDropout(0.1)", (4,)),
    ("BatchNormalization()", (4, 5, 6)),
    ("Bidirectional(keras.layers.GRU(7))", (9, 3)),
    ("Bidirectional(keras.layers.LSTM(7, return_sequences=True))", (9, 3)),
    ("Bidirectional(keras.layers.LSTM(7), merge_mode='sum')", (9, 3)),
    ("Bidirectional(keras.layers.LSTM(7))", (9,)),
    ("CenterCrop(8, 7)", (17, 14, 3)),
    ("Conv1D(4, 3, padding='causal', strides=2)", (17, 6)),
    ("Conv2D(4, 3)", (17,)),
    ("Cropping1D((1, 3))", (17, 6)),
    ("Cropping2D(((1, 2), (3, 4)))", (17, 14, 6)),
    ("Cropping2D((1, 2))", (17, 14, 6)),
    ("Cropping2D(7)", (17, 14, 6)),
    ("Dense(3)", (4,)),
    ("Dense(3)", (4, 5, 6)),
    ("Dense(units=3, activation='relu')", (None, 6)),
    ("Dropout(0.5)", (4, 5)),
    ("EinsumDense('abc,cd->abd', output_shape=(None, 8))", (5, 6)),
    ("EinsumDense('ab,bc->ac', output_shape=8)", (6,)),
    ("ELU()", (4,)),
    ("Embedding(100, 8)", (9,)),
    ("Embedding(100, 8)", (9, 2)),
    ("Embedding(100, 8)", (None,)),
    ("Flatten()", (4, 5, 6)),
    ("Flatten()", (4,)),
    ("Flatten()", (None, 5)),
    ("GaussianNoise(0.1)", (4,)),
    ("GRU(7)", (9, 3)),
    ("GRU(7, return_sequences=True)", (None, 3)),
    ("LayerNormalization()", (4, 5)),
    ("LeakyReLU()", (4,)),
    ("LSTM(7)", (9, 3)),
    ("LSTM(7)", (9,)),
    ("LSTM(7)", (9, 3, 2)),
    ("LSTM(7, return_sequences=True)", (9, 3)),
    ("Masking(0.0)", (9, 3)),
    ("MaxPooling2D()", (17, 6)),
    ("Normalization()", (4,)),
    ("Permute((2, 1))", (4, 5)),
    ("Permute((3, 1, 2))", (4, 5, 6)),
    ("PReLU()", (4, 5)),
    ("RandomCrop(8, 7)", (17, 14, 3)),
    ("RandomFlip('horizontal')", (17, 14, 3)),
    ("RandomRotation(0.1)", (17, 14, 3)),
    ("RandomZoom(0.1)", (17, 14, 3)),
    ("ReLU()", (4,)),
    ("RepeatVector(3)", (4,)),
    ("RepeatVector(3)", (4, 5)),
    ("Rescaling(1 / 255)", (17, 14, 3)),
    ("Reshape((-1, 2))", (4, 6)),
    ("Reshape((-1, 5))", (4, 6)),
    ("Reshape((2, 12))", (4, 6)),
    ("Reshape((24,))", (4, 6)),
    ("Reshape((25,))", (4, 6)),
    ("Reshape((3, -1))", (None, 6)),
    ("Resizing(8, 7)", (17, 14, 3)),
    ("SimpleRNN(7)", (9, 3)),
    ("Softmax()", (4, 5)),
    ("TimeDistributed(keras.layers.Conv2D(4, 3))", (5, 17, 14, 3)),
    ("TimeDistributed(keras.layers.Dense(3))", (5, 6)),
    ("TimeDistributed(keras.layers.Dense(3))", (6,)),
    ("TimeDistributed(keras.layers.Flatten())", (5, 4, 3)),
    ("UnitNormalization()", (4,)),
    ("UpSampling2D((2, 3))", (17, 14, 6)),
    ("ZeroPadding1D((1, 3))", (17, 6)),
    ("ZeroPadding2D(((1, 2), (3, 4)))", (17, 14, 6)),
    ("ZeroPadding2D((1, 2))", (17, 14, 6)),
]
CASES = [*windows(), *by_rank(), *OTHERS]


def built(expression: str, *shapes: tuple[int | None, ...]) -> tuple[int | None, ...] | str:
    """The shape that Keras gives, or what it says where it gives none."""
    layer = eval(f"keras.layers.{expression}", {"keras": keras})
    inputs: Any = [keras.Input(shape) for shape in shapes]
    try:
        return tuple(layer(inputs if len(inputs) > 1 else inputs[0]).shape)
    except ValueError as error:
        return str(error)


READ = """
import keras
inputs = [{inputs}]
outputs = keras.layers.{expression}({given})
model = keras.Model(inputs, outputs)
model.compile("adam", "mse")
model.fit(x, y)
"""


def read(expression: str, *shapes: tuple[int | None, ...]) -> Any:
    """The shape that is read, or the message of what breaks."""
    inputs = ", ".join(f"keras.Input({shape})" for shape in shapes)
    given = "inputs" if len(shapes) > 1 else "inputs[0]"
    model = model_of(run_of(READ.format(inputs=inputs, expression=expression, given=given)))
    if model.shapes.breaks:
        return model.shapes.breaks[0].message
    (layer,) = model.layers
    assert isinstance(layer, Layer)
    flow = model.shapes.of(layer)
    assert flow is not None
    return flow.output


def same_words(ours: str, theirs: str) -> bool:
    """Whether a break is told with the first words of Keras."""
    found = " ".join(theirs.split())
    return ours.split(" Received", maxsplit=1)[0].rstrip(".") in found


@pytest.mark.parametrize(("expression", "shape"), CASES, ids=str)
def test_one_layer(expression: str, shape: tuple[int | None, ...]) -> None:
    expected, found = built(expression, shape), read(expression, shape)
    if isinstance(expected, str):
        assert isinstance(found, str), (expected, found)
        assert same_words(found, expected), (found, expected)
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("expression", "shapes"),
    [
        ("Add()", ((4, 5), (4, 5))),
        ("Add()", ((4, 5), (1, 5), (4, 1))),
        ("Add()", ((4, 5), (4, 6))),
        ("AdditiveAttention()", ((4, 5), (7, 5))),
        ("Attention()", ((4, 5), (7, 5))),
        ("Average()", ((4,), (4,))),
        ("Concatenate()", ((4, 5), (4, 6))),
        ("Concatenate()", ((4, 5), (3, 6))),
        ("Concatenate()", ((4,), (4, 6))),
        ("Concatenate()", ((None, 5), (4, 6))),
        ("Concatenate(axis=1)", ((4, 5), (3, 5), (2, 5))),
        ("Concatenate(axis=1)", ((None, 5), (3, 5))),
        ("Dot(axes=1)", ((4,), (4,))),
        ("Dot(axes=(2, 2))", ((4, 5), (6, 5))),
        ("Dot(axes=-1)", ((4, 5), (6, 5))),
        ("Maximum()", ((4, 5), (4, 5))),
        ("Multiply()", ((4, 5, 6), (1, 1, 6))),
        ("Subtract()", ((4, 5), (4, 5))),
    ],
    ids=str,
)
def test_layers_of_several_inputs(expression: str, shapes: tuple[Any, ...]) -> None:
    expected, found = built(expression, *shapes), read(expression, *shapes)
    if isinstance(expected, str):
        assert isinstance(found, str), (expected, found)
        assert same_words(found, expected), (found, expected)
    elif all(None not in shape for shape in shapes):
        assert found == expected
    else:
        assert len(found) == len(expected)
        assert all(each in (None, size) for each, size in zip(found, expected, strict=True))


SHOWN = """
import keras
model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(8, 3)])
model.add(keras.layers.LSTM(4))
model.compile("adam", "mse")
model.fit(x, y)
"""


def test_show_prints_shapes_and_what_breaks(write: Write, tfcheck: Command) -> None:
    write({"main.py": SHOWN})
    shown = tfcheck("show", "main.py").out
    assert "-> (?, 26, 26, 8)" in shown
    assert "cannot be built: expected ndim=3, found ndim=4" in shown


FED = """
import keras, numpy as np
x = np.zeros((50, 12, 4))
model = keras.Sequential({layers})
{build}
model.compile("adam", "mse")
model.fit(x, y)
"""


@pytest.mark.parametrize(
    ("layers", "build", "expected"),
    [
        ("[keras.layers.Flatten()]", "", (None, 48)),
        ("[keras.Input((3, 5)), keras.layers.Flatten()]", "", (None, 15)),
        ("[keras.layers.Flatten(input_shape=(3, 5))]", "", (None, 15)),
        ("[keras.layers.Flatten()]", "model.build((None, 3, 5))", (None, 15)),
        ("[keras.layers.Dense(2, input_dim=7), keras.layers.Flatten()]", "", (None, 2)),
        ("[keras.Input((size, 5)), keras.layers.Flatten()]", "", (None, None)),
    ],
)
def test_where_the_first_shape_comes_from(
    layers: str, build: str, expected: tuple[int | None, ...]
) -> None:
    """What is declared holds; else what build is told, and else what the model is fed."""
    model = model_of(run_of(FED.format(layers=layers, build=build)))
    last = model.layers[-1]
    assert isinstance(last, Layer)
    flow = model.shapes.of(last)
    assert flow is not None
    assert flow.output == expected


def test_every_rule_is_of_a_layer_that_is_tried_above() -> None:
    tried = " ".join(expression for expression, _ in CASES)
    several = {"Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"}
    several |= {"AdditiveAttention", "Attention", "Concatenate", "Dot"}
    there = {name for name in RULES if hasattr(keras.layers, name)}
    missing = {name for name in there - several if f"{name}(" not in tried}
    assert missing == {
        *("ActivityRegularization", "GaussianDropout", "GroupNormalization", "Identity"),
        *("GroupQueryAttention", "MultiHeadAttention", "RMSNormalization", "RandomBrightness"),
        *("RandomContrast", "RandomTranslation"),
        *(f"Adaptive{kind}Pooling{rank}D" for kind in ("Average", "Max") for rank in (1, 2, 3)),
    } - {name for name in RULES if f"{name}(" in tried}


NEEDED = {"filters": 2, "units": 2, "kernel_size": 2, "n": 2, "rate": 0.1, "pool_size": 2}


@pytest.mark.parametrize("name", sorted({*EXACT, *LEAST}))
def test_how_many_axes_a_layer_wants(name: str) -> None:
    if not hasattr(keras.layers, name):
        pytest.skip("only older versions of Keras have it")
    code = getattr(keras.layers, name).__init__.__code__
    names = code.co_varnames[1 : code.co_argcount]
    arguments = {each: NEEDED[each] for each in names if each in NEEDED}
    spec = getattr(keras.layers, name)(**arguments).input_spec
    spec = spec[0] if isinstance(spec, list) else spec
    assert spec.ndim == EXACT.get(name)
    assert spec.min_ndim == LEAST.get(name)


@pytest.mark.parametrize("name", ["DenseNet121", "EfficientNetB0", "ResNet50", "VGG16", "Xception"])
def test_channels_of_applications(name: str) -> None:
    of = getattr(keras.applications, name)
    model = of(include_top=False, weights=None, input_shape=(96, 96, 3), pooling="avg")
    assert CHANNELS[name] == model.output_shape[-1]
