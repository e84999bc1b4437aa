"""Keras 3 and Keras 2: the few places where a trial must know which of them a model is of."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from runtime_probe.child.setup import Setup


def framework(model: Any) -> Any:
    """The module that the model comes from, ``keras`` or ``tf_keras``."""
    legacy = sys.modules.get("tf_keras")
    if legacy is not None and isinstance(model, legacy.Model):
        return legacy
    import keras

    return keras


def is_legacy(model: Any) -> bool:
    """Whether it is of Keras 2, which lets AutoGraph rewrite branches on tensors when it traces."""
    return bool(framework(model).__name__ == "tf_keras")


def makes_own(model: Any, method: str) -> bool:
    """Whether the model brings a ``train_step`` or ``test_step`` of its own."""
    kept: object = getattr(framework(model).Model, method)
    return getattr(type(model), method) is not kept


def call_arguments(method: Callable[..., Any], training: bool) -> dict[str, bool]:
    """``training`` for a method that asks for it: those of a model of one's own may not."""
    asked = "training" in inspect.signature(method).parameters
    return {"training": training} if asked else {}


def optimizer_variables(optimizer: Any) -> list[Any]:
    variables = optimizer.variables  # a method of the oldest optimizers
    return list(variables() if callable(variables) else variables)


def build_optimizer(optimizer: Any, variables: list[Any]) -> None:
    build = getattr(optimizer, "build", None) or optimizer._create_all_weights
    build(variables)


def loss_scaling(optimizer: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """What makes of a loss the one to differentiate, and of its gradients those to apply.

    The optimizers of Keras 3 undo themselves what they did to the loss.
    """
    if hasattr(optimizer, "get_scaled_loss"):
        return optimizer.get_scaled_loss, optimizer.get_unscaled_gradients
    return getattr(optimizer, "scale_loss", _unchanged), _unchanged


def _unchanged(value: Any) -> Any:
    return value


def own_optimizers(model: Any) -> dict[str, Any]:
    """Optimizers that the model holds besides that of ``compile``, as adversarial ones do."""
    kind = framework(model).optimizers.Optimizer
    return {
        name: value
        for name, value in vars(model).items()
        if name != "optimizer" and isinstance(value, kind)
    }


def global_generator(model: Any) -> Any:
    """The state behind random numbers that are drawn without a generator, None if there is none."""
    if is_legacy(model):
        return None
    from keras.src.backend.common import global_state

    generator = global_state.get_global_attribute("global_seed_generator")
    return None if generator is None else generator.state


def compile_state(setup: Setup, optimizer: Any) -> dict[str, Any]:
    """The attributes that ``compile`` would set for this training; ``compile`` sets many more."""
    state: dict[str, Any] = {"optimizer": optimizer}
    if setup.loss is None:
        return state
    names = getattr(setup.model, "output_names", None)
    if is_legacy(setup.model):
        from tf_keras.src.engine.compile_utils import LossesContainer

        container = LossesContainer(setup.loss, setup.loss_weights, output_names=names)
        return {**state, "loss": setup.loss, "compiled_loss": container}
    from keras.src.trainers.compile_utils import CompileLoss

    compiled = CompileLoss(setup.loss, setup.loss_weights, output_names=names)
    return {**state, "loss": setup.loss, "_compile_loss": compiled}


@contextmanager
def lent(model: Any, attributes: Mapping[str, Any]) -> Iterator[None]:
    """Gives the model these attributes for a while, without its tracking what it is given."""
    own = vars(model)
    before = {name: own[name] for name in attributes if name in own}
    own.update(attributes)
    try:
        yield
    finally:
        for name in attributes:
            own.pop(name, None)
        own.update(before)
