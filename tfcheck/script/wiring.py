"""The layers of a model as they feed each other, with nested models taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tfcheck.rule import Site
from tfcheck.script.store import ModelState, ObjectState
from tfcheck.script.training import Layer, Node, Whole, Wiring
from tfcheck.script.values import Ref, Tensor, Tuple, Unknown, Value

if TYPE_CHECKING:
    from tfcheck.script.architecture import Graph

MAX_NODES = 4_000
MAX_NESTING = 6

_DECLARES = ("input_shape", "batch_input_shape", "batch_shape")


def wire(graph: Graph) -> Wiring:
    """The nodes of a model and of all models in it."""
    wirer = _Wirer()
    outputs = wirer.graph(graph, ())
    return Wiring(tuple(wirer.nodes), tuple(wirer.entries), outputs, tuple(wirer.wholes))


class _Wirer:
    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.entries: list[Node] = []
        self.wholes: list[Whole] = []

    def graph(self, graph: Graph, given: Sequence[Node]) -> tuple[Node, ...]:
        """The outputs of a model that is called on ``given``; on nothing where it is trained."""
        state = graph.state
        if state.kind == "sequential":
            return (self._sequence(graph, given),)
        if state.kind == "application":
            return (self._node(graph.describe(graph.reference), state.site, given),)
        if state.kind == "loaded":
            return (self._lost("a model that is read from a file", state.site),)
        return self._tensors(graph, given)

    def _node(
        self,
        layer: Layer | Unknown | None,
        site: Site,
        inputs: Sequence[Node],
        others: Sequence[Value] = (),
    ) -> Node:
        known = layer or Unknown("a layer that is not known", site)
        node = Node(known, site, tuple(inputs), tuple(others))
        self.nodes.append(node)
        return node

    def _lost(self, reason: str, site: Site) -> Node:
        return self._node(Unknown(reason, site), site, ())

    def _entry(self, config: Mapping[str, Value], site: Site, given: Sequence[Node]) -> Node:
        layer = Layer("InputLayer", "keras.layers.InputLayer", site, config)
        node = self._node(layer, site, given)
        if not given:
            self.entries.append(node)
        return node

    # Sequential

    def _sequence(self, graph: Graph, given: Sequence[Node]) -> Node:
        state = graph.state
        current = given[0] if len(given) == 1 else None
        seen: set[Site] = set()
        for value in state.layers:
            if isinstance(value, Tensor) and value.op == "input":
                current = self._entry(value.config, value.site, (current,) if current else ())
                continue
            described = graph.describe(value)
            site = described.site if isinstance(described, Layer) else state.site
            if isinstance(described, Layer) and described.path == "keras.layers.InputLayer":
                current = self._entry(described.config, site, (current,) if current else ())
                continue
            if site in seen and _declared(graph, value, None):
                # Two models that a loop makes under one name, which cannot be told apart.
                current = self._lost("layers of several models", site)
            seen.add(site)
            if current is None:
                current = self._entry(_declared(graph, value, state.built), site, ())
            current = self._called(graph, value, (current,), site)
        return current or self._lost("a model without layers", state.site)

    # Tensors

    def _tensors(self, graph: Graph, given: Sequence[Node]) -> tuple[Node, ...]:
        state = graph.state
        nodes = self._ends(graph, given)
        for tensor in graph.tensors:
            if id(tensor) in nodes:
                continue
            if tensor.op == "input":
                nodes[id(tensor)] = self._entry(tensor.config, tensor.site, ())
                continue
            inputs = [
                nodes.get(id(each)) or self._lost("an input of a layer", tensor.site)
                for each in tensor.inputs
                if isinstance(tensor.op, Ref) or isinstance(each, (Tensor, Unknown))
            ]
            if tensor.loose:
                inputs = [self._lost("inputs that depend on the way of the script", tensor.site)]
            if isinstance(tensor.op, Ref):
                nodes[id(tensor)] = self._called(graph, tensor.op, inputs, tensor.site)
            else:
                others = [each for each in tensor.inputs if not isinstance(each, (Tensor, Unknown))]
                layer = graph.describe(tensor)
                nodes[id(tensor)] = self._node(layer, tensor.site, inputs, others)
        return tuple(
            nodes.get(id(each)) or self._lost("an output of a model", state.site)
            for each in graph.outputs
        )

    def _ends(self, graph: Graph, given: Sequence[Node]) -> dict[int, Node]:
        """The nodes at which data enters, where the model says which tensors these are."""
        tensors = [each for each in graph.state.inputs if isinstance(each, Tensor)]
        if graph.state.kind == "subclass" and not tensors:
            tensors = [each for each in graph.tensors if each.op == "input"]
        if given and len(given) != len(tensors):
            return {}
        feeds = [(each,) for each in given] if given else [()] * len(tensors)
        return {
            id(tensor): self._entry(tensor.config, tensor.site, feed)
            for tensor, feed in zip(tensors, feeds, strict=True)
        }

    # Calls

    def _called(self, graph: Graph, value: Value, inputs: Sequence[Node], site: Site) -> Node:
        """A layer, or a nested model, that is called on ``inputs``."""
        layer = graph.describe(value)
        state = graph.interpreter.store.state(value, ModelState)
        if state is None or state.kind == "application" or not isinstance(value, Ref):
            return self._node(layer, site, inputs)
        if graph.depth >= MAX_NESTING or len(self.nodes) > MAX_NODES:
            return self._lost("models in models, deeper than is followed", site)
        outputs = self.graph(graph.inner(value, state), inputs)
        if isinstance(layer, Layer):
            self.wholes.append(Whole(layer, tuple(inputs), outputs))
        return outputs[0] if len(outputs) == 1 else self._lost("one of several outputs", site)


def _declared(graph: Graph, value: Value, built: Value | None) -> Mapping[str, Value]:
    """The input shape that the first layer of a Sequential, or ``build``, declares."""
    store = graph.interpreter.store
    state = store.state(value, ModelState)
    if state is not None:
        return _declared_by_model(graph, state)
    layer = store.state(value, ObjectState)
    if layer is None:
        return {}
    config = layer.config
    found = {name: config[name] for name in _DECLARES if name in config}
    if found:
        return found
    name = layer.path.rpartition(".")[2]
    if name == "Embedding" and "input_length" in config:
        length = config["input_length"]
        return {"shape": length if isinstance(length, Tuple) else Tuple((length,))}
    if name == "Dense" and "input_dim" in config:
        return {"shape": Tuple((config["input_dim"],))}
    return {"batch_shape": built} if built is not None else {}


def _declared_by_model(graph: Graph, state: ModelState) -> Mapping[str, Value]:
    if state.kind == "sequential" and state.layers:
        first = state.layers[0]
        if isinstance(first, Tensor):
            return first.config
        described = graph.describe(first)
        if isinstance(described, Layer) and described.path == "keras.layers.InputLayer":
            return described.config
        return _declared(graph, first, state.built)
    if state.kind == "functional" and len(state.inputs) == 1:
        (first,) = state.inputs
        return first.config if isinstance(first, Tensor) else {}
    if state.kind == "application" and "input_shape" in state.config:
        return {"input_shape": state.config["input_shape"]}
    return {}
