"""Optimizers, losses, metrics, callbacks and schedules: the arguments by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcheck.script.store import ObjectState
from tfcheck.script.values import NONE, Method, Value

from .registry import FUNCTIONS, method

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
    "keras.callbacks.EarlyStopping": "monitor min_delta patience verbose mode baseline",
    "keras.callbacks.LearningRateScheduler": "schedule verbose",
    "keras.callbacks.ModelCheckpoint": "filepath monitor verbose save_best_only",
    "keras.callbacks.ReduceLROnPlateau": "monitor factor patience verbose mode min_delta",
    "keras.callbacks.TensorBoard": "log_dir histogram_freq",
    "keras.callbacks.CSVLogger": "filename separator append",
    "keras.callbacks.LambdaCallback": "on_epoch_begin on_epoch_end",
}

_FORMER_NAMES = {"lr": "learning_rate"}


def _construct(call: Call) -> Value:
    parameters = _SIGNATURES[call.path].split()
    config = dict(zip(parameters, call.args, strict=False))
    for name, value in call.keywords.items():
        config[_FORMER_NAMES.get(name, name)] = value
    state = ObjectState(call.path, config, call.site, more=call.more)
    return call.interpreter.store.allocate(state)


FUNCTIONS.update(dict.fromkeys(_SIGNATURES, _construct))


@method("tensorflow.GradientTape", "gradient")
def _gradient(call: Call) -> Value:
    variables = call.arg(1, "sources")
    if isinstance(variables, Method) and "variables" in variables.name:
        call.interpreter.recorder.tape(call, variables.receiver)
    return call.lost("gradients")


@method("optimizer", "apply_gradients", "apply", "minimize")
def _apply_gradients(call: Call) -> Value:
    call.interpreter.recorder.applied(call.interpreter, call.receiver)
    return NONE
