"""Models: how they are built, compiled and trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from tfcheck.rule import Site
from tfcheck.script.data import Data
from tfcheck.script.store import Compile, DictState, ListState, ModelState, ObjectState
from tfcheck.script.values import (
    NONE,
    Class,
    Const,
    Function,
    Method,
    Ref,
    Tensor,
    Tuple,
    Unknown,
    Value,
    integer,
    join,
)

from .keras_layers import frozen, tensors
from .preprocessing import apply_layers
from .registry import function, method

if TYPE_CHECKING:
    from tfcheck.script.calls import Call
    from tfcheck.script.interpreter import Interpreter

MODEL_CLASSES = frozenset({"keras.Model", "keras.Sequential"})

_COMPILE = ("optimizer", "loss", "metrics", "loss_weights")
_COMPILE_DEFAULTS: Mapping[str, Value] = {
    "optimizer": Const("rmsprop"),
    "loss": NONE,
    "metrics": NONE,
}

# Names of the parameters that data and settings have in fit and its kin, by position.
_FIT = (
    "x y batch_size epochs verbose callbacks validation_split validation_data shuffle "
    "class_weight sample_weight initial_epoch steps_per_epoch"
).split()
_FIT_GENERATOR = (
    "x steps_per_epoch epochs verbose callbacks validation_data validation_steps "
    "validation_freq class_weight max_queue_size workers use_multiprocessing shuffle initial_epoch"
).split()
_TRAIN_ON_BATCH = "x y sample_weight class_weight".split()
_FORMER_ARGUMENTS = {
    "nb_epoch": "epochs",
    "generator": "x",
    "samples_per_epoch": "steps_per_epoch",
    "nb_val_samples": "validation_steps",
}
TRAINING = {"fit": _FIT, "fit_generator": _FIT_GENERATOR, "train_on_batch": _TRAIN_ON_BATCH}


# Construction


@function("keras.Sequential")
def _sequential(call: Call) -> Value:
    return call.interpreter.store.allocate(
        _as_sequential(call, ModelState("sequential", call.site))
    )


def _as_sequential(call: Call, state: ModelState) -> ModelState:
    layers = call.arg(0, "layers")
    if layers is None or layers == NONE:
        return replace(state, kind="sequential", of="keras.Sequential")
    return replace(state, kind="sequential", layers=_layers(call, layers), of="keras.Sequential")


def _layers(call: Call, value: Value) -> tuple[Value, ...]:
    items = call.interpreter.calls.items(value)
    if items is not None:
        return tuple(items)
    lost = value if isinstance(value, Unknown) else call.lost("layers that are not known")
    state = call.interpreter.store.state(value, ListState)
    return (*state.items, lost) if state is not None else (lost,)


@function("keras.Model")
def _model(call: Call) -> Value:
    return call.interpreter.store.allocate(
        _as_functional(call, ModelState("functional", call.site))
    )


def _as_functional(call: Call, state: ModelState) -> ModelState:
    inputs = call.arg(0, "inputs", "input")
    outputs = call.arg(1, "outputs", "output")
    lost = None
    if inputs is None or outputs is None:
        lost = call.lost("a model is made without inputs or outputs")
    return replace(
        state,
        kind="functional",
        inputs=_ends(call, inputs),
        outputs=_ends(call, outputs),
        lost=lost,
    )


def _ends(call: Call, value: Value | None) -> tuple[Value, ...]:
    """The tensors that a model begins or ends with, given alone, in a list or in a dict."""
    if value is None:
        return ()
    state = call.interpreter.store.state(value, DictState)
    if state is not None:
        return tuple(state.items.values())
    if isinstance(value, (Tuple, Ref)):
        items = call.interpreter.calls.items(value)
        return tuple(items) if items is not None else (call.lost("tensors that are not known"),)
    return (value,)


def construct_base(call: Call, reference: Ref, base: str) -> None:
    """What the constructor of a library class does to an object of a class of the project."""
    state = call.interpreter.store.state(reference, ModelState)
    if state is None:
        return
    if base == "keras.Sequential":
        made = _as_sequential(call, state)
    elif call.arg(1, "outputs") is not None:
        made = _as_functional(call, state)
    else:
        return
    call.interpreter.store.set(reference, replace(made, of=state.of))


@method("model", "super.__init__", "__init__")
def _initialise(call: Call) -> Value:
    reference = cast("Ref", call.receiver)
    state = cast("ModelState", call.interpreter.store.get(reference))
    if isinstance(state.of, Class):
        bases = state.of.library_bases()
        construct_base(call, reference, bases[0] if bases else "")
    return NONE


def application(call: Call) -> Value:
    """A model of ``keras.applications``."""
    config = dict(zip(("include_top", "weights"), call.args, strict=False))
    config.update(call.keywords)
    config = {name: frozen(call.interpreter, value) for name, value in config.items()}
    source = config.get("input_tensor")
    inputs = (source,) if isinstance(source, Tensor) else ()
    state = ModelState("application", call.site, of=call.path, config=config, inputs=inputs)
    return call.interpreter.store.allocate(state)


@function(
    "keras.models.load_model",
    "keras.models.model_from_json",
    "keras.models.model_from_yaml",
    "keras.models.model_from_config",
    "keras.Model.from_config",
    "keras.Sequential.from_config",
)
def _load(call: Call) -> Value:
    lost = call.lost(f"{call.path.rpartition('.')[2]} reads it from a file")
    return call.interpreter.store.allocate(ModelState("loaded", call.site, lost=lost))


@function("keras.models.clone_model")
def _clone(call: Call) -> Value:
    source = call.arg(0, "model")
    state = call.interpreter.store.state(source, ModelState) if source is not None else None
    if state is None:
        return call.lost("a clone of a model that is not known")
    changed = call.arg(2, "clone_function")
    lost = state.lost if changed is None else call.lost("each layer is cloned by a function")
    return call.interpreter.store.allocate(replace(state, compiles=(), lost=lost))


@function("keras.utils.multi_gpu_model")
def _multi_gpu(call: Call) -> Value:
    return call.args[0] if call.args else call.lost("a model that is not known")


# Changing a model


def _model_of(call: Call) -> tuple[Ref, ModelState]:
    reference = cast("Ref", call.receiver)
    return reference, cast("ModelState", call.interpreter.store.get(reference))


@method("model", "add")
def _add(call: Call) -> Value:
    reference, state = _model_of(call)
    added = call.arg(0, "layer") or call.lost("a layer that is not known")
    call.interpreter.store.set(reference, replace(state, layers=(*state.layers, added)))
    return NONE


@method("model", "pop")
def _pop(call: Call) -> Value:
    reference, state = _model_of(call)
    call.interpreter.store.set(reference, replace(state, layers=state.layers[:-1]))
    return NONE


@method("model", "compile", "super.compile")
def _compile(call: Call) -> Value:
    reference, state = _model_of(call)
    arguments = dict(zip(_COMPILE, call.args, strict=False))
    arguments.update(call.keywords)
    filled = {**_COMPILE_DEFAULTS, **arguments}
    if call.more is not None:
        filled = {**dict.fromkeys(_COMPILE_DEFAULTS, call.more), **arguments}
    made = Compile(
        call.site,
        filled["optimizer"],
        filled["loss"],
        filled["metrics"],
        {name: value for name, value in arguments.items() if name not in _COMPILE_DEFAULTS},
        call.more,
    )
    call.interpreter.store.set(reference, replace(state, compiles=(made,), began=None))
    call.interpreter.recorder.compiled(call, reference)
    return NONE


@method("model", "build")
def _build(call: Call) -> Value:
    reference, state = _model_of(call)
    shape = call.arg(0, "input_shape")
    built = None if shape is None else frozen(call.interpreter, shape)
    call.interpreter.store.set(reference, replace(state, built=built))
    return NONE


# Using a model


def call_model(call: Call, reference: Ref, state: ModelState) -> Value:
    """A model called like a layer."""
    value = call.arg(0, "inputs")
    if value is None:
        return call.lost("a model is called on nothing")
    if isinstance(value, Data) and state.kind == "sequential" and state.lost is None:
        return apply_layers(call, state.layers, value)
    found = tensors(call.interpreter, value)
    if found or isinstance(value, Unknown):
        return Tensor(reference, tuple(found or [value]), call.site)
    return call.lost("the predictions of a model")


def attribute(
    interpreter: Interpreter, reference: Ref, state: ModelState, name: str, site: Site
) -> Value | None:
    """An attribute that Keras gives a model; None where it is a method or not known."""
    if name in ("output", "outputs"):
        return _output(interpreter, reference, state, name, site)
    if name in ("input", "inputs"):
        if state.inputs:
            single = len(state.inputs) == 1 and name == "input"
            return state.inputs[0] if single else Tuple(state.inputs)
        return Tensor("input", (), site)
    if name == "layers":
        known = state.kind == "sequential" and state.lost is None
        lost = Unknown("the layers of a model that is not built layer by layer", site)
        if not known:
            # Any of them may be frozen by what is done to them, so the model no longer says.
            attributes = {"trainable": lost, **state.attributes}
            interpreter.store.set(reference, replace(state, attributes=attributes))
        return interpreter.store.allocate(ListState(state.layers)) if known else lost
    if name == "optimizer" and state.compiles:
        found = join(*(each.optimizer for each in state.compiles))
        return Method(reference, name) if isinstance(found, Const) else found
    return None


def change_optimizer(interpreter: Interpreter, value: Value, site: Site) -> None:
    """Forget the settings of an optimizer, or of a model's, when something in it is changed.

    ``value`` is the optimizer, or an attribute of it: ``model.optimizer.learning_rate``.
    """
    while isinstance(value, Method) and not _is_optimizer_of_model(interpreter, value):
        value = value.receiver
    lost = Unknown("its optimizer is changed after it is made", site)
    store = interpreter.store
    state = store.state(value, ObjectState)
    if isinstance(value, Ref) and state is not None and state.path.startswith("keras.optimizers."):
        store.set(value, replace(state, more=state.more or lost))
    elif isinstance(value, Method) and isinstance(value.receiver, Ref):
        model = store.state(value.receiver, ModelState)
        assert model is not None
        compiles = tuple(replace(each, optimizer=lost) for each in model.compiles)
        store.set(value.receiver, replace(model, compiles=compiles))


def _is_optimizer_of_model(interpreter: Interpreter, value: Method) -> bool:
    is_model = interpreter.store.state(value.receiver, ModelState) is not None
    return value.name == "optimizer" and is_model


def _output(
    interpreter: Interpreter, reference: Ref, state: ModelState, name: str, site: Site
) -> Value:
    if state.kind == "functional" and state.outputs:
        single = len(state.outputs) == 1 and name == "output"
        return state.outputs[0] if single else Tuple(state.outputs)
    inputs = state.inputs or (Tensor("input", (), state.site),)
    return Tensor(reference, inputs, site)


@method("model", "get_layer")
def _get_layer(call: Call) -> Value:
    _, state = _model_of(call)
    position = integer(call.arg(1, "index"))
    if (
        state.kind == "sequential"
        and position is not None
        and -len(state.layers) <= position < len(state.layers)
    ):
        return state.layers[position]
    return call.lost("a layer by its name")


@method("model", "predict", "predict_on_batch", "predict_generator", "predict_proba")
def _predict(call: Call) -> Value:
    return call.lost("the predictions of a model")


@method(
    "model",
    *"summary evaluate evaluate_generator test_on_batch save save_weights load_weights "
    "predict_classes get_config count_params reset_states reset_metrics get_weights "
    "set_weights to_json to_yaml export make_train_function".split(),
)
def _use(call: Call) -> Value:
    return call.lost("what a model gives")


def fit_arguments(call: Call, name: str) -> dict[str, Value]:
    """What is passed to ``fit`` or one of its kin, by the names that arguments have today."""
    arguments: dict[str, Value] = dict(zip(TRAINING[name], call.args, strict=False))
    for keyword, value in call.keywords.items():
        arguments[_FORMER_ARGUMENTS.get(keyword, keyword)] = value
    return arguments


def train(call: Call, name: str) -> Value:
    """``fit`` and its kin: one training run."""
    call.interpreter.recorder.fit(call, name, fit_arguments(call, name))
    return call.lost("the history of a training run")


for _name in TRAINING:
    method("model", _name)(lambda call, name=_name: train(call, name))  # type: ignore[misc]


def outputs_of_subclass(
    interpreter: Interpreter, reference: Ref, state: ModelState, site: Site
) -> Value:
    """What ``call`` of a subclass of Model returns for a symbolic input."""
    from tfcheck.script.calls import Call as NewCall

    assert isinstance(state.of, Class)
    found = state.of.lookup("call")
    if not isinstance(found, Function):
        return Unknown(f"{state.of.name} has no call method that could be read", state.site)
    inner = NewCall(interpreter, site, [Tensor("input", (), site)])
    with interpreter.recorder.silence():
        return interpreter.calls.call(Method(reference, "call", found), inner)


__all__ = [
    "MODEL_CLASSES",
    "TRAINING",
    "application",
    "attribute",
    "call_model",
    "change_optimizer",
    "construct_base",
    "fit_arguments",
    "outputs_of_subclass",
    "train",
]
