"""Dense, embedding and recurrent layers, wrappers, and the models of ``keras.applications``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcheck.script.data import Shape

from .arguments import Arguments, Lost, Misfit, size, written

if TYPE_CHECKING:
    from . import ShapeRule

_KEEPS_SHAPE = (
    "Activation ActivityRegularization AlphaDropout BatchNormalization Dropout ELU "
    "GaussianDropout GaussianNoise GroupNormalization Identity LayerNormalization LeakyReLU "
    "Masking Normalization PReLU RMSNormalization RandomBrightness RandomContrast RandomFlip "
    "RandomRotation RandomTranslation RandomZoom ReLU Rescaling Softmax SpatialDropout1D "
    "SpatialDropout2D SpatialDropout3D ThresholdedReLU UnitNormalization"
).split()

# Channels of the last feature map, by the class of the application.
CHANNELS = {
    **dict.fromkeys(("ConvNeXtTiny", "ConvNeXtSmall"), 768),
    "ConvNeXtBase": 1024,
    "ConvNeXtLarge": 1536,
    "ConvNeXtXLarge": 2048,
    "DenseNet121": 1024,
    "DenseNet169": 1664,
    "DenseNet201": 1920,
    **dict(
        zip(
            (f"EfficientNetB{number}" for number in range(8)),
            (1280, 1280, 1408, 1536, 1792, 2048, 2304, 2560),
            strict=True,
        )
    ),
    "EfficientNetV2B0": 1280,
    "EfficientNetV2B1": 1280,
    "EfficientNetV2B2": 1408,
    "EfficientNetV2B3": 1536,
    "EfficientNetV2S": 1280,
    "EfficientNetV2M": 1280,
    "EfficientNetV2L": 1280,
    "InceptionResNetV2": 1536,
    "InceptionV3": 2048,
    "NASNetLarge": 4032,
    "NASNetMobile": 1056,
    **dict.fromkeys(
        (f"ResNet{depth}{version}" for depth in (50, 101, 152) for version in ("", "V2")), 2048
    ),
    "VGG16": 512,
    "VGG19": 512,
    "Xception": 2048,
}


def _keep(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    return shapes[0]


def _dense(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    return (*shapes[0][:-1], arguments.size("units"))


def _einsum_dense(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    equation, given = arguments.get("equation"), arguments.get("output_shape")
    if not isinstance(equation, str) or "." in equation:
        raise Lost
    target = given if isinstance(given, tuple) else (given,)
    if len(equation.partition("->")[2].strip()) != len(target) + 1:
        raise Lost
    return (None, *map(size, target))


def _embedding(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    return (*shapes[0], arguments.size("output_dim"))


def _recurrent(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    if arguments.flag("return_state") or arguments.flag("time_major"):
        raise Lost
    units = arguments.size("units")
    if arguments.flag("return_sequences"):
        return (None, shapes[0][1], units)
    return (None, units)


def _wrapped(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    """What the layer inside a wrapper makes of a shape."""
    from . import output_shape

    inner = arguments.layer.layers
    if len(inner) != 1:
        raise Lost
    found = output_shape(inner[0], shapes)
    if found is None:
        raise Lost
    return found


def _bidirectional(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    found = _wrapped(arguments, shapes)
    mode = arguments.get("merge_mode", "concat")
    if mode in ("sum", "mul", "ave"):
        return found
    if mode != "concat":
        raise Lost
    return (*found[:-1], None if found[-1] is None else found[-1] * 2)


def _time_distributed(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    (shape,) = shapes
    if len(shape) < 3:
        raise Misfit(
            "rank",
            "`TimeDistributed` Layer should be passed an `input_shape` with at least 3 dimensions, "
            f"received: {written(shape)}",
        )
    found = _wrapped(arguments, ((None, *shape[2:]),))
    return (None, shape[1], *found[1:])


def application(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    """A model of ``keras.applications``, with its classifier or without."""
    channels = CHANNELS.get(arguments.layer.name)
    if arguments.flag("include_top", True):
        return (None, arguments.size("classes", 1000))
    pooling = arguments.get("pooling")
    if pooling in ("avg", "max"):
        return (None, channels)
    if pooling is not None or arguments.channels_first:
        raise Lost
    return (None, None, None, channels)


RULES: dict[str, ShapeRule] = {
    **dict.fromkeys(_KEEPS_SHAPE, _keep),
    **dict.fromkeys(("GRU", "LSTM", "SimpleRNN"), _recurrent),
    "Bidirectional": _bidirectional,
    "Dense": _dense,
    "EinsumDense": _einsum_dense,
    "Embedding": _embedding,
    "TimeDistributed": _time_distributed,
}
