"""The structure of a model: its layers in order, where data enters, and its heads."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tfcheck.rule import Site
from tfcheck.script.data import Shape
from tfcheck.script.effects import keras_layers, keras_models
from tfcheck.script.shapes import Shapes
from tfcheck.script.store import ModelState, ObjectState
from tfcheck.script.training import LINEAR, Activation, Entry, Head, Layer, Model
from tfcheck.script.values import (
    Answer,
    Class,
    Const,
    Ref,
    Symbol,
    Tensor,
    Unknown,
    Value,
    constant,
    integer,
    string,
)
from tfcheck.script.wiring import wire

if TYPE_CHECKING:
    from tfcheck.script.interpreter import Interpreter

MAX_TENSORS = 4_000
MAX_NESTING = 6

_LEARNS = frozenset(
    "Dense Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose SeparableConv1D "
    "SeparableConv2D DepthwiseConv1D DepthwiseConv2D LSTM GRU SimpleRNN ConvLSTM1D ConvLSTM2D "
    "ConvLSTM3D EinsumDense LocallyConnected1D LocallyConnected2D Bidirectional "
    "MultiHeadAttention".split()
)
_SCALES = frozenset(
    "Rescaling Normalization BatchNormalization LayerNormalization GroupNormalization "
    "UnitNormalization".split()
)
_TAKES_CODES = frozenset(
    "Embedding Hashing HashedCrossing StringLookup IntegerLookup TextVectorization "
    "CategoryEncoding Discretization".split()
)
_KEEPS_SCALE = frozenset(
    "InputLayer Flatten Reshape Permute Dropout SpatialDropout1D SpatialDropout2D AlphaDropout "
    "GaussianDropout GaussianNoise ZeroPadding1D ZeroPadding2D ZeroPadding3D Cropping1D "
    "Cropping2D Cropping3D UpSampling1D UpSampling2D UpSampling3D MaxPooling1D MaxPooling2D "
    "MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D Masking RepeatVector "
    "RandomFlip RandomRotation RandomZoom RandomCrop RandomTranslation RandomHeight RandomWidth "
    "RandomContrast Resizing CenterCrop Concatenate cast identity "
    "expand_dims reshape".split()
)
_SHAPE_ONLY = frozenset(
    "Flatten Reshape Permute Identity Cropping1D Cropping2D squeeze reshape identity "
    "expand_dims flatten permute_dimensions transpose RepeatVector".split()
)
# A layer that is an activation, with the name of the function that it applies.
_ACTIVATION_LAYERS = {
    "ELU": "elu",
    "LeakyReLU": "leaky_relu",
    "PReLU": "prelu",
    "ReLU": "relu",
    "Softmax": "softmax",
    "ThresholdedReLU": "relu",
}
_ACTIVATIONS = frozenset(
    "softmax sigmoid relu tanh elu selu softplus softsign swish silu gelu mish exponential "
    "hard_sigmoid leaky_relu relu6 log_softmax linear".split()
)
# Recurrent layers end in tanh where nothing else is said; all others in nothing.
_DEFAULT_ACTIVATION = dict.fromkeys(("LSTM", "GRU", "SimpleRNN", "ConvLSTM2D"), "tanh")

_LAST_AXIS = Const(-1)

# These rescale pixels by themselves, so they want them as they are.
_RESCALING_APPLICATIONS = ("EfficientNet", "MobileNetV3", "ConvNeXt", "RegNet", "ResNetRS")


def describe_model(
    interpreter: Interpreter, reference: Ref, site: Site, fed: Sequence[Shape | None] = ()
) -> Model:
    """What is known of the model behind ``reference`` when ``fit`` is called at ``site``.

    ``fed`` are the shapes of what it is trained on.
    """
    state = interpreter.store.get(reference)
    assert isinstance(state, ModelState)
    graph = Graph(interpreter, state, reference, site)
    own = isinstance(state.of, Class) and _trains_by_itself(state.of)
    wiring = wire(graph)
    return Model(
        state.kind,
        state.site,
        state.of.name if isinstance(state.of, Class) else state.of.rpartition(".")[2],
        reference,
        graph.layers,
        graph.heads(),
        graph.entries(),
        graph.lost(),
        state.touched,
        own,
        wiring,
        Shapes(wiring, fed),
        state.of if isinstance(state.of, Class) else None,
    )


def _trains_by_itself(of: Class) -> bool:
    names = ("train_step", "fit", "train_on_batch", "make_train_function")
    return not of.closed or any(of.lookup(name) is not None for name in names)


class Graph:
    """A model as a graph of tensors, however it was built."""

    def __init__(
        self,
        interpreter: Interpreter,
        state: ModelState,
        reference: Ref,
        site: Site,
        depth: int = 0,
    ) -> None:
        self.interpreter, self.state, self.depth = interpreter, state, depth
        self.reference, self.site = reference, site
        self._nested: dict[Ref, Graph] = {}
        self._described: dict[Ref | Tensor, Layer | Unknown | None] = {}
        self.outputs = self._outputs()

    def lost(self) -> Unknown | None:
        if self.state.lost is not None:
            return self.state.lost
        values = (*self.state.layers, *self.outputs, *self._gaps())
        return next((each for each in values if isinstance(each, Unknown)), None)

    def _gaps(self) -> list[Unknown]:
        """What layers are called on and could not be read.

        An operation also takes numbers and shapes, which are no part of the graph.
        """
        layers = (
            tensor
            for tensor in self.tensors
            if isinstance(tensor.op, Ref) or tensor.op.startswith("keras.layers.")
        )
        return [each for layer in layers for each in layer.inputs if isinstance(each, Unknown)]

    def _outputs(self) -> tuple[Value, ...]:
        if self.state.kind != "subclass" or self.depth > MAX_NESTING:
            return self.state.outputs
        value = keras_models.outputs_of_subclass(
            self.interpreter, self.reference, self.state, self.site
        )
        found = keras_layers.tensors(self.interpreter, value)
        if found:
            return tuple(found)
        lost = value if isinstance(value, Unknown) else None
        return (lost or Unknown("what its call method returns", self.state.site),)

    def inner(self, reference: Ref, state: ModelState) -> Graph:
        if reference not in self._nested:
            nested = Graph(self.interpreter, state, reference, self.site, self.depth + 1)
            self._nested[reference] = nested
        return self._nested[reference]

    # Layers

    @functools.cached_property
    def layers(self) -> tuple[Layer | Unknown, ...]:
        if self.state.kind == "sequential":
            values: Sequence[Value] = self.state.layers
        else:
            # A layer that is called twice is one layer.
            made = {
                tensor.op if isinstance(tensor.op, Ref) else tensor: tensor
                for tensor in self.tensors
                if tensor.op != "input"
            }
            values = [*self._gaps(), *made.values()]
        described = (self.describe(value) for value in values)
        return tuple(each for each in described if each is not None)

    @functools.cached_property
    def tensors(self) -> list[Tensor]:
        """The tensors of the graph, each after those that it is made of."""
        ordered: list[Tensor] = []
        seen: set[int] = set()
        stack: list[tuple[Value, bool]] = [(value, False) for value in reversed(self.outputs)]
        while stack and len(seen) < MAX_TENSORS:
            value, done = stack.pop()
            if not isinstance(value, Tensor):
                continue
            if done:
                ordered.append(value)
            elif id(value) not in seen:
                seen.add(id(value))
                stack.append((value, True))
                stack.extend((each, False) for each in reversed(value.inputs))
        return ordered

    def describe(self, value: Value) -> Layer | Unknown | None:
        """A layer by what stands for it: a reference, a tensor that it made, an operation.

        It is the same layer however often it is asked for.
        """
        if isinstance(value, Unknown):
            return value
        key = value.op if isinstance(value, Tensor) and isinstance(value.op, Ref) else value
        if not isinstance(key, (Ref, Tensor)):
            return Unknown("a layer that is one of several", self.state.site)
        if key not in self._described:
            self._described[key] = self._describe(key)
        return self._described[key]

    def _describe(self, value: Ref | Tensor) -> Layer | Unknown | None:
        if isinstance(value, Tensor):
            if value.op == "input":
                return None
            if isinstance(value.op, str):
                name = value.op.rpartition(".")[2]
                return Layer(name, value.op, value.site, value.config)
            return None
        state = self.interpreter.store.get(value)
        if isinstance(state, ModelState):
            graph = self.inner(value, state)
            nested = graph.layers if self.depth < MAX_NESTING else ()
            own = isinstance(state.of, Class)
            name = state.of.name if isinstance(state.of, Class) else state.of.rpartition(".")[2]
            path = name if isinstance(state.of, Class) else state.of
            trainable = _trainable(state.attributes.get("trainable"))
            return Layer(
                name,
                path,
                state.site,
                state.config,
                None,
                nested,
                own,
                trainable,
                state.of if isinstance(state.of, Class) else None,
            )
        if isinstance(state, ObjectState):
            known = self.interpreter.layers.get(id(state))
            return known[1] if known is not None else self._describe_object(state)
        return Unknown("something that is no layer", self.state.site)

    def _describe_object(self, state: ObjectState) -> Layer:
        """A layer by its state, once for all models that have it."""
        wrapped = state.config.get("layer")
        inner = self.describe(wrapped) if isinstance(wrapped, Ref) else None
        own = isinstance(state.of, Class)
        name = state.path.rpartition(".")[2]
        layers = (inner,) if inner is not None else ()
        given = state.attributes.get("trainable", state.config.get("trainable"))
        layer = Layer(
            name,
            state.path,
            state.site,
            state.config,
            state.more,
            layers,
            own,
            _trainable(given),
            state.of if isinstance(state.of, Class) else None,
        )
        if inner is None:
            self.interpreter.layers[id(state)] = state, layer
        return layer

    # Heads

    def heads(self) -> tuple[Head | Unknown, ...]:
        if self.state.kind == "sequential":
            return (self._head(self._backwards_of_sequence()),)
        if self.state.kind == "application":
            return (self._head(self._backwards_of_application()),)
        if self.state.lost is not None and not self.outputs:
            return (self.state.lost,)
        return tuple(self._head(self._backwards_of_tensor(each)) for each in self.outputs)

    def backwards(self) -> Iterator[Layer | Unknown]:
        """The layers from the end of the model towards its beginning, while it is one line."""
        if self.state.kind == "sequential":
            yield from self._backwards_of_sequence()
        elif self.state.kind == "application":
            yield from self._backwards_of_application()
        elif len(self.outputs) == 1:
            yield from self._backwards_of_tensor(self.outputs[0])
        else:
            yield self.state.lost or Unknown("a model with several outputs", self.state.site)

    def _backwards_of_sequence(self) -> Iterator[Layer | Unknown]:
        for value in reversed(self.state.layers):
            yield from self._expanded(value)

    def _backwards_of_tensor(self, value: Value) -> Iterator[Layer | Unknown]:
        for _ in range(MAX_TENSORS):
            if not isinstance(value, Tensor):
                yield value if isinstance(value, Unknown) else Unknown("a tensor", self.state.site)
                return
            yield from self._expanded(value)
            if not value.inputs:
                return
            value = value.inputs[0]

    def _backwards_of_application(self) -> Iterator[Layer | Unknown]:
        """The classifier of an application, where it has its top."""
        config, site = self.state.config, self.state.site
        if constant(config.get("include_top", Const(True))) is not True:
            yield Unknown("the features of an application model", site)
            return
        settings = {
            "units": config.get("classes", Const(1000, site)),
            "activation": config.get("classifier_activation", Const("softmax", site)),
        }
        yield Layer("Dense", "keras.layers.Dense", site, settings)

    def _expanded(self, value: Value) -> Iterator[Layer | Unknown]:
        """A nested model as its layers, anything else as itself."""
        op = value.op if isinstance(value, Tensor) else value
        state = self.interpreter.store.state(op, ModelState) if isinstance(op, Ref) else None
        if state is not None and isinstance(op, Ref) and self.depth < MAX_NESTING:
            yield from self.inner(op, state).backwards()
            return
        described = self.describe(value)
        if described is not None:
            yield described

    def _head(self, backwards: Iterator[Layer | Unknown]) -> Head | Unknown:
        activations: list[Activation] = []
        after: list[str] = []
        between: list[str] = []
        for layer in backwards:
            if isinstance(layer, Unknown):
                return layer
            if layer.own:
                return Unknown(f"it ends in {layer.name}, a layer of the project", layer.site)
            if layer.name in _SHAPE_ONLY:
                (between if activations else after).append(layer.name)
                continue
            applied = self._activation_of(layer)
            if applied is not None:
                activations.append(applied)
                continue
            if layer.name not in _LEARNS or layer.name == "Bidirectional":
                return Unknown(f"it ends in {layer.name}", layer.site)
            return self._weighted(layer, activations, tuple(after), tuple(between))
        return Unknown("it has no layer with weights", self.state.site)

    def _activation_of(self, layer: Layer) -> Activation | None:
        if layer.name in _ACTIVATION_LAYERS:
            last = constant(layer.argument("axis") or _LAST_AXIS) == -1
            return Activation(_ACTIVATION_LAYERS[layer.name] if last else None, layer.site)
        if layer.name == "Activation":
            return Activation(self.activation(layer.argument("activation")), layer.site)
        if layer.name in _ACTIVATIONS:
            last = constant(layer.argument("axis") or _LAST_AXIS) == -1
            return Activation(layer.name if last else None, layer.site)
        return None

    def _weighted(
        self,
        layer: Layer,
        applied: list[Activation],
        after: tuple[str, ...],
        between: tuple[str, ...],
    ) -> Head:
        default = _DEFAULT_ACTIVATION.get(layer.name)
        given = layer.argument("activation")
        name = default if given is None and default else self.activation(given)
        activations = [Activation(name, layer.site), *reversed(applied)]
        kept = tuple(each for each in activations if each.name != LINEAR)
        reshaped = {*after, *between} - {"squeeze"}
        units = integer(layer.argument("units") or layer.argument("filters"))
        return Head(layer, None if reshaped else units, kept, after)

    def activation(self, value: Value | None) -> str | None:
        """The name of an activation, however it is given; None where it is not known."""
        if value is None or constant(value) is None:
            return LINEAR
        name = string(value)
        if name is not None:
            return name.lower()
        if isinstance(value, Symbol):
            return value.name.lower() if value.name.lower() in _ACTIVATIONS else None
        state = self.interpreter.store.state(value, ObjectState)
        if state is not None:
            return _ACTIVATION_LAYERS.get(state.path.rpartition(".")[2])
        return None

    # Entries

    def entries(self) -> tuple[Entry, ...]:
        """For each input of the model, what its first layers do to the scale of the data."""
        if self.state.kind == "application":
            return (self._entry_of_application(),)
        if self.state.kind == "sequential":
            return (self._entry_of_sequence(self.state.layers),)
        tensors = self.tensors
        inputs: Sequence[Value] = self.state.inputs
        if self.state.kind == "subclass" and not inputs:
            inputs = [each for each in tensors if each.op == "input"]
        consumers: dict[int, list[Tensor]] = {}
        for tensor in tensors:
            for each in tensor.inputs:
                consumers.setdefault(id(each), []).append(tensor)
        return tuple(self._entry_of_tensor(each, consumers, set()) for each in inputs)

    def _entry_of_application(self) -> Entry:
        name = self.state.of if isinstance(self.state.of, str) else self.state.of.name
        layer = Layer(name.rpartition(".")[2], name, self.state.site, self.state.config)
        preprocesses = layer.argument("include_preprocessing")
        if layer.name.startswith(_RESCALING_APPLICATIONS) and preprocesses is None:
            return Entry(Answer.YES, layer)
        return Entry(Answer.UNKNOWN, layer)

    def _entry_of_sequence(self, values: Sequence[Value]) -> Entry:
        for position, value in enumerate(values):
            entry = self._entry_at(value)
            if entry is None:
                continue
            following = self.describe(values[position + 1]) if position + 1 < len(values) else None
            if entry.scales is Answer.NO and _is_batch_normalization(following):
                return Entry(Answer.NO, entry.layer, normalised=True)
            return entry
        return Entry(Answer.UNKNOWN, reason=Unknown("no layer that learns", self.state.site))

    def _entry_at(self, value: Value) -> Entry | None:
        """What a layer means for the scale of its input; None where it passes it on."""
        op = value.op if isinstance(value, Tensor) else value
        state = self.interpreter.store.state(op, ModelState) if isinstance(op, Ref) else None
        if state is not None and isinstance(op, Ref) and self.depth < MAX_NESTING:
            entries = self.inner(op, state).entries()
            if len(entries) != 1:
                return Entry(Answer.UNKNOWN, reason=Unknown("a nested model", state.site))
            passes = entries[0].scales is Answer.UNKNOWN and entries[0].layer is None
            passes = passes and state.kind == "sequential" and entries[0].reason is not None
            return None if passes and self.inner(op, state).lost() is None else entries[0]
        layer = self.describe(value)
        if layer is None:
            return None
        if isinstance(layer, Unknown):
            return Entry(Answer.UNKNOWN, reason=layer)
        return _entry_of(layer)

    def _entry_of_tensor(
        self, tensor: Value, consumers: Mapping[int, list[Tensor]], seen: set[int]
    ) -> Entry:
        if not isinstance(tensor, Tensor) or id(tensor) in seen:
            return Entry(Answer.UNKNOWN, reason=Unknown("an input", self.state.site))
        seen.add(id(tensor))
        found: list[Entry] = []
        for consumer in consumers.get(id(tensor), ()):
            entry = self._entry_at(consumer) or self._entry_of_tensor(consumer, consumers, seen)
            if entry.scales is Answer.NO:
                follows = consumers.get(id(consumer), ())
                normalised = bool(follows) and all(
                    _is_batch_normalization(self.describe(each)) for each in follows
                )
                entry = Entry(Answer.NO, entry.layer, normalised=normalised)
            found.append(entry)
        for answer in (Answer.UNKNOWN, Answer.NO, Answer.YES):
            for entry in found:
                if entry.scales is answer:
                    return entry
        return Entry(Answer.UNKNOWN, reason=Unknown("an input that nothing uses", self.state.site))


def _trainable(value: Value | None) -> Answer:
    if value is None:
        return Answer.YES
    found = constant(value)
    if not isinstance(found, (bool, int)):
        return Answer.UNKNOWN
    return Answer.YES if found else Answer.NO


def trainable_flags(interpreter: Interpreter, reference: Ref) -> dict[int, Const]:
    """What the script sets ``trainable`` to, for the layers in a model, by their references."""
    flags: dict[int, Const] = {}
    stack: list[Value] = [reference]
    seen: set[int] = set()
    while stack and len(seen) < MAX_TENSORS:
        value = stack.pop()
        key = value.id if isinstance(value, Ref) else -id(value)
        if key in seen or not isinstance(value, (Ref, Tensor)):
            continue
        seen.add(key)
        if isinstance(value, Tensor):
            stack.extend((value.op, *value.inputs) if isinstance(value.op, Ref) else value.inputs)
            continue
        state = interpreter.store.get(value)
        if isinstance(state, ModelState):
            stack.extend((*state.layers, *state.outputs))
        if value == reference or not isinstance(state, (ModelState, ObjectState)):
            continue
        given = state.attributes.get("trainable")
        if isinstance(given, Const) and isinstance(given.value, bool):
            flags[value.id] = given
    return flags


def _is_batch_normalization(layer: Layer | Unknown | None) -> bool:
    return isinstance(layer, Layer) and layer.name == "BatchNormalization"


def _entry_of(layer: Layer) -> Entry | None:
    if layer.own:
        return Entry(Answer.UNKNOWN, layer)
    if layer.name == "TimeDistributed" and len(layer.layers) == 1:
        inner = layer.layers[0]
        return _entry_of(inner) if isinstance(inner, Layer) else Entry(Answer.UNKNOWN, layer)
    if layer.name in _SCALES or layer.path.endswith("preprocess_input"):
        return Entry(Answer.YES, layer)
    if layer.name in _TAKES_CODES:
        return Entry(Answer.YES, layer, codes=True)
    if layer.name in _LEARNS:
        return Entry(Answer.NO, layer)
    if layer.name in _KEEPS_SCALE:
        return None
    if layer.name in ("divide", "truediv"):
        return Entry(Answer.YES, layer)
    return Entry(Answer.UNKNOWN, layer)
