"""How a model ends: the last layer with weights of each output, and what is applied behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from runtime_probe.child.setup import Tree
from runtime_probe.child.trees import leaves

# Layers and operations that hand on what comes in, in another shape or not at all times.
_PASSING = frozenset("Reshape Flatten Dropout Permute Squeeze ExpandDims Identity".split())

_POOLING = frozenset(
    f"{pool}{size}D"
    for pool in ("MaxPooling", "AveragePooling", "GlobalMaxPooling", "GlobalAveragePooling")
    for size in (1, 2, 3)
)

_ACTIVATIONS = {
    "Softmax": "softmax",
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "PReLU": "leaky_relu",
    "ELU": "elu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Relu": "relu",
}

PROBABILITIES = frozenset({"sigmoid", "softmax", "hard_sigmoid"})


@dataclass(frozen=True)
class Ending:
    """``layer`` is None where an output does not come from a layer that could be followed.

    ``behind`` are the activation layers after it in order, ``activation`` is the last activation
    that is applied, ``linear`` for none and None where that is not known.
    """

    layer: Any
    behind: Sequence[Any]
    activation: str | None

    @property
    def squashing(self) -> list[str]:
        """Those activations of the last layer and behind it that give probabilities, in order."""
        applied = [activation_of(each) for each in (self.layer, *self.behind) if each is not None]
        return [each for each in applied if each in PROBABILITIES]


UNKNOWN = Ending(None, (), None)


def endings(model: Any, outputs: int) -> list[Ending]:
    """The ending of each output of ``model``; unknown for subclassed models."""
    tensors = _outputs(model)
    if len(tensors) != outputs:
        return [UNKNOWN] * outputs
    return [_ending(each) for each in tensors]


def activation_of(layer: Any) -> str:
    """The name of the activation that a layer applies; ``linear`` for none."""
    kind = type(layer).__name__
    if kind in _ACTIVATIONS:
        return _ACTIVATIONS[kind]
    if kind == "TimeDistributed":
        return activation_of(layer.layer)
    activation = getattr(layer, "activation", None)
    name = getattr(activation, "__name__", type(activation).__name__)
    return "linear" if activation is None else _ACTIVATIONS.get(name, str(name))


def output_names(model: Any, outputs: int) -> list[str]:
    """The names of the outputs, by which ``compile`` knows their losses."""
    names = [str(each) for each in getattr(model, "output_names", None) or ()]
    return names if len(names) == outputs else [f"output_{index}" for index in range(outputs)]


def _outputs(model: Any) -> list[Any]:
    outputs = getattr(model, "outputs", None)
    return list(leaves(outputs))


def _ending(tensor: Any) -> Ending:
    behind: list[Any] = []
    while True:
        history = getattr(tensor, "_keras_history", None)
        if history is None:
            return UNKNOWN
        layer = _operation(history)
        kind = type(layer).__name__
        if getattr(layer, "outputs", None) and hasattr(layer, "layers"):
            tensor = _outputs(layer)[history.tensor_index]
            continue
        if kind not in _PASSING and kind not in _ACTIVATIONS and kind != "Activation":
            break
        if kind not in _PASSING:
            behind.insert(0, layer)
        given = list(leaves(layer._inbound_nodes[history.node_index].input_tensors))
        if len(given) != 1:
            return UNKNOWN
        tensor = given[0]
    applied = [activation_of(each) for each in (layer, *behind)]
    bent = [each for each in applied if each != "linear"]
    # Layers of the script's own apply what they will, without having an attribute for it.
    plain = "linear" if layer.weights and _has_activation(layer) else None
    return Ending(layer if layer.weights else None, tuple(behind), bent[-1] if bent else plain)


def _has_activation(layer: Any) -> bool:
    return hasattr(getattr(layer, "layer", layer), "activation")


def consumers(model: Any, x: Tree) -> list[frozenset[str]]:
    """The kinds of layers that take each array of ``x`` as it comes, by class name, in its order.

    Empty where that is not known; for a subclassed model the kinds of all of its layers.
    """
    tensors, count = _inputs_for(model, x), len(list(leaves(x)))
    if len(tensors) != count:
        return [frozenset(type(each).__name__ for each in model.layers)] * count
    return [frozenset(_consumers(model, each)) for each in tensors]


def all_layers(model: Any) -> list[Any]:
    """The layers of a model and of the models inside it, in order."""
    found: list[Any] = []
    for layer in getattr(model, "layers", ()):
        found += all_layers(layer) if hasattr(layer, "layers") else [layer]
    return found


def plain_layers(model: Any) -> list[Any]:
    """The dense and convolution layers of a model, which have one kernel and an activation."""
    return [
        layer
        for layer in all_layers(model)
        if getattr(layer, "kernel", None) is not None and hasattr(layer, "activation")
    ]


def recurrent_cells(model: Any) -> list[Any]:
    """The cells of recurrent layers, which have the kernel in their place."""
    cells = (getattr(layer, "cell", None) for layer in all_layers(model))
    return [each for each in cells if getattr(each, "kernel", None) is not None]


def followers(layer: Any) -> list[Any]:
    """The layers that work on what ``layer`` gives, past those that only hand it on."""
    found: list[Any] = []
    for node in layer._outbound_nodes:
        following = _operation(node)
        passing = type(following).__name__ in _PASSING | _POOLING
        found += followers(following) if passing else [following]
    return found


def _consumers(model: Any, tensor: Any) -> Iterator[str]:
    graph = getattr(model, "_functional", None) or model
    for each in getattr(graph, "operations", model.layers):
        if type(each).__name__ == "InputLayer":
            continue
        taken = [given for node in each._inbound_nodes for given in leaves(node.input_tensors)]
        if not any(given is tensor for given in taken):
            continue
        if getattr(each, "inputs", None) and hasattr(each, "layers"):
            for inner in _inputs(each):
                yield from _consumers(each, inner)
        else:
            yield type(each).__name__


def _operation(place: Any) -> Any:
    """What made a tensor, or takes one: Keras 3 and Keras 2 call it differently.

    There is no public way along a graph; these attributes have been the same for years.
    """
    return getattr(place, "operation", None) or place.layer


def _inputs_for(model: Any, x: Tree) -> list[Any]:
    """The inputs in the order of ``x``: a model keeps those of a dict in that of their names."""
    tensors = _inputs(model)
    if not isinstance(x, dict):
        return tensors
    held = getattr(model, "_inputs_struct", None) or getattr(model, "_nested_inputs", None)
    names = getattr(model, "input_names", ())
    named = held if isinstance(held, dict) else dict(zip(names, tensors, strict=False))
    return [named[name] for name in x if name in named]


def _inputs(model: Any) -> list[Any]:
    return list(leaves(getattr(model, "inputs", None)))
