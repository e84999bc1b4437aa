"""Convolutions and pooling: arithmetic along each axis of space."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tfcheck.script.data import Shape

from .arguments import Arguments, Lost, Misfit, Size, spatial, together, written

if TYPE_CHECKING:
    from . import ShapeRule

_TOO_SMALL = "Computed output size would be zero or negative. Received: inputs shape="


def _window(length: Size, kernel: Size, stride: Size, dilation: Size, padding: str | None) -> Size:
    """How often a window fits along an axis; zero or less where it does not."""
    if length is None or not stride:
        return None
    if padding in ("same", "causal"):
        return (length - 1) // stride + 1
    window = _reach(kernel, dilation)
    if padding != "valid" or window is None:
        return None
    return (length - window) // stride + 1


def _padding(arguments: Arguments) -> str | None:
    found = arguments.get("padding", "valid")
    return found.lower() if isinstance(found, str) else None


def _windows(
    arguments: Arguments,
    shape: Shape,
    kernel: tuple[Size, ...],
    strides: tuple[Size, ...],
    dilation: tuple[Size, ...],
) -> tuple[tuple[Size, ...], Size]:
    padding = _padding(arguments)
    axes, channels = spatial(arguments, shape)
    count = len(axes)
    found = tuple(map(_window, axes, kernel, strides, dilation, (padding,) * count))
    if any(length is not None and length <= 0 for length in found):
        raise Misfit("size", f"{_TOO_SMALL}{written(shape)}, kernel size={written(kernel)}")
    return found, channels


def _convolution(rank: int, arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    (shape,) = shapes
    if len(shape) != rank + 2:
        raise Lost  # Keras 2 took further axes for batches
    kernel = arguments.sizes("kernel_size", rank, None)
    strides = arguments.sizes("strides", rank)
    axes, _ = _windows(arguments, shape, kernel, strides, arguments.sizes("dilation_rate", rank))
    return together(arguments, axes, arguments.size("filters"))


def _depthwise(rank: int, arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    (shape,) = shapes
    if len(shape) != rank + 2:
        raise Lost
    kernel = arguments.sizes("kernel_size", rank, None)
    strides = arguments.sizes("strides", rank)
    axes, channels = _windows(
        arguments, shape, kernel, strides, arguments.sizes("dilation_rate", rank)
    )
    times = arguments.size("depth_multiplier", 1)
    known = channels is not None and times is not None
    return together(arguments, axes, channels * times if known else None)  # type: ignore[operator]


def _transposed_axis(length: Size, stride: Size, window: Size, extra: object, padding: str) -> Size:
    if length is None or stride is None:
        return None
    if padding == "same" and extra is None:
        return length * stride
    if window is None or not (extra is None or isinstance(extra, int)):
        return None
    if extra is None:
        extra = max(window, stride) - window
    return (length - 1) * stride + (window % 2 if padding == "same" else window) + extra


def _reach(kernel: Size, dilation: Size) -> Size:
    """The length that a kernel spans."""
    return None if kernel is None or dilation is None else (kernel - 1) * dilation + 1


def _transposed(rank: int, arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    (shape,) = shapes
    padding = arguments.choice("padding", "valid")
    if len(shape) != rank + 2 or padding not in ("same", "valid"):
        raise Lost
    extra = arguments.get("output_padding")
    axes, _ = spatial(arguments, shape)
    kernel = arguments.sizes("kernel_size", rank, None)
    found = map(
        _transposed_axis,
        axes,
        arguments.sizes("strides", rank),
        map(_reach, kernel, arguments.sizes("dilation_rate", rank)),
        extra if isinstance(extra, tuple) and len(extra) == rank else (extra,) * rank,
        (padding,) * rank,
    )
    return together(arguments, tuple(found), arguments.size("filters"))


def _pooling(rank: int, arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    (shape,) = shapes
    pool = arguments.sizes("pool_size", rank, 2)
    given = arguments.get("strides")
    strides = pool if given is None else arguments.sizes("strides", rank)
    axes, channels = _windows(arguments, shape, pool, strides, (1,) * rank)
    return together(arguments, axes, channels)


def _global_pooling(rank: int, arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    _, channels = spatial(arguments, shapes[0])
    if arguments.flag("keepdims"):
        return together(arguments, (1,) * rank, channels)
    return (None, channels)


def _adaptive_pooling(rank: int, arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    _, channels = spatial(arguments, shapes[0])
    return together(arguments, arguments.sizes("output_size", rank, None), channels)


def _convolution_over_time(rank: int, arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    (shape,) = shapes
    if arguments.flag("return_state"):
        raise Lost
    frame = _convolution(rank, arguments, ((None, *shape[2:]),))
    return (None, shape[1], *frame[1:]) if arguments.flag("return_sequences") else frame


_BY_NAME = {
    "Conv{}D": _convolution,
    "SeparableConv{}D": _convolution,
    "DepthwiseConv{}D": _depthwise,
    "Conv{}DTranspose": _transposed,
    "MaxPooling{}D": _pooling,
    "AveragePooling{}D": _pooling,
    "GlobalMaxPooling{}D": _global_pooling,
    "GlobalAveragePooling{}D": _global_pooling,
    "AdaptiveMaxPooling{}D": _adaptive_pooling,
    "AdaptiveAveragePooling{}D": _adaptive_pooling,
    "ConvLSTM{}D": _convolution_over_time,
}

RULES: dict[str, ShapeRule] = {
    name.format(rank): partial(rule, rank) for name, rule in _BY_NAME.items() for rank in (1, 2, 3)
}
