"""The static shapes of what flows through a model, and where shapes cannot fit.

A shape has None for the batch and for each axis that is not known; a shape of which not even
the number of axes is known is None. Nothing is computed until somebody asks.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tfcheck.script.data import Shape
from tfcheck.script.values import Unknown, number

from . import convolutions, learning, merging, rearranging
from .arguments import Arguments, Lost, Misfit, size, written

if TYPE_CHECKING:
    from tfcheck.script.training import Layer, Node, Wiring

ShapeRule: TypeAlias = "Callable[[Arguments, tuple[Shape, ...]], Shape]"

RULES: Mapping[str, ShapeRule] = {
    **convolutions.RULES,
    **learning.RULES,
    **merging.RULES,
    **rearranging.RULES,
}

# How many axes a layer wants, the batch counted: exactly so many, or at least.
EXACT = {
    **dict.fromkeys(("GRU", "LSTM", "SimpleRNN"), 3),
    "RepeatVector": 2,
    **{
        f"{name}{rank}D": rank + 2
        for name in (
            "AveragePooling Cropping GlobalAveragePooling GlobalMaxPooling MaxPooling "
            "SpatialDropout UpSampling ZeroPadding"
        ).split()
        for rank in (1, 2, 3)
    },
    **{f"ConvLSTM{rank}D": rank + 3 for rank in (1, 2, 3)},
}
LEAST = {
    "Dense": 2,
    **{f"Conv{rank}D{kind}": rank + 2 for kind in ("", "Transpose") for rank in (1, 2, 3)},
    **{f"{kind}Conv{rank}D": rank + 2 for kind in ("Depthwise", "Separable") for rank in (1, 2)},
}
# What these give has a known number of axes, whatever they are given.
_AS_IF = {"Flatten": 2} | EXACT | {name: rank for name, rank in LEAST.items() if name != "Dense"}

_ON_EACH_NUMBER = frozenset(
    "abs cast dropout elu exp gelu hard_sigmoid identity leaky_relu log log_softmax mish negative "
    "preprocess_input relu relu6 selu sigmoid silu softmax softplus softsign sqrt square "
    "stop_gradient swish tanh".split()
)
_ON_EACH_PAIR = frozenset(
    "add sub subtract mul multiply div divide truediv maximum minimum".split()
)


class Flow(NamedTuple):
    """What goes into a layer and what comes out of it."""

    inputs: tuple[Shape | None, ...]
    output: Shape | None


class Break(NamedTuple):
    """A layer that cannot take what it is given; ``message`` in the words of Keras.

    ``kind`` is rank, size, reshape or merge.
    """

    node: Node
    kind: str
    message: str
    inputs: tuple[Shape | None, ...]


def output_shape(layer: Layer | Unknown, shapes: Sequence[Shape | None]) -> Shape | None:
    """What a layer makes of shapes; raises :class:`Misfit` where it cannot take them."""
    if isinstance(layer, Unknown) or layer.own:
        return None
    rule = _rule(layer)
    if rule is None:
        return None
    known = _known(layer, shapes)
    if known is None:
        return None
    try:
        return rule(Arguments(layer), known)
    except Lost:
        return None


def _rule(layer: Layer) -> ShapeRule | None:
    if _is_application(layer):
        return learning.application
    if layer.path.startswith("keras.layers."):
        return RULES.get(layer.name)
    return None


def _is_application(layer: Layer) -> bool:
    """Whether it is a model of ``keras.applications``, and no function of its modules."""
    return layer.path.startswith("keras.applications.") and layer.name[:1].isupper()


def _known(layer: Layer, shapes: Sequence[Shape | None]) -> tuple[Shape, ...] | None:
    """The shapes where all are known; what a layer insists on in place of one that is not."""
    if _is_application(layer):
        return ()
    found: list[Shape] = []
    for shape in shapes:
        if shape is not None:
            _check_rank(layer, shape)
            found.append(shape)
        elif layer.name in _AS_IF:
            found.append((None,) * _AS_IF[layer.name])
        else:
            return None
    return tuple(found) or None


def _check_rank(layer: Layer, shape: Shape) -> None:
    exact, least = EXACT.get(layer.name), LEAST.get(layer.name)
    inner = layer.layers[0] if layer.name == "Bidirectional" and layer.layers else None
    if inner is not None and not isinstance(inner, Unknown):
        exact = None if inner.own else EXACT.get(inner.name)
    if exact is not None and len(shape) != exact:
        wanted = f"ndim={exact}"
    elif least is not None and len(shape) < least:
        wanted = f"min_ndim={least}"
    else:
        return
    raise Misfit(
        "rank",
        f"expected {wanted}, found ndim={len(shape)}. Full shape received: {written(shape)}",
    )


def declared(layer: Layer) -> Shape | None:
    """The shape that an input is declared with."""
    arguments = Arguments(layer)
    for name, skip in (("batch_shape", 1), ("batch_input_shape", 1), ("shape", 0)):
        found = arguments.get(name)
        if isinstance(found, tuple):
            return (None, *map(size, found[skip:]))
        if found is not None:
            return None
    found = arguments.get("input_shape")
    if isinstance(found, tuple):
        return (None, *map(size, found))
    return None


class Shapes:
    """The shapes of one model, computed when they are first asked for.

    ``fed`` are those of the data that it is trained on, which tell where nothing is declared.
    """

    def __init__(self, wiring: Wiring, fed: Sequence[Shape | None] = ()) -> None:
        self.wiring, self.fed = wiring, fed

    @functools.cached_property
    def _found(self) -> tuple[dict[Node, Flow], tuple[Break, ...]]:
        fed: dict[Node, Shape | None] = {}
        if len(self.fed) == len(self.wiring.inputs):
            fed = dict(zip(self.wiring.inputs, self.fed, strict=True))
        flows: dict[Node, Flow] = {}
        breaks: list[Break] = []
        for node in self.wiring.nodes:
            inputs = tuple(flows[each].output for each in node.inputs)
            try:
                output = self._output(node, inputs, fed.get(node))
            except Misfit as misfit:
                output = None
                breaks.append(Break(node, misfit.kind, misfit.message, inputs))
            flows[node] = Flow(inputs, output)
        return flows, tuple(breaks)

    @staticmethod
    def _output(node: Node, inputs: tuple[Shape | None, ...], fed: Shape | None) -> Shape | None:
        layer = node.layer
        if isinstance(layer, Unknown):
            return None
        if layer.name == "InputLayer":
            return next((each for each in inputs if each), declared(layer) or fed)
        is_layer = layer.path.startswith("keras.layers.") or _is_application(layer)
        if is_layer and not node.others:
            return output_shape(layer, inputs)
        return _of_operation(node, inputs)

    @property
    def breaks(self) -> tuple[Break, ...]:
        """Where shapes cannot fit, in the order in which data flows."""
        return self._found[1]

    def flow(self, node: Node) -> Flow:
        return self._found[0][node]

    @functools.cached_property
    def _by_layer(self) -> dict[int, Flow]:
        flows: dict[int, Flow] = {}
        for node in self.wiring.nodes:
            flows.setdefault(id(node.layer), self.flow(node))
        for whole in self.wiring.wholes:
            inputs = tuple(self.flow(node).output for node in whole.inputs)
            output = self.flow(whole.outputs[0]).output if len(whole.outputs) == 1 else None
            flows.setdefault(id(whole.layer), Flow(inputs, output))
        return flows

    def of(self, layer: Layer) -> Flow | None:
        """What flows through a layer of the model, at the first of its calls."""
        return self._by_layer.get(id(layer))


def _of_operation(node: Node, inputs: tuple[Shape | None, ...]) -> Shape | None:
    """What a function gives, where it works on each number, or on each pair of numbers."""
    assert not isinstance(node.layer, Unknown)
    name, library = node.layer.name, node.layer.path.partition(".")[0]
    if library not in ("keras", "tensorflow", name):
        return None
    known = [shape for shape in inputs if shape is not None]
    if len(known) < len(inputs) or not known:
        return None
    if name in _ON_EACH_NUMBER and len(known) == 1:
        return known[0]
    if name not in _ON_EACH_PAIR or len(known) + len(node.others) != 2:
        return None
    if len(known) == 2 and len(known[0]) == len(known[1]):
        return merging.broadcast(*known)
    return known[0] if all(number(each) is not None for each in node.others) else None


__all__ = [
    "EXACT",
    "LEAST",
    "RULES",
    "Break",
    "Const",
    "Flow",
    "Shapes",
    "declared",
    "output_shape",
]
