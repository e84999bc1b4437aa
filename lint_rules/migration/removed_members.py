"""Methods and attributes that objects of Keras have no longer.

``of`` is the kind of the object as a :class:`~tfcheck.script.Mention` of a member has it: a model,
or the module in which the class of a layer or optimizer stands.
"""

from __future__ import annotations

from lint_rules.migration.rows import SAFE, UNSAFE, Member

_ONE_CLASS = "(model.predict(x) > 0.5).astype('int32')"
_CLASSES = "model.predict(x).argmax(axis=-1)"

REMOVED_MEMBERS = (
    Member("model", "fit_generator", "fit"),
    Member("model", "evaluate_generator", "evaluate"),
    Member("model", "predict_generator", "predict"),
    Member("model", "predict_classes", instead=f"{_CLASSES}, or {_ONE_CLASS}", since=(2, 6)),
    Member("model", "predict_proba", "predict", SAFE, since=(2, 6)),
    Member("model", "to_yaml", instead="model.to_json()", since=(2, 6)),
    Member("model", "reset_states", instead="reset_states of each stateful layer"),
    Member("model", "uses_learning_phase"),
    Member("model", "state_updates"),
    Member("keras.layers", "input_shape", "input.shape", UNSAFE),
    Member("keras.layers", "output_shape", "output.shape", UNSAFE),
    Member("keras.layers", "get_input_at", instead="layer.input"),
    Member("keras.layers", "get_output_at", instead="layer.output"),
    Member("keras.layers", "get_input_shape_at", instead="layer.input.shape"),
    Member("keras.layers", "get_output_shape_at", instead="layer.output.shape"),
    Member("keras.layers", "inbound_nodes", instead="layer.output"),
    Member("keras.layers", "outbound_nodes"),
    Member("keras.optimizers", "lr", "learning_rate", SAFE),
)
