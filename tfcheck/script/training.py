"""A training run as rules see it: model, compilation, data, callbacks and settings.

Everything here is a record of what was read at one ``fit``; where something could not be
read, an :class:`~tfcheck.script.values.Unknown` stands in its place and says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tfcheck.rule import Site
from tfcheck.script.data import Data
from tfcheck.script.reports import Reported
from tfcheck.script.shapes import Shapes
from tfcheck.script.values import Answer, Class, Const, Ref, Unknown, Value, constant

LINEAR = "linear"
_FEW_EPOCHS = 5
NOT_COMPILED = "it is not seen to be compiled"


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of a model, or an operation that stands where a layer could.

    ``name`` is the class' name (``Dense``) or the operation's (``softmax``), ``config`` what
    was passed, by parameter name. ``layers`` are those of a nested model or a wrapper.
    ``trainable`` is what the script sets it to. ``of`` is its class where that is the project's.
    """

    name: str
    path: str
    site: Site
    config: Mapping[str, Value] = field(default_factory=dict)
    more: Unknown | None = None
    layers: tuple[Layer | Unknown, ...] = ()
    own: bool = False
    trainable: Answer = Answer.YES
    of: Class | None = None

    def argument(self, name: str) -> Value | None:
        """What was passed for ``name``: None where nothing was, Unknown where it may be."""
        return self.config.get(name, self.more)


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A layer at one of its calls: a layer that is called twice has two nodes.

    ``site`` is the call, ``inputs`` the nodes that feed it, and ``others`` what else an
    operation is given. Data enters at nodes whose layer is an InputLayer.
    """

    layer: Layer | Unknown
    site: Site
    inputs: tuple[Node, ...] = ()
    others: tuple[Value, ...] = ()


class Whole(NamedTuple):
    """A nested model at one of its calls, whose layers are among the nodes themselves."""

    layer: Layer
    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Wiring:
    """The layers of a model as they feed each other, nested models taken apart.

    ``nodes`` are in the order in which data flows.
    """

    nodes: tuple[Node, ...] = ()
    inputs: tuple[Node, ...] = ()
    outputs: tuple[Node, ...] = ()
    wholes: tuple[Whole, ...] = ()


@dataclass(frozen=True, slots=True)
class Activation:
    """An activation at the end of a model; ``name`` is None where it is not known."""

    name: str | None
    site: Site


@dataclass(frozen=True, slots=True)
class Head:
    """One output of a model: its last layer with weights and the activations after it.

    ``units`` is the size of the last axis, None where it is not known. ``activations`` are
    in the order in which they are applied, without linear ones. ``after`` names the layers
    behind the last of them, which change the shape only.
    """

    layer: Layer
    units: int | None
    activations: tuple[Activation, ...]
    after: tuple[str, ...] = ()

    @property
    def activation(self) -> str | None:
        """The name of the last activation; ``linear`` where there is none."""
        return self.activations[-1].name if self.activations else LINEAR

    @property
    def activation_site(self) -> Site:
        return self.activations[-1].site if self.activations else self.layer.site


@dataclass(frozen=True, slots=True)
class Entry:
    """Where data enters a model, and whether its first layers bring it to scale.

    ``layer`` is the one that decides: what scales, what learns, or what could not be read.
    ``normalised``: batch normalisation follows directly on the first layer that learns.
    """

    scales: Answer
    layer: Layer | None = None
    codes: bool = False  # the first layers take ids or text, for which scale says nothing
    normalised: bool = False
    reason: Unknown | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A model as it is at ``fit``. ``lost`` says why its structure is not known.

    ``reference`` is the same for all that the script does with one model. ``of`` is its class where
    that is the project's.
    """

    kind: str
    site: Site
    name: str
    reference: Ref
    layers: tuple[Layer | Unknown, ...] = ()
    heads: tuple[Head | Unknown, ...] = ()
    entries: tuple[Entry, ...] = ()
    lost: Unknown | None = None
    touched: Unknown | None = None
    own_training: bool = False  # train_step or fit is overridden, or may be
    wiring: Wiring = field(default_factory=Wiring)
    shapes: Shapes = field(default_factory=lambda: Shapes(Wiring()))
    of: Class | None = None

    def all_layers(self) -> Iterator[Layer]:
        """Its layers that are known, and those that are nested in them."""
        pending = list(self.layers)
        while pending:
            layer = pending.pop(0)
            if isinstance(layer, Layer):
                yield layer
                pending += layer.layers


@dataclass(frozen=True, slots=True)
class Optimizer:
    """``string`` is set where it is given by its name alone.

    ``config`` holds what is passed, ``defaults`` what Keras takes for the rest. ``default`` is
    where a command line assumes the optimizer, when nobody says otherwise.
    """

    name: str
    site: Site
    string: str | None = None
    config: Mapping[str, Value] = field(default_factory=dict)
    more: Unknown | None = None
    default: Site | None = None
    defaults: Mapping[str, Value] = field(default_factory=dict)

    def argument(self, name: str) -> Value | None:
        return self.config.get(name, self.more)

    @property
    def learning_rate(self) -> Value | None:
        """The rate, as it is given today or was before Keras 2.3, or else by default."""
        given = self.config.get("learning_rate", self.config.get("lr", self.more))
        return given if given is not None else self.defaults.get("learning_rate")


@dataclass(frozen=True, slots=True)
class Loss:
    """``name`` as Keras' function for it is called: ``mean_squared_error``."""

    name: str
    site: Site
    from_logits: Answer = Answer.NO
    config: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Metric:
    """``path`` is the dotted path of a library's metric, empty where it is given by its name."""

    name: str
    site: Site
    path: str = ""
    config: Mapping[str, Value] = field(default_factory=dict)
    more: Unknown | None = None

    def argument(self, name: str) -> Value | None:
        return self.config.get(name, self.more)


@dataclass(frozen=True, slots=True)
class Compiled:
    """``losses`` has one for each head of the model, or one for all.

    ``reports`` are the metrics as they are logged, None where that is not known of each.
    """

    site: Site
    optimizer: Optimizer | Unknown
    losses: tuple[Loss | Unknown, ...]
    metrics: tuple[Metric | Unknown, ...]
    reports: tuple[Reported, ...] | None = None


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback that is passed; ``of`` is its class where that is the project's own.

    ``path`` is the dotted path of a library's class.
    """

    name: str
    site: Site
    config: Mapping[str, Value] = field(default_factory=dict)
    more: Unknown | None = None
    of: Class | None = None
    path: str = ""

    def argument(self, name: str) -> Value | None:
        return self.config.get(name, self.more)


class Output(NamedTuple):
    """A head of the model with the loss and the labels that training compares it with."""

    head: Head
    loss: Loss
    labels: Data | None


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """One ``fit``, or one of its kin, in one context.

    ``site`` stands in the file that was asked about, ``call`` at the call itself, which may
    be in a file that it imports. ``features`` and ``labels`` have one value for each input
    and output of the model. ``arguments`` are those of the call by today's names.
    """

    site: Site
    call: Site
    method: str
    model: Model | Unknown
    compiled: Compiled | Unknown
    features: tuple[Value, ...] = ()
    labels: tuple[Value, ...] = ()
    arguments: Mapping[str, Value] = field(default_factory=dict)
    callbacks: tuple[Callback | Unknown, ...] = ()
    listed: bool = False  # the callbacks are passed in a list or tuple
    validated: Answer = Answer.NO
    in_loop: bool = False
    more: Unknown | None = None
    units: frozenset[int] = frozenset()
    late: tuple[Const, ...] = ()

    @property
    def resolved(self) -> bool:
        """Whether the model and its compilation are known."""
        return (
            isinstance(self.model, Model)
            and self.model.lost is None
            and isinstance(self.compiled, Compiled)
        )

    @property
    def uncompiled(self) -> bool:
        """Whether nothing that was read compiles the model."""
        return isinstance(self.compiled, Unknown) and self.compiled.reason == NOT_COMPILED

    @property
    def epochs(self) -> Const | Unknown:
        """A constant, with ``default`` set where only a command line assumes it."""
        value = self.arguments.get("epochs", self.more or Const(1))
        if isinstance(value, Const) and isinstance(value.value, int):
            return value
        return value if isinstance(value, Unknown) else Unknown("the number of epochs", self.call)

    @property
    def short(self) -> bool:
        """Whether it lasts a few epochs only, in which nothing is gained by stopping."""
        epochs = constant(self.epochs)
        return isinstance(epochs, int) and epochs <= _FEW_EPOCHS and not self.in_loop

    @property
    def batch_size(self) -> int | None:
        found = constant(self.arguments.get("batch_size", self.more or Const(32)))
        return found if isinstance(found, int) else None

    def outputs(self) -> Iterator[Output]:
        """The heads whose loss is known, while nothing unknown may have changed the model."""
        model, compiled = self.model, self.compiled
        if isinstance(model, Unknown) or isinstance(compiled, Unknown):
            return
        if model.touched or model.own_training or len(model.heads) != len(compiled.losses):
            return
        matched = len(self.labels) == len(model.heads)
        labels = self.labels if matched else (None,) * len(model.heads)
        for head, loss, target in zip(model.heads, compiled.losses, labels, strict=True):
            if isinstance(head, Head) and isinstance(loss, Loss):
                yield Output(head, loss, target if isinstance(target, Data) else None)

    def here(self, site: Site) -> Site:
        """``site`` where it lies in the file that was asked about, else the run's own."""
        return site if site.unit in self.units else self.site
