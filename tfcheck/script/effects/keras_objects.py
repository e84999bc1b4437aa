"""Optimizers, losses, metrics, callbacks and schedules: the arguments by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tfcheck.script.store import DictState, ObjectState
from tfcheck.script.values import NONE, Method, Value, string

from .keras_models import change_optimizer
from .registry import FUNCTIONS, function, method

if TYPE_CHECKING:
    from tfcheck.script.calls import Call

_ADAPTIVE = "learning_rate beta_1 beta_2 epsilon"

# Positional parameters, as Keras 3 orders them.
_SIGNATURES = {
    "keras.optimizers.Adadelta": "learning_rate rho epsilon",
    "keras.optimizers.Adagrad": "learning_rate initial_accumulator_value epsilon",
    "keras.optimizers.Adam": _ADAPTIVE,
    "keras.optimizers.Adamax": _ADAPTIVE,
    "keras.optimizers.AdamW": "learning_rate weight_decay beta_1 beta_2 epsilon",
    "keras.optimizers.Ftrl": "learning_rate learning_rate_power",
    "keras.optimizers.Lion": "learning_rate beta_1 beta_2",
    "keras.optimizers.Nadam": _ADAPTIVE,
    "keras.optimizers.RMSprop": "learning_rate rho momentum epsilon",
    "keras.optimizers.SGD": "learning_rate momentum nesterov",
    "keras.optimizers.schedules.CosineDecay": "initial_learning_rate decay_steps alpha",
    "keras.optimizers.schedules.CosineDecayRestarts": "initial_learning_rate first_decay_steps",
    "keras.optimizers.schedules.ExponentialDecay": (
        "initial_learning_rate decay_steps decay_rate staircase"
    ),
    "keras.optimizers.schedules.InverseTimeDecay": (
        "initial_learning_rate decay_steps decay_rate staircase"
    ),
    "keras.optimizers.schedules.PiecewiseConstantDecay": "boundaries values",
    "keras.optimizers.schedules.PolynomialDecay": (
        "initial_learning_rate decay_steps end_learning_rate power"
    ),
    "keras.losses.BinaryCrossentropy": "from_logits label_smoothing",
    "keras.losses.BinaryFocalCrossentropy": "apply_class_balancing alpha gamma from_logits",
    "keras.losses.CategoricalCrossentropy": "from_logits label_smoothing",
    "keras.losses.CategoricalFocalCrossentropy": "alpha gamma from_logits",
    "keras.losses.CosineSimilarity": "axis",
    "keras.losses.Hinge": "reduction",
    "keras.losses.Huber": "delta",
    "keras.losses.KLDivergence": "reduction",
    "keras.losses.LogCosh": "reduction",
    "keras.losses.MeanAbsoluteError": "reduction",
    "keras.losses.MeanAbsolutePercentageError": "reduction",
    "keras.losses.MeanSquaredError": "reduction",
    "keras.losses.MeanSquaredLogarithmicError": "reduction",
    "keras.losses.Poisson": "reduction",
    "keras.losses.SparseCategoricalCrossentropy": "from_logits ignore_class",
    "keras.callbacks.EarlyStopping": (
        "monitor min_delta patience verbose mode baseline restore_best_weights start_from_epoch"
    ),
    "keras.callbacks.LearningRateScheduler": "schedule verbose",
    "keras.callbacks.ModelCheckpoint": (
        "filepath monitor verbose save_best_only save_weights_only mode save_freq"
    ),
    "keras.callbacks.ReduceLROnPlateau": (
        "monitor factor patience verbose mode min_delta cooldown min_lr"
    ),
    "keras.callbacks.TensorBoard": "log_dir histogram_freq",
    "keras.callbacks.CSVLogger": "filename separator append",
    "keras.callbacks.LambdaCallback": "on_epoch_begin on_epoch_end",
}

# What Keras 3 takes where nothing is said, by the name of the optimizer.
_MOMENTS: Mapping[str, object] = {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999}
OPTIMIZER_DEFAULTS: Mapping[str, Mapping[str, object]] = {
    "adadelta": {"learning_rate": 0.001, "rho": 0.95},
    "adafactor": {"learning_rate": 0.001, "beta_2_decay": -0.8, "relative_step": True},
    "adagrad": {"learning_rate": 0.001, "initial_accumulator_value": 0.1},
    "adam": {**_MOMENTS, "amsgrad": False},
    "adamax": _MOMENTS,
    "adamw": {**_MOMENTS, "weight_decay": 0.004, "amsgrad": False},
    "ftrl": {"learning_rate": 0.001, "learning_rate_power": -0.5},
    "lamb": _MOMENTS,
    "lion": {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.99},
    "nadam": _MOMENTS,
    "rmsprop": {"learning_rate": 0.001, "rho": 0.9, "momentum": 0.0, "centered": False},
    "sgd": {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False},
}


def _construct(call: Call) -> Value:
    parameters = _SIGNATURES[call.path].split()
    config = dict(zip(parameters, call.args, strict=False))
    config.update(call.keywords)
    state = ObjectState(call.path, config, call.site, more=call.more)
    return call.interpreter.store.allocate(state)


FUNCTIONS.update(dict.fromkeys(_SIGNATURES, _construct))


@function("keras.backend.set_value")
def _set_value(call: Call) -> Value:
    change_optimizer(call.interpreter, call.arg(0, "x") or NONE, call.site)
    return NONE


_VARIABLES = frozenset({"trainable_variables", "trainable_weights", "variables", "weights"})


@function("keras.optimizers.get", "keras.losses.get", "keras.metrics.get", "keras.activations.get")
def _get(call: Call) -> Value:
    """What a name stands for is the same wherever Keras takes one."""
    value = call.arg(0, "identifier")
    return value if value is not None else call.lost("nothing is asked for")


@function("keras.optimizers.deserialize", "keras.losses.deserialize")
def _deserialize(call: Call) -> Value:
    state = call.interpreter.store.state(call.arg(0, "config") or NONE, DictState)
    if state is None or state.more is not None:
        return call.lost("something made of settings that are not known")
    name = string(state.items.get("class_name"))
    settings = call.interpreter.store.state(state.items.get("config", NONE), DictState)
    if name is None or settings is None:
        return call.lost("something made of settings that are not known")
    path = f"{call.path.rpartition('.')[0]}.{name}"
    made = ObjectState(path, dict(settings.items), call.site, more=settings.more)
    return call.interpreter.store.allocate(made)


@method("tensorflow.GradientTape", "gradient")
def _gradient(call: Call) -> Value:
    variables = call.arg(1, "sources")
    if isinstance(variables, Method) and variables.name in _VARIABLES:
        call.interpreter.recorder.tape(call, variables.receiver)
    return call.lost("gradients")


@method("optimizer", "apply_gradients", "apply", "minimize")
def _apply_gradients(call: Call) -> Value:
    call.interpreter.recorder.applied(call.interpreter, call.receiver)
    return NONE
