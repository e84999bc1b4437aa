"""The same activation is applied twice in a row.

## What it does
Reports a layer with an activation whose output goes straight into the same activation again, as
in `Dense(16, activation="tanh")` followed by `Activation("tanh")`. Twice relu is a note.

## Why is this bad?
A second relu changes nothing and costs a little. A second sigmoid or tanh squeezes what was
squeezed already: gradients get smaller for no gain. One of the two is a leftover.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
hidden = [keras.layers.Dense(16, activation="tanh"), keras.layers.Activation("tanh")]
model = keras.Sequential([*hidden, keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=20)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
hidden = [keras.layers.Dense(16, activation="tanh")]
model = keras.Sequential([*hidden, keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=20)
```

## Fix safety
No fix yet.

## What it does not claim
Anything about two softmax or sigmoid at the end of a model, which are `double-softmax`.

## References
- [Keras: activations](https://keras.io/api/layers/activations/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Head, Layer, Model, Node, TrainingRun

from .chains import CONVOLUTIONS, DENSE, activation, applied, is_keras, once, trained

_TWICE_IS_ONCE = frozenset({"relu", "relu6"})
_SQUEEZES = frozenset({"hard_sigmoid", "sigmoid", "softmax", "softsign", "tanh"})


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    yield from once(draft for run, model in trained(script) for draft in _of_model(run, model))


def _of_model(run: TrainingRun, model: Model) -> Iterator[Draft]:
    heads = [head for head in model.heads if isinstance(head, Head)]
    final = {each.site for head in heads for each in head.activations}
    needed = {
        node.layer.site
        for node in model.wiring.nodes
        if isinstance(node.layer, Layer) and not _is_applied_twice(node)
    }
    for node in model.wiring.nodes:
        name = applied(node)
        if name is None or len(node.inputs) != 1 or name not in _TWICE_IS_ONCE | _SQUEEZES:
            continue
        before = node.inputs[0]
        if not isinstance(node.layer, Layer) or not _is_applied_twice(node):
            continue
        if node.layer.site in needed:  # in the first round of a loop only
            continue
        if node.layer.site in final and name in _SQUEEZES:
            continue
        harmless = name in _TWICE_IS_ONCE
        effect = ": it changes nothing" if harmless else ", which squeezes it once more"
        yield Draft(
            run.here(node.layer.site),
            f"{name} is applied to what went through {name} already{effect}",
            (
                Because(before.layer.site or run.call, f"{name} is applied here"),
                Because(run.call, "the model is trained"),
            ),
            "leave out one of the two",
            Severity.NOTE if harmless else None,
        )


def _is_applied_twice(node: Node) -> bool:
    name = applied(node)
    return name is not None and len(node.inputs) == 1 and _ends_in(node.inputs[0]) == name


def _ends_in(node: Node) -> str | None:
    """The activation at the end of a node."""
    if is_keras(node, DENSE | CONVOLUTIONS) and isinstance(node.layer, Layer):
        return activation(node.layer)
    return applied(node)


RULE = Rule("TFC402", "redundant-activation", Severity.WARNING, check, __doc__)
