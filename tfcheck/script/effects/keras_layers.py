"""Layers: what their arguments are called, and what a call on tensors or data gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tfcheck.rule import Site
from tfcheck.script.data import Data
from tfcheck.script.store import DictState, ListState, ModelState, ObjectState
from tfcheck.script.values import (
    NONE,
    OneOf,
    Ref,
    Symbol,
    Tensor,
    Tuple,
    Unknown,
    Value,
    integer,
    options,
    string,
)

from .preprocessing import apply_layer
from .registry import function

if TYPE_CHECKING:
    from tfcheck.script.calls import Call
    from tfcheck.script.interpreter import Interpreter

_CONVOLUTION = "filters kernel_size strides padding data_format dilation_rate groups activation"
_TRANSPOSED = (
    "filters kernel_size strides padding output_padding data_format dilation_rate activation"
)
_SEPARABLE = (
    "filters kernel_size strides padding data_format dilation_rate depth_multiplier activation"
)
_DEPTHWISE = "kernel_size strides padding depth_multiplier data_format dilation_rate activation"
_OVER_TIME = "filters kernel_size strides padding data_format dilation_rate activation"
_POOLING = "pool_size strides padding data_format"
_GATED = "units activation recurrent_activation use_bias"

# Positional parameters as Keras 3 orders them, which is also tf.keras' order.
_SIGNATURES = {
    "Activation": "activation",
    **dict.fromkeys(
        (f"Adaptive{kind}Pooling{rank}D" for kind in ("Average", "Max") for rank in (1, 2, 3)),
        "output_size data_format",
    ),
    "AlphaDropout": "rate",
    "AveragePooling1D": _POOLING,
    "AveragePooling2D": _POOLING,
    "AveragePooling3D": _POOLING,
    "BatchNormalization": "axis momentum epsilon center scale",
    "Bidirectional": "layer merge_mode",
    "CategoryEncoding": "num_tokens output_mode",
    "CenterCrop": "height width",
    "Concatenate": "axis",
    "Conv1D": _CONVOLUTION,
    "Conv1DTranspose": _TRANSPOSED,
    "Conv2D": _CONVOLUTION,
    "Conv2DTranspose": _TRANSPOSED,
    "Conv3D": _CONVOLUTION,
    "Conv3DTranspose": _TRANSPOSED,
    "ConvLSTM1D": _OVER_TIME,
    "ConvLSTM2D": _OVER_TIME,
    "ConvLSTM3D": _OVER_TIME,
    "Cropping1D": "cropping",
    "Cropping2D": "cropping data_format",
    "Cropping3D": "cropping data_format",
    "Dense": "units activation use_bias kernel_initializer bias_initializer kernel_regularizer",
    "DepthwiseConv1D": _DEPTHWISE,
    "DepthwiseConv2D": _DEPTHWISE,
    "Discretization": "bin_boundaries num_bins",
    "Dot": "axes",
    "Dropout": "rate noise_shape seed",
    "EinsumDense": "equation output_shape activation",
    "ELU": "alpha",
    "Embedding": "input_dim output_dim embeddings_initializer",
    "Flatten": "data_format",
    "GaussianDropout": "rate",
    "GaussianNoise": "stddev",
    "GRU": _GATED,
    "Hashing": "num_bins",
    "InputLayer": "input_shape batch_size",
    "Lambda": "function output_shape",
    "LayerNormalization": "axis epsilon",
    "LeakyReLU": "negative_slope",
    "LSTM": _GATED,
    "Masking": "mask_value",
    "MaxPooling1D": _POOLING,
    "MaxPooling2D": _POOLING,
    "MaxPooling3D": _POOLING,
    "MultiHeadAttention": "num_heads key_dim value_dim dropout",
    "Normalization": "axis mean variance",
    "Permute": "dims",
    "RandomCrop": "height width",
    "ReLU": "max_value negative_slope threshold",
    "RepeatVector": "n",
    "Rescaling": "scale offset",
    "Reshape": "target_shape",
    "Resizing": "height width interpolation",
    "SeparableConv1D": _SEPARABLE,
    "SeparableConv2D": _SEPARABLE,
    "SimpleRNN": "units activation use_bias",
    "Softmax": "axis",
    "SpatialDropout1D": "rate",
    "SpatialDropout2D": "rate",
    "SpatialDropout3D": "rate",
    "TextVectorization": "max_tokens standardize split ngrams output_mode",
    "TimeDistributed": "layer",
    "UpSampling1D": "size",
    "UpSampling2D": "size data_format interpolation",
    "UpSampling3D": "size data_format",
    "ZeroPadding1D": "padding",
    "ZeroPadding2D": "padding data_format",
    "ZeroPadding3D": "padding data_format",
}

# What parameters were called before, by today's name of the parameter.
_FORMER_NAMES = {
    "units": "output_dim",
    "filters": "nb_filter",
    "padding": "border_mode",
    "strides": "subsample",
    "rate": "p",
    "kernel_initializer": "init",
    "negative_slope": "alpha",
}

# The other layers of Keras 2 and 3, which ``from keras.layers import *`` brings along.
_WITHOUT_SIGNATURE = (
    "Add AdditiveAttention Attention Average AvgPool1D AvgPool2D "
    "Convolution1D Convolution2D CuDNNGRU CuDNNLSTM "
    "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D "
    "GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization "
    "GroupQueryAttention "
    "HashedCrossing Identity IntegerLookup Layer LocallyConnected1D LocallyConnected2D MaxPool1D "
    "MaxPool2D Maximum MelSpectrogram Minimum Multiply PReLU RandomBrightness RandomContrast "
    "RandomFlip RandomHeight RandomRotation RandomTranslation RandomWidth RandomZoom "
    "SpectralNormalization StringLookup Subtract ThresholdedReLU "
    "UnitNormalization Wrapper "
).split()

MAX_AXES = 8

# Layers whose kernels Keras 1 took as one argument an axis.
_SPELLED_OUT = frozenset({"Conv2D", "Conv3D", "SeparableConv2D"})

# The functions that merge layers are called as their classes, in lower case.
MERGES = {
    "add": "Add",
    "average": "Average",
    "concatenate": "Concatenate",
    "dot": "Dot",
    "maximum": "Maximum",
    "merge": "Concatenate",
    "minimum": "Minimum",
    "multiply": "Multiply",
    "subtract": "Subtract",
}


def layer(call: Call) -> Value:
    """The construction of a layer; its configuration holds the arguments by name."""
    name = call.path.rpartition(".")[2]
    parameters = _SIGNATURES.get(name, "").split()
    config = dict(zip(parameters, call.args, strict=False))
    for today in parameters:
        former = _FORMER_NAMES.get(today)
        if former in call.keywords and today not in call.keywords:
            config[today] = call.keywords[former]
    config.update(call.keywords)
    config = {key: frozen(call.interpreter, value) for key, value in config.items()}
    if name in _SPELLED_OUT and integer(config.get("strides")) and len(call.args) > 2:
        # Keras 1 had the height and the width of the kernel here.
        lost = call.lost("strides, or the width of a kernel as Keras 1 had it")
        config |= {"kernel_size": lost, "strides": lost}
    if call.interpreter.data_format is not None:
        config.setdefault("data_format", call.interpreter.data_format)
    return call.interpreter.store.allocate(
        ObjectState(call.path, config, call.site, more=call.more)
    )


def frozen(interpreter: Interpreter, value: Value) -> Value:
    """A short list as the tuple that a layer keeps of it, an initializer as its class."""
    made = interpreter.store.state(value, ObjectState)
    if made is not None and made.path.startswith("keras.initializers."):
        return Symbol(made.path, made.path)
    state = interpreter.store.state(value, ListState)
    if state is None or state.rest is not None or len(state.items) > MAX_AXES:
        return value
    return Tuple(tuple(frozen(interpreter, each) for each in state.items))


for _name in (*_SIGNATURES, *_WITHOUT_SIGNATURE):
    function(f"keras.layers.{_name}")(layer)


@function("keras.Input", "keras.layers.Input")
def _input(call: Call) -> Value:
    """A place where data enters a functional model."""
    config = dict(call.keywords)
    if call.args:
        config["shape"] = call.args[0]
    config = {key: frozen(call.interpreter, value) for key, value in config.items()}
    return Tensor("input", (), call.site, config)


@function(
    "keras.backend.set_image_data_format",
    "keras.backend.set_image_dim_ordering",
    "keras.config.set_image_data_format",
)
def _set_data_format(call: Call) -> Value:
    """From here on nothing is sure of the order of axes, unless a layer says it."""
    if string(call.arg(0, "data_format")) not in ("channels_last", "tf"):
        call.interpreter.data_format = call.lost("the order of axes is set for all layers")
    return NONE


def has_tensor(interpreter: Interpreter, values: Iterable[Value]) -> bool:
    """Whether one of ``values`` is a symbolic tensor, or a list that holds one."""
    return any(
        isinstance(value, (Tensor, Tuple, Ref)) and tensors(interpreter, value) for value in values
    )


def tensors(interpreter: Interpreter, value: Value) -> list[Value]:
    """The symbolic tensors in a value: itself, or those of a list, tuple or dict."""
    if isinstance(value, Tensor):
        return [value]
    items: Iterable[Value] = ()
    if isinstance(value, Tuple):
        items = value.items
    elif isinstance(value, Ref):
        state = interpreter.store.get(value)
        if isinstance(state, ListState):
            items = (*state.items, *([state.rest] if state.rest is not None else []))
        elif isinstance(state, DictState):
            items = state.items.values()
    found = [each for item in items for each in options(item)]
    found = [each for each in found if isinstance(each, (Tensor, Unknown))]
    return found if any(isinstance(each, Tensor) for each in found) else []


def _is_loose(interpreter: Interpreter, value: Value) -> bool:
    """Whether the tensors of a list are not all that a layer gets, or more than it gets."""
    if isinstance(value, Tuple):
        return any(isinstance(each, OneOf) for each in value.items)
    state = interpreter.store.state(value, ListState)
    if state is None:
        return False
    return state.rest is not None or any(isinstance(each, OneOf) for each in state.items)


def tensor_operation(name: str, inputs: Sequence[Value], site: Site) -> Tensor:
    """A symbolic tensor computed from others by an operation that is no layer."""
    return Tensor(name, tuple(inputs), site)


def tensor_function(call: Call) -> Value:
    """A function of a library called on symbolic tensors: ``tf.nn.softmax(x)``."""
    inputs: list[Value] = []
    for value in call.args:
        inputs.extend(tensors(call.interpreter, value) or [value])
    owner, _, name = call.path.rpartition(".")
    path = (
        f"keras.layers.{MERGES[name]}" if owner == "keras.layers" and name in MERGES else call.path
    )
    inputs.extend(each for each in call.keywords.values() if isinstance(each, Tensor))
    config = dict(call.keywords)
    if name in ("softmax", "log_softmax") and len(call.args) > 1:
        config["axis"] = call.args[1]
    loose = any(_is_loose(call.interpreter, value) for value in call.args)
    return Tensor(path, tuple(inputs), call.site, config, loose)


def call_layer(call: Call, reference: Ref, state: ObjectState) -> Value:
    """A layer called: on tensors it makes a tensor, on data it makes data."""
    value = call.arg(0, "inputs")
    if value is None:
        return call.lost("a layer is called on nothing")
    if isinstance(value, Data):
        return apply_layer(call, state, value)
    inputs = tensors(call.interpreter, value) or [value]
    loose = _is_loose(call.interpreter, value)
    return Tensor(reference, tuple(inputs), call.site, loose=loose)


def attribute(
    interpreter: Interpreter, reference: Ref, state: ObjectState, name: str, site: Site
) -> Value | None:
    """An attribute that Keras gives a layer; None where it has no value to know."""
    if name == "output":
        return Tensor(
            reference, (Unknown("the input of a layer taken out of a model", site),), site
        )
    return state.config.get(name)


def is_layer(state: ObjectState | ModelState) -> bool:
    """Whether an object is a layer of Keras or of the project."""
    if isinstance(state, ModelState):
        return False
    paths = (state.of,) if isinstance(state.of, str) else state.of.library_bases()
    return any(path.startswith("keras.layers.") for path in paths)


__all__ = [
    "MERGES",
    "attribute",
    "call_layer",
    "frozen",
    "has_tensor",
    "is_layer",
    "layer",
    "tensor_function",
    "tensor_operation",
    "tensors",
]
