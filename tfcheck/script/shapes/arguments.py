"""What a layer was given, as plain Python; and the two ways in which a shape can fail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

from tfcheck.script.data import Shape
from tfcheck.script.values import Const, Tuple, Value, constant

if TYPE_CHECKING:
    from tfcheck.script.training import Layer

Size: TypeAlias = "int | None"


class Lost(Exception):
    """The shape depends on something that was not read."""


class Misfit(Exception):
    """Shapes that cannot fit. ``kind`` is rank, size, reshape or merge."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.message = kind, message


def plain(value: Value) -> object:
    """The Python object behind ``value``; ``...`` where it, or an item of it, is not known.

    What only a command line or a default assumes is not known.
    """
    if isinstance(value, Tuple):
        return tuple(map(plain, value.items))
    return ... if isinstance(value, Const) and value.default else constant(value)


def size(found: object) -> Size:
    """The length of an axis, where ``found`` is one."""
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def total(sizes: Iterable[Size]) -> Size:
    """The sum, where all are known."""
    found = 0
    for each in sizes:
        if each is None:
            return None
        found += each
    return found


def product(sizes: Iterable[Size]) -> Size:
    """The product, where all are known."""
    found = 1
    for each in sizes:
        if each is None:
            return None
        found *= each
    return found


class Arguments:
    """The arguments of one layer, with what Keras takes where nothing is passed."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer

    def get(self, name: str, default: object = None) -> object:
        value = self.layer.argument(name)
        return default if value is None else plain(value)

    def size(self, name: str, default: Size = None) -> Size:
        return size(self.get(name, default))

    def sizes(self, name: str, count: int, default: object = 1) -> tuple[Size, ...]:
        """A number for each of ``count`` axes, given as one for all or as a tuple."""
        found = self.get(name, default)
        if isinstance(found, tuple) and len(found) == count:
            return tuple(map(size, found))
        return (size(found),) * count

    def pairs(self, name: str, count: int, default: object = 1) -> tuple[tuple[Size, Size], ...]:
        """What is cut or added before and behind each of ``count`` axes."""
        found = self.get(name, default)
        each = found if isinstance(found, tuple) else (found,) * count
        if count == 1 and len(each) == 2:
            each = (each,)
        if len(each) != count:
            raise Lost
        return tuple(_pair(one) for one in each)

    def choice(self, name: str, default: str) -> str:
        """A text that decides how the shape is computed."""
        found = self.get(name, default)
        if found is None:
            return default
        if not isinstance(found, str):
            raise Lost
        return found.lower()

    def flag(self, name: str, default: bool = False) -> bool:
        found = self.get(name, default)
        if not isinstance(found, (bool, int)):
            raise Lost
        return bool(found)

    @property
    def channels_first(self) -> bool:
        if "dim_ordering" in self.layer.config:
            raise Lost
        return self.choice("data_format", "channels_last") == "channels_first"


def _pair(found: object) -> tuple[Size, Size]:
    if isinstance(found, tuple) and len(found) == 2:
        return size(found[0]), size(found[1])
    return size(found), size(found)


def spatial(arguments: Arguments, shape: Shape) -> tuple[tuple[Size, ...], Size]:
    """The axes of space of a batch of images, and the number of channels."""
    if arguments.channels_first:
        return shape[2:], shape[1]
    return shape[1:-1], shape[-1]


def together(arguments: Arguments, axes: tuple[Size, ...], channels: Size) -> Shape:
    if arguments.channels_first:
        return (None, channels, *axes)
    return (None, *axes, channels)


def written(shape: Shape) -> str:
    """A shape as Keras prints it."""
    return str(tuple(shape))
