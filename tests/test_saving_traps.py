"""Models that are saved and can be loaded, each beside one that cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Command, Write

SCRIPT = """
import keras
from sklearn.datasets import make_moons
{define}
x, y = make_moons(200)
model = keras.Sequential([{layer}, keras.layers.Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=5, callbacks=[{callback}])
{end}
"""
LAMBDA = "keras.layers.Lambda(lambda t: t / 2)"
CLASS = "class Half(keras.layers.Layer):\n    def call(self, inputs):\n        return inputs / 2"
SAVE = "model.save('m.keras')"
CHECKPOINT = "keras.callbacks.ModelCheckpoint('m.keras'{})"


@pytest.mark.parametrize(
    ("layer", "end", "callback", "severity"),
    [
        (LAMBDA, SAVE, "", "warning"),
        (LAMBDA, "", CHECKPOINT.format(""), "warning"),
        (LAMBDA, "", CHECKPOINT.format(", save_weights_only=True"), None),
        (LAMBDA, "model.save_weights('m.weights.h5')", "", None),
        (LAMBDA, SAVE + "; keras.models.load_model('m.keras')", "", "error"),
        (LAMBDA, SAVE + "; keras.models.load_model('other.keras')", "", "warning"),
        (LAMBDA, SAVE + "; keras.models.load_model('m.keras', safe_mode=False)", "", None),
        ("keras.layers.Lambda(half)", SAVE, "", None),
    ],
)
def test_lambdas(
    layer: str, end: str, callback: str, severity: str | None, write: Write, check: Command
) -> None:
    define = "def half(t):\n    return t / 2"
    write({"main.py": SCRIPT.format(define=define, layer=layer, end=end, callback=callback)})
    findings = check("--select", "lambda-layer-saved", "main.py").findings
    assert [each["severity"] for each in findings] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("define", "end", "severity"),
    [
        (CLASS, "", None),
        (CLASS, SAVE, "note"),
        (CLASS, SAVE + "; keras.models.load_model('m.keras')", "error"),
        (CLASS, SAVE + "; keras.models.load_model('m.keras', custom_objects={'Half': Half})", None),
        (CLASS, SAVE + "; keras.models.load_model('m.keras', **settings())", None),
        ("@keras.saving.register_keras_serializable()\n" + CLASS, SAVE, None),
        # What a decorator of the project does is not known.
        ("from toolbox import register\n@register\n" + CLASS, SAVE, None),
        (CLASS + "\nkeras.saving.get_custom_objects()['Half'] = Half", SAVE, None),
    ],
)
def test_classes(define: str, end: str, severity: str | None, write: Write, check: Command) -> None:
    write({"main.py": SCRIPT.format(define=define, layer="Half()", end=end, callback="")})
    findings = check("--select", "unregistered-class", "main.py").findings
    assert [each["severity"] for each in findings] == ([severity] if severity else [])


@pytest.mark.parametrize("kind", ["**kwargs", "n"])
def test_the_fix_registers_what_can_be_made_again(
    kind: str, write: Write, tfcheck: Command, folder: Path
) -> None:
    define = CLASS + f"\n    def __init__(self, {kind}):\n        super().__init__()"
    write({"main.py": SCRIPT.format(define=define, layer="Half()", end=SAVE, callback="")})
    tfcheck("--select", "unregistered-class", "--fix", "--unsafe-fixes", "main.py")
    fixed = (
        "\n@keras.saving.register_keras_serializable()\nclass Half("
        in (folder / "main.py").read_text()
    )
    assert fixed is (kind == "**kwargs")
