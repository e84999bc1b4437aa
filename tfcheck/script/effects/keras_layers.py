"""Layers: what their arguments are called, and what a call on tensors or data gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tfcheck.rule import Site
from tfcheck.script.data import Data
from tfcheck.script.store import DictState, ListState, ModelState, ObjectState
from tfcheck.script.values import Ref, Tensor, Tuple, Unknown, Value, options

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
_POOLING = "pool_size strides padding data_format"
_GATED = "units activation recurrent_activation use_bias"

# Positional parameters as Keras 3 orders them, which is also tf.keras' order.
_SIGNATURES = {
    "Activation": "activation",
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
    "ConvLSTM2D": "filters kernel_size strides padding data_format dilation_rate activation",
    "Cropping1D": "cropping",
    "Cropping2D": "cropping data_format",
    "Dense": "units activation use_bias kernel_initializer bias_initializer kernel_regularizer",
    "DepthwiseConv2D": "kernel_size strides padding depth_multiplier",
    "Discretization": "bin_boundaries num_bins",
    "Dropout": "rate noise_shape seed",
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
    "TextVectorization": "max_tokens standardize split ngrams output_mode",
    "TimeDistributed": "layer",
    "UpSampling1D": "size",
    "UpSampling2D": "size data_format interpolation",
    "ZeroPadding1D": "padding",
    "ZeroPadding2D": "padding data_format",
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
    "Add AdditiveAttention AlphaDropout Attention Average AvgPool1D AvgPool2D ConvLSTM1D "
    "ConvLSTM3D Convolution1D Convolution2D Cropping3D CuDNNGRU CuDNNLSTM DepthwiseConv1D Dot "
    "EinsumDense GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D "
    "GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization "
    "GroupQueryAttention "
    "HashedCrossing Identity IntegerLookup Layer LocallyConnected1D LocallyConnected2D MaxPool1D "
    "MaxPool2D Maximum MelSpectrogram Minimum Multiply PReLU RandomBrightness RandomContrast "
    "RandomCrop RandomFlip RandomHeight RandomRotation RandomTranslation RandomWidth RandomZoom "
    "SpatialDropout3D SpectralNormalization StringLookup Subtract ThresholdedReLU "
    "UnitNormalization UpSampling3D Wrapper ZeroPadding3D"
).split()

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
    return call.interpreter.store.allocate(
        ObjectState(call.path, config, call.site, more=call.more)
    )


for _name in (*_SIGNATURES, *_WITHOUT_SIGNATURE):
    function(f"keras.layers.{_name}")(layer)


@function("keras.Input", "keras.layers.Input")
def _input(call: Call) -> Value:
    """A place where data enters a functional model."""
    config = dict(call.keywords)
    if call.args:
        config["shape"] = call.args[0]
    return Tensor("input", (), call.site, config)


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
    return Tensor(path, tuple(inputs), call.site, config)


def call_layer(call: Call, reference: Ref, state: ObjectState) -> Value:
    """A layer called: on tensors it makes a tensor, on data it makes data."""
    value = call.arg(0, "inputs")
    if value is None:
        return call.lost("a layer is called on nothing")
    if isinstance(value, Data):
        return apply_layer(call, state, value)
    inputs = tensors(call.interpreter, value) or [value]
    return Tensor(reference, tuple(inputs), call.site)


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
    "has_tensor",
    "is_layer",
    "layer",
    "tensor_function",
    "tensor_operation",
    "tensors",
]
