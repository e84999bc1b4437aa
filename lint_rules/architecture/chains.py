"""How layers follow each other, for the rules of this family."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tfcheck.rule import Because, Draft, Site
from tfcheck.script import Script
from tfcheck.script.data import Shape
from tfcheck.script.training import LINEAR, Layer, Model, Node, TrainingRun
from tfcheck.script.values import Symbol, Unknown, constant, string

DENSE = frozenset({"Dense"})
CONVOLUTIONS = frozenset(
    "Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose SeparableConv1D "
    "SeparableConv2D DepthwiseConv1D DepthwiseConv2D".split()
)
RECURRENT = frozenset({"GRU", "LSTM", "SimpleRNN"})

# Layers that apply one activation and have no settings that matter here.
_APPLIES = {"ReLU": "relu", "Softmax": "softmax"}

_NAMES = frozenset(
    "elu exponential gelu hard_sigmoid leaky_relu linear log_softmax mish relu relu6 selu sigmoid "
    "silu softmax softplus softsign swish tanh".split()
)

# These hand on each number, or drop, move or weigh it, and do not bend anything.
STRAIGHT = frozenset(
    "ActivityRegularization AlphaDropout BatchNormalization Dropout GaussianDropout "
    "GaussianNoise Identity SpatialDropout1D SpatialDropout2D SpatialDropout3D".split()
)


def trained(script: Script) -> Iterator[tuple[TrainingRun, Model]]:
    """The models that are trained, where nothing unknown may have changed them."""
    for run in script.runs:
        if isinstance(run.model, Model) and run.model.touched is None:
            yield run, run.model


def once(drafts: Iterable[Draft]) -> Iterator[Draft]:
    """The first finding at each place: a model is trained again, or built in several ways."""
    seen: set[Site] = set()
    for draft in drafts:
        if draft.site not in seen:
            seen.add(draft.site)
            yield draft


def consumers(model: Model) -> Mapping[Node, list[Node]]:
    """For each node those that it feeds."""
    found: dict[Node, list[Node]] = {node: [] for node in model.wiring.nodes}
    for node in model.wiring.nodes:
        for each in dict.fromkeys(node.inputs):
            found[each].append(node)
    return found


def ends(model: Model) -> frozenset[Node]:
    """The outputs of a model, and of the models in it, which others may use or have trained."""
    inner = (node for whole in model.wiring.wholes for node in whole.outputs)
    return frozenset((*model.wiring.outputs, *inner))


def is_keras(node: Node, names: frozenset[str]) -> bool:
    """Whether a node is one of these layers of Keras."""
    layer = node.layer
    return (
        isinstance(layer, Layer)
        and not layer.own
        and layer.name in names
        and layer.path.startswith("keras.layers.")
    )


def activation(layer: Layer) -> str | None:
    """The activation that a layer with weights applies; None where it is not known."""
    given = layer.argument("activation")
    if given is None or constant(given) is None:
        return LINEAR
    name = string(given)
    if name is None and isinstance(given, Symbol):
        name = given.name
    return name.lower() if name is not None and name.lower() in _NAMES else None


def applied(node: Node) -> str | None:
    """The activation that a node applies and nothing else; None for any other node."""
    layer = node.layer
    if isinstance(layer, Unknown) or layer.own:
        return None
    if layer.path == "keras.layers.Activation":
        return activation(layer)
    if layer.path.startswith("keras.layers."):
        return None if layer.config or layer.more else _APPLIES.get(layer.name)
    library = layer.path.partition(".")[0]
    alone = len(node.inputs) == 1 and not node.others and not layer.config
    return (
        layer.name
        if alone and library in ("keras", "tensorflow") and layer.name in _NAMES
        else None
    )


def written(shape: Shape) -> str:
    """A shape without its batch: ``28 x 28 x 1``."""
    return " x ".join("?" if each is None else str(each) for each in shape[1:]) or "one number"


def source_of(node: Node, model: Model) -> Because | None:
    """Where the shape comes from that a node is given."""
    for each in node.inputs:
        output = model.shapes.flow(each).output
        if output is None or isinstance(each.layer, Unknown):
            continue
        if each.layer.name == "InputLayer":
            return Because(each.site, f"the input is {written(output)}")
        return Because(each.layer.site, f"{each.layer.name} gives {written(output)}")
    return None
