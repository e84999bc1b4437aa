"""Layers that move, repeat, cut or add numbers and learn nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tfcheck.script.data import Shape

from .arguments import Arguments, Lost, Misfit, product, size, spatial, together, total, written

if TYPE_CHECKING:
    from . import ShapeRule


def _flatten(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    return (None, product(shapes[0][1:]))


def _reshape(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    (shape,) = shapes
    found = arguments.get("target_shape")
    if not isinstance(found, tuple):
        raise Lost
    target = tuple(map(size, found))
    have, want = product(shape[1:]), product(each for each in target if each != -1)
    if have is not None and want is not None:
        received = f"Received: input_shape={written(shape[1:])}, target_shape={written(target)}"
        if -1 not in target and have != want:
            raise Misfit("reshape", f"The total size of the tensor must be unchanged. {received}")
        if -1 in target and (not want or have % want):
            raise Misfit(
                "reshape",
                "The total size of the tensor must be unchanged, however, the input size cannot "
                f"by divided by the specified dimensions in target_shape. {received}",
            )
    rest = have // want if have is not None and want else None
    return (None, *(rest if each == -1 else each for each in target))


def _permute(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    (shape,) = shapes
    dims = arguments.get("dims")
    if not isinstance(dims, tuple):
        raise Lost
    order = [size(each) for each in dims]
    if sorted(each or 0 for each in order) != list(range(1, len(shape))):
        raise Lost
    return (None, *(shape[each] for each in order if each is not None))


def _repeat_vector(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    return (None, arguments.size("n"), shapes[0][1])


def _zero_padding(rank: int, arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    axes, channels = spatial(arguments, shapes[0])
    pairs = arguments.pairs("padding", rank)
    grown = tuple(total((length, *pair)) for length, pair in zip(axes, pairs, strict=True))
    return together(arguments, grown, channels)


def _cropping(rank: int, arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    axes, channels = spatial(arguments, shapes[0])
    # Keras crops nothing by default in two dimensions, and one from each end in others.
    pairs = arguments.pairs("cropping", rank, 0 if rank == 2 else 1)
    left = tuple(
        None if length is None or None in pair else length - sum(filter(None, pair))
        for length, pair in zip(axes, pairs, strict=True)
    )
    if any(each is not None and each <= 0 for each in left):
        raise Misfit(
            "size",
            "Values in `cropping` argument should be smaller than the corresponding spatial "
            f"dimension of the input. Received: input_shape={written(shapes[0])}, cropping={pairs}",
        )
    return together(arguments, left, channels)


def _up_sampling(rank: int, arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    axes, channels = spatial(arguments, shapes[0])
    times = arguments.sizes("size", rank, 2)
    grown = tuple(product(each) for each in zip(axes, times, strict=True))
    return together(arguments, grown, channels)


def _resizing(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    (shape,) = shapes
    if len(shape) != 4:
        raise Lost
    _, channels = spatial(arguments, shape)
    axes = arguments.size("height"), arguments.size("width")
    return together(arguments, axes, channels)


_BY_NAME = {
    "ZeroPadding{}D": _zero_padding,
    "Cropping{}D": _cropping,
    "UpSampling{}D": _up_sampling,
}

RULES: dict[str, ShapeRule] = {
    "CenterCrop": _resizing,
    "Flatten": _flatten,
    "Permute": _permute,
    "RandomCrop": _resizing,
    "RepeatVector": _repeat_vector,
    "Reshape": _reshape,
    "Resizing": _resizing,
    **{
        name.format(rank): partial(rule, rank)
        for name, rule in _BY_NAME.items()
        for rank in (1, 2, 3)
    },
}
