"""Seeds that are right, or may be, each beside a sibling that is not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from conftest import Command, Write
from sklearn.model_selection import train_test_split

SCRIPT = """
import random
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import make_moons
from sklearn.model_selection import train_test_split
{start}
x, y = make_moons(200, random_state=0)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy")
{middle}
model.fit(x, y, epochs=5)
"""
RULES = "partial-seeding,seed-after-use,split-without-random-state"


@pytest.mark.parametrize(
    ("start", "middle", "names"),
    [
        ("np.random.seed(1)", "", ["note partial-seeding"]),
        ("np.random.seed(1); random.seed(1)", "", ["note partial-seeding"]),
        ("np.random.seed(1); tf.random.set_seed(1)", "", ["note partial-seeding"]),
        ("random.seed(1); tf.random.set_seed(1)", "", []),
        ("keras.utils.set_random_seed(1)", "", []),
        ("", "", []),
        # None takes the seed from the clock: it was not meant to fix anything.
        ("np.random.seed(None)", "", []),
        # What a function does that cannot be read may be all that is needed.
        ("from toolbox import seed_everything\nnp.random.seed(1); seed_everything(1)", "", []),
        # A function that is read does what it does.
        (
            "def seed_all(n):\n    np.random.seed(n)\nseed_all(1)",
            "",
            ["note partial-seeding"],
        ),
        ("start = keras.initializers.HeNormal(seed=1)\nnp.random.seed(1)", "", []),
        ("", "keras.utils.set_random_seed(1)", ["warning seed-after-use"]),
        ("keras.utils.set_random_seed(1)", "keras.utils.set_random_seed(2)", []),
        # Layers that are added after the seed are decided by it.
        (
            "",
            "model = keras.Sequential()\nkeras.utils.set_random_seed(1)\n"
            "model.add(keras.layers.Dense(1, 'sigmoid'))\nmodel.compile('adam', 'mse')",
            [],
        ),
        ("", "a, b = train_test_split(x)", ["note split-without-random-state"]),
        ("", "a, b = train_test_split(x, shuffle=False)", []),
        (
            "a, b = train_test_split([1, 2])\nkeras.utils.set_random_seed(1)",
            "",
            ["warning seed-after-use"],
        ),
    ],
)
def test_seeds(start: str, middle: str, names: list[str], write: Write, check: Command) -> None:
    write({"main.py": SCRIPT.format(start=start, middle=middle)})
    findings = check("--select", RULES, "main.py").findings
    assert [f"{each['severity']} {each['name']}" for each in findings] == names


def test_the_fix_seeds_all(write: Write, tfcheck: Command, folder: Path) -> None:
    write({"main.py": SCRIPT.format(start="SEED = 3\nnp.random.seed(SEED)", middle="")})
    tfcheck("--select", "partial-seeding", "--fix", "--unsafe-fixes", "main.py")
    assert "\nkeras.utils.set_random_seed(SEED)\n" in (folder / "main.py").read_text()


def test_the_fix_gives_a_split_its_state(write: Write, tfcheck: Command, folder: Path) -> None:
    write({"main.py": SCRIPT.format(start="", middle="a, b = train_test_split(x)")})
    tfcheck("--select", "split-without-random-state", "--fix", "--unsafe-fixes", "main.py")
    assert "train_test_split(x, random_state=0)" in (folder / "main.py").read_text()


def test_a_split_hangs_on_its_state() -> None:
    items = list(range(50))
    random.seed(1)
    assert train_test_split(items)[1] != train_test_split(items)[1]
    fixed = (train_test_split(items, random_state=0)[1] for _ in range(2))
    assert next(fixed) == next(fixed)
