"""How names of libraries are spelled in a fix, and what is imported for them."""

from __future__ import annotations

import pytest
from fixing import Rules, rules

__all__ = ["rules"]

STOP = 'Replace(site, "{keras.callbacks.EarlyStopping}()")'
IMPORTED = "from keras.callbacks import EarlyStopping\n"

SPELLED = {
    "by its own name": ("from keras.callbacks import EarlyStopping", "EarlyStopping"),
    "by a name of the script": ("from keras.callbacks import EarlyStopping as Stop", "Stop"),
    "from its module": ("from keras import callbacks", "callbacks.EarlyStopping"),
    "from a module by another name": ("import keras.callbacks as kc", "kc.EarlyStopping"),
    "from Keras": ("import keras", "keras.callbacks.EarlyStopping"),
    "from Keras of TensorFlow": (
        "from tensorflow import keras",
        "keras.callbacks.EarlyStopping",
    ),
    "from Keras under another name": (
        "import tensorflow.keras as tk",
        "tk.callbacks.EarlyStopping",
    ),
    "from TensorFlow": (
        "import tensorflow as tf\nprint(tf.keras.layers)",
        "tf.keras.callbacks.EarlyStopping",
    ),
    "from all of TensorFlow's Keras": (
        "import tensorflow.keras\nprint(tensorflow.keras.layers)",
        "tensorflow.keras.callbacks.EarlyStopping",
    ),
    "by the shortest way": (
        "import keras\nfrom keras import callbacks",
        "callbacks.EarlyStopping",
    ),
    "by a star": ("from keras.callbacks import *", "EarlyStopping"),
}


@pytest.mark.parametrize("head, name", SPELLED.values(), ids=SPELLED.keys())
def test_what_is_imported_is_used(rules: Rules, head: str, name: str) -> None:
    rules.install(STOP)
    rules.fix(f"{head}\nx = old()\n")
    assert rules.text == f"{head}\nx = {name}()\n"


ADDED = {
    "after the last import": (
        "import sys\nimport os  # not keras\n\n",
        "import sys\nimport os  # not keras\n" + IMPORTED + "\n",
    ),
    "after the last import of Keras": (
        "from keras.layers import Dense\nimport os  # why\n\n",
        "from keras.layers import Dense\n" + IMPORTED + "import os  # why\n\n",
    ),
    "where most of Keras is imported": (
        "import sys\nfrom keras.layers import Dense\n\nsys.path\nimport os\nimport keras.utils as u\n",
        "import sys\nfrom keras.layers import Dense\n"
        + IMPORTED
        + "\nsys.path\nimport os\nimport keras.utils as u\n",
    ),
    "where most is imported": (
        "import sys\nimport os  # not keras\n\nsys.path\nimport re\n\n",
        "import sys\nimport os  # not keras\n" + IMPORTED + "\nsys.path\nimport re\n\n",
    ),
    "beside other names": (
        "from keras.callbacks import CSVLogger, History  # why\nimport os\n",
        "from keras.callbacks import CSVLogger, History, EarlyStopping  # why\nimport os\n",
    ),
    "beside other names in brackets": (
        "from keras.callbacks import (\n    CSVLogger,\n    History,\n)\n",
        "from keras.callbacks import (\n    CSVLogger,\n    History,\n    EarlyStopping,\n)\n",
    ),
    "not by a longer name that a module goes on under": (
        "from keras import callbacks as old_callbacks\n",
        "from keras import callbacks as old_callbacks\n" + IMPORTED,
    ),
    "not beside names that have others": (
        "from keras.callbacks import CSVLogger as Log\n",
        "from keras.callbacks import CSVLogger as Log\n" + IMPORTED,
    ),
    "not beside so many that the line would be too long": (
        "from keras.callbacks import CSVLogger, History, ModelCheckpoint, TensorBoard\n",
        "from keras.callbacks import CSVLogger, History, ModelCheckpoint, TensorBoard\n" + IMPORTED,
    ),
    "from where the script has the rest": (
        "import os\nfrom tensorflow.keras.layers import Dense\n",
        "import os\nfrom tensorflow.keras.layers import Dense\n"
        "from tensorflow.keras.callbacks import EarlyStopping\n",
    ),
    "from Keras where TensorFlow is there for something else": (
        "import tensorflow as tf\nfrom keras.layers import Dense\n",
        "import tensorflow as tf\nfrom keras.layers import Dense\n" + IMPORTED,
    ),
    "after the docstring": (
        '"""About keras."""\n\n',
        '"""About keras."""\n\n' + IMPORTED + "\n",
    ),
    "after the future": (
        "#!/usr/bin/python\n# keras\nfrom __future__ import annotations\n",
        "#!/usr/bin/python\n# keras\nfrom __future__ import annotations\n" + IMPORTED,
    ),
    "before the first line": ("# keras\n\n", "# keras\n\n" + IMPORTED),
    "past an import of many lines": (
        "from keras.layers import (\n    Dense,\n    Flatten,\n)\n",
        "from keras.layers import (\n    Dense,\n    Flatten,\n)\n" + IMPORTED,
    ),
    "where a function has the others": (
        "def f():\n    import keras\n    keras = None\n",
        IMPORTED + "def f():\n    import keras\n    keras = None\n",
    ),
    "where the name for Keras is lost": (
        "import keras\nkeras = None\n",
        "import keras\n" + IMPORTED + "keras = None\n",
    ),
}


@pytest.mark.parametrize("head, fixed", ADDED.values(), ids=ADDED.keys())
def test_what_is_missing_is_imported_once(rules: Rules, head: str, fixed: str) -> None:
    rules.install(STOP)
    rules.fix(f"{head}x = old()\ny = old()\n")
    assert rules.text == f"{fixed}x = EarlyStopping()\ny = EarlyStopping()\n"


def test_no_name_of_the_script_is_taken(rules: Rules) -> None:
    rules.install(STOP)
    head = "from keras.layers import Dense\n"
    own = "class EarlyStopping:\n    pass\n"
    rules.fix(f"{head}{own}x = old()\n")
    assert rules.text == f"{head}from keras import callbacks\n{own}x = callbacks.EarlyStopping()\n"


@pytest.mark.parametrize(
    "head",
    [
        "from mine import *\nfrom keras.layers import Dense\n",
        "from tensorflow.python.keras.layers import Dense\n",
        "from keras.layers import Dense\nEarlyStopping = callbacks = keras = None\n",
    ],
)
def test_without_a_free_name_there_is_no_fix(rules: Rules, head: str) -> None:
    rules.install(STOP)
    result = rules.fix(f"{head}x = old()\n")
    assert rules.text == f"{head}x = old()\n"
    assert result.code == 1


def test_an_import_that_comes_later_is_of_no_use(rules: Rules) -> None:
    rules.install(STOP)
    rules.fix("import os\nx = old()\nimport keras\n")
    assert rules.text == f"import os\n{IMPORTED}x = EarlyStopping()\nimport keras\n"


def test_an_import_comes_before_the_lines_that_need_it(rules: Rules) -> None:
    rules.install(
        'InsertBefore(site, "stop = {keras.callbacks.EarlyStopping}()"), Replace(site, "f(stop)")'
    )
    rules.fix("from keras.layers import Dense\nold()\n")
    assert rules.text == (
        f"from keras.layers import Dense\n{IMPORTED}stop = EarlyStopping()\nf(stop)\n"
    )


@pytest.mark.parametrize(
    "path, line, name",
    [
        ("numpy.mean", "import numpy as np", "np.mean"),
        ("tensorflow.data.AUTOTUNE", "import tensorflow as tf", "tf.data.AUTOTUNE"),
        ("random.seed", "import random", "random.seed"),
        (
            "sklearn.preprocessing.StandardScaler",
            "from sklearn.preprocessing import StandardScaler",
            "StandardScaler",
        ),
    ],
)
def test_other_libraries_are_called_as_they_are_everywhere(
    rules: Rules, path: str, line: str, name: str
) -> None:
    rules.install(f'Replace(site, "{{{path}}}")')
    rules.fix("import keras\nx = old()\n")
    assert rules.text == f"import keras\n{line}\nx = {name}\n"
