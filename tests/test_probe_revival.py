"""Old scripts and notebooks become scripts that run, and every line is found again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runtime_probe.revival import Place, revive

OLD = """\
import numpy as np
from keras.layers.core import Dense
from keras.models import Sequential

x, y = np.random.rand(8, 3), np.random.rand(8)
model = Sequential()
model.add(Dense(output_dim=4, input_dim=3, init="uniform"))
model.add(Dense(1))
model.compile(
    "sgd",
    loss="mse",
)
model.fit(x, y, nb_epoch=2)
"""
NEW = """\
import keras

model = keras.Sequential([keras.layers.Dense(1, input_shape=(3,))])
model.compile(keras.optimizers.SGD(0.1, decay=1e-6), "mse")
"""


def written(folder: Path, script: str, **others: str) -> Path:
    """A script and other modules beside it, whose names have ``__`` for a folder."""
    for name, text in {"script": script, **others}.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder / "script.py"


def notebook(folder: Path, *cells: str) -> Path:
    path = folder / "Old work.ipynb"
    made = [
        {"cell_type": "markdown", "source": "A title", "metadata": {}},
        *({"cell_type": "code", "source": each, "metadata": {}, "outputs": []} for each in cells),
    ]
    path.write_text(json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    return path


def test_an_old_script_is_brought_up_to_date_and_every_rewrite_told(tmp_path: Path) -> None:
    revived = revive(written(tmp_path, script=OLD), tmp_path)
    assert revived.script == tmp_path / "script.py"
    text = revived.script.read_text()
    assert "from keras.layers import Dense\n" in text
    assert 'Dense(units=4, input_dim=3, kernel_initializer="uniform")' in text
    assert "epochs=2" in text
    assert revived.rewrites == (
        "line 2: use keras.layers.Dense",
        "line 7: bring output_dim=, init= up to date",
        "line 13: bring nb_epoch= up to date",
    )


def test_it_is_done_whatever_keras_the_project_asks_for(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("keras==2.2.4\ntensorflow==1.15\n")
    assert len(revive(written(tmp_path, script=OLD), tmp_path).rewrites) == 3


def test_what_runs_is_left_alone(tmp_path: Path) -> None:
    revived = revive(written(tmp_path, script=NEW), tmp_path)
    assert (revived.rewrites, dict(revived.lines)) == ((), {})
    assert revived.script.read_text() == NEW


def test_a_script_that_cannot_be_parsed_is_left_to_python(tmp_path: Path) -> None:
    text = "import keras\nprint 'old'\n"
    revived = revive(written(tmp_path, script=text), tmp_path)
    assert (revived.rewrites, revived.script.read_text()) == ((), text)


def test_lines_are_found_again_behind_lines_that_were_added(tmp_path: Path) -> None:
    old = OLD.replace('init="uniform"', "init=my_init").replace(
        "model = Sequential()",
        "def my_init(shape):\n    return keras.backend.zeros(shape)\nmodel = Sequential()",
    )
    old = (
        "import keras\n" + old + "model.predict_classes(x)\nprint(keras.backend.learning_phase())\n"
    )
    script = written(tmp_path, script=old)
    revived = revive(script, tmp_path)
    lines = revived.lines[str(script)]
    was, now = old.splitlines(), script.read_text().splitlines()
    for row, line in enumerate(was, 1):
        at = lines.run(Place(row))
        assert at is not None
        if line in now:
            assert now[at - 1] == line
            assert lines.written(at) == Place(row)
    fit = next(at for at, line in enumerate(now, 1) if "model.fit" in line)
    assert was[lines.written(fit).row - 1].startswith("model.fit")


def test_modules_that_the_script_brings_along_are_revived_too(tmp_path: Path) -> None:
    old = "from keras.layers.core import Dense\n"
    script = written(
        tmp_path,
        script="import keras\nimport helper\n",
        helper="def make():\n    from package import deep\n" + old,
        package__deep="\n" + old,
        never=old,
    )
    revived = revive(script, tmp_path)
    assert revived.rewrites == (
        "helper.py, line 3: use keras.layers.Dense",
        "package/deep.py, line 2: use keras.layers.Dense",
    )
    assert "keras.layers import" in (tmp_path / "package" / "deep.py").read_text()
    assert (tmp_path / "never.py").read_text() == old


def test_a_notebook_becomes_a_script_whose_lines_are_its_cells(tmp_path: Path) -> None:
    path = notebook(
        tmp_path,
        "%matplotlib inline\n!pip install keras\nfrom keras.layers.core import Dense\n",
        "display(1)\nlayer = Dense(output_dim=4)",
        "%%bash\nls\necho",
        "%time units = layer.units\nlast = 'here'",
    )
    revived = revive(path, tmp_path)
    assert revived.script == tmp_path / "Old work.ipynb.py"
    names: dict[str, object] = {}
    exec(compile(revived.script.read_text(), "script", "exec"), names)
    assert (names["units"], names["last"]) == (4, "here")
    assert revived.rewrites == (
        "cell 2, line 3: use keras.layers.Dense",
        "cell 3, line 2: bring output_dim= up to date",
    )
    lines = revived.lines[str(revived.script)]
    text = revived.script.read_text().splitlines()
    for place, wanted in {
        Place(3, 2): "from keras.layers import Dense",
        Place(2, 3): "layer = Dense(units=4)",
        Place(2, 5): "last = 'here'",
    }.items():
        at = lines.run(place)
        assert at is not None
        assert text[at - 1] == wanted
        assert lines.written(at) == place
    assert lines.run(Place(1, 1)) is None


@pytest.mark.parametrize("text", ["{}", "", "no notebook"])
def test_a_broken_notebook_is_an_empty_script(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.ipynb"
    path.write_text(text)
    revived = revive(path, tmp_path)
    assert revived.rewrites == ()
    assert revived.lines[str(revived.script)].written(1).row == 1
