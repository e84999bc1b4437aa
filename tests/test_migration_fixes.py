"""What the fixes of migration make of old code."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from conftest import Command, Write

CASES = {
    "names move from modules that are gone": (
        "from keras.layers.core import Dense, Activation\nDense(1), Activation\n",
        "from keras.layers import Dense, Activation\nDense(1), Activation\n",
    ),
    "each to where it is now": (
        "from keras.engine.topology import Layer, get_source_inputs, Input\n",
        "from keras.engine.topology import get_source_inputs\nfrom keras.layers import Layer, Input\n",
    ),
    "a module goes on under its old name": (
        "from keras.utils import np_utils\nnp_utils.to_categorical([1])\n",
        "from keras import utils as np_utils\nnp_utils.to_categorical([1])\n",
    ),
    "tf.keras stays tf.keras": (
        "import tensorflow as tf\ntf.keras.layers.experimental.preprocessing.Rescaling(2)\n",
        "import tensorflow as tf\ntf.keras.layers.Rescaling(2)\n",
    ),
    "the backend becomes the operations": (
        "import keras\nfrom keras import backend as K\nK.mean(K.square([1.0]), axis=-1)\n",
        "import keras\nfrom keras import backend as K\n"
        "keras.ops.mean(keras.ops.square([1.0]), axis=-1)\n",
    ),
    "TensorFlow 1 becomes TensorFlow 2": (
        "import tensorflow as tf\ntf.set_random_seed(1)\ntf.logging.set_verbosity(40)\n",
        "import tensorflow as tf\ntf.random.set_seed(1)\ntf.compat.v1.logging.set_verbosity(40)\n",
    ),
    "all arguments of a call": (
        "from keras.layers import Dense\nDense(output_dim=4, init='uniform', input_dim=3)\n",
        "from keras.layers import Dense\nDense(units=4, kernel_initializer='uniform', input_dim=3)\n",
    ),
    "an argument and its value": (
        "import keras\nkeras.layers.MaxPooling2D((2, 2), dim_ordering='th')\n",
        "import keras\nkeras.layers.MaxPooling2D((2, 2), data_format='channels_first')\n",
    ),
    "two arguments that are one": (
        "import keras\nkeras.layers.Conv2D(nb_filter=8, nb_row=3, nb_col=5)\n",
        "import keras\nkeras.layers.Conv2D(filters=8, kernel_size=(3, 5))\n",
    ),
    "the shape of a sequence": (
        "import keras\nkeras.layers.LSTM(4, input_dim=2, input_length=9)\n",
        "import keras\nkeras.layers.LSTM(4, input_shape=(9, 2))\n",
    ),
    "the shape of a batch": (
        "import keras\nm = keras.Sequential()\n"
        "m.add(keras.layers.LSTM(4, batch_input_shape=(8, None, 2), stateful=True))\n",
        "import keras\nm = keras.Sequential()\nm.add(keras.Input(batch_shape=(8, None, 2)))\n"
        "m.add(keras.layers.LSTM(4, stateful=True))\n",
    ),
    "the shape of a batch in a list": (
        "import keras\nkeras.Sequential([keras.layers.LSTM(4, batch_input_shape=(8, 3, 2))])\n",
        "import keras\nkeras.Sequential([keras.Input(batch_shape=(8, 3, 2)), "
        "keras.layers.LSTM(4)])\n",
    ),
    "the shape of a batch by its names, on several lines": (
        "import keras\nsize = 8\nm = keras.Sequential()\nm.add(\n    keras.layers.LSTM(\n"
        "        4,\n        batch_input_shape=(\n            size,\n            None,\n"
        "            2,\n        ),\n    )\n)\n",
        "import keras\nsize = 8\nm = keras.Sequential()\n"
        "m.add(keras.Input(batch_shape=(size, None, 2)))\nm.add(\n    keras.layers.LSTM(\n"
        "        4,\n    )\n)\n",
    ),
    "a rate that is an integer": (
        "import keras\nkeras.optimizers.Adadelta(lr=1, rho=0.95)\n",
        "import keras\nkeras.optimizers.Adadelta(learning_rate=1.0, rho=0.95)\n",
    ),
    "what is renamed beside what no fix is known for": (
        "import keras\nkeras.layers.LSTM(output_dim=4, time_major=True)\n",
        "import keras\nkeras.layers.LSTM(units=4, time_major=True)\n",
    ),
    "an argument that says nothing new": (
        "import keras\nkeras.callbacks.ModelCheckpoint('a.keras', period=1)\n",
        "import keras\nkeras.callbacks.ModelCheckpoint('a.keras')\n",
    ),
    "a decay of nothing": (
        "import keras\nkeras.optimizers.SGD(0.1, momentum=0.9, decay=0.0)\n",
        "import keras\nkeras.optimizers.SGD(0.1, momentum=0.9)\n",
    ),
    "metrics": (
        "import keras\nm = keras.Sequential()\nm.compile('adam', 'mse', metrics='mae')\n",
        "import keras\nm = keras.Sequential()\nm.compile('adam', 'mse', metrics=['mae'])\n",
    ),
    "lines below the first argument": (
        "import keras\nm = keras.Sequential()\nh = m.fit_generator(g(),\n"
        "                    epochs=2, class_weight={0: 1,\n"
        "                                            1: 2})\nprint(h)\n",
        "import keras\nm = keras.Sequential()\nh = m.fit(g(),\n"
        "          epochs=2, class_weight={0: 1,\n"
        "                                  1: 2})\nprint(h)\n",
    ),
    "lines that stand by themselves": (
        "import keras\nm = keras.Sequential()\nm.fit_generator(\n    g(),\n    epochs=2,\n)\n",
        "import keras\nm = keras.Sequential()\nm.fit(\n    g(),\n    epochs=2,\n)\n",
    ),
    "generators": (
        "import keras\nm = keras.Sequential()\nm.fit_generator(generator=g(), nb_epoch=2)\n",
        "import keras\nm = keras.Sequential()\nm.fit(x=g(), epochs=2)\n",
    ),
}
UNSAFE = {
    "what tf.keras has kept": (
        "from keras.preprocessing.image import ImageDataGenerator, load_img\n"
        "ImageDataGenerator, load_img\n",
        "from keras.preprocessing.image import load_img\n"
        "from tensorflow.keras.preprocessing.image import ImageDataGenerator\n"
        "ImageDataGenerator, load_img\n",
    ),
    "an import of which nothing comes": (
        "import keras\nfrom keras.wrappers.scikit_learn import KerasClassifier\n",
        "import keras\n",
    ),
    "a decay": (
        "import keras\nkeras.optimizers.SGD(lr=0.1, decay=1e-3, momentum=0.9)\n",
        "import keras\nkeras.optimizers.SGD(learning_rate=keras.optimizers.schedules."
        "InverseTimeDecay(0.1, decay_steps=1, decay_rate=1e-3), momentum=0.9)\n",
    ),
    "a decay by the names that the script has for it": (
        "import keras\n\ndef make(rate=0.1, fall=1e-3):\n"
        "    return keras.optimizers.SGD(rate, decay=fall)\n\nmake()\n",
        "import keras\n\ndef make(rate=0.1, fall=1e-3):\n"
        "    return keras.optimizers.SGD(keras.optimizers.schedules."
        "InverseTimeDecay(rate, decay_steps=1, decay_rate=fall))\n\nmake()\n",
    ),
    "what a safe fix and another take out of one call": (
        "import keras\nm = keras.Sequential()\nm.fit(1, 1, nb_epoch=5, show_accuracy=True)\n",
        "import keras\nm = keras.Sequential()\nm.fit(1, 1, epochs=5)\n",
    ),
    "a kernel at the end of a line": (
        "from keras.layers import Conv2D\nConv2D(8, 3, 5,\n       border_mode='same')\n",
        "from keras.layers import Conv2D\nConv2D(8, (3, 5),\n       padding='same')\n",
    ),
    "a kernel by the names that the script has for it": (
        "from keras.layers import Convolution2D\nsize = (3, 5)\n"
        "Convolution2D(8, size[0], size[1], border_mode='same')\n",
        "from keras.layers import Convolution2D\nsize = (3, 5)\n"
        "Convolution2D(8, (size[0], size[1]), padding='same')\n",
    ),
    "a kernel": (
        "from keras.layers import Convolution2D\nConvolution2D(8, 3, 5, border_mode='same')\n",
        "from keras.layers import Convolution2D\nConvolution2D(8, (3, 5), padding='same')\n",
    ),
    "files, wherever they are named": (
        "import keras\nm = keras.Sequential()\nkeras.callbacks.ModelCheckpoint('best.hdf5', "
        "save_weights_only=True)\nm.load_weights('best.hdf5')\n",
        "import keras\nm = keras.Sequential()\nkeras.callbacks.ModelCheckpoint('best.weights.h5', "
        "save_weights_only=True)\nm.load_weights('best.weights.h5')\n",
    ),
    "files that are named once": (
        "import keras\nPATH = 'out/model'\nm = keras.Sequential()\nm.save(PATH)\n"
        "keras.models.load_model(PATH)\n",
        "import keras\nPATH = 'out/model.keras'\nm = keras.Sequential()\nm.save(PATH)\n"
        "keras.models.load_model(PATH)\n",
    ),
    "generators that are read in other processes": (
        "import keras\nm = keras.Sequential()\nm.fit_generator(g(), epochs=2, workers=4)\n",
        "import keras\nm = keras.Sequential()\nm.fit(g(), epochs=2)\n",
    ),
    "generators with a line for other processes": (
        "import keras\nm = keras.Sequential()\nm.fit_generator(g(),\n                workers=4,\n"
        "                epochs=2)\n",
        "import keras\nm = keras.Sequential()\nm.fit(g(),\n      epochs=2)\n",
    ),
    "classes of one unit": (
        "import keras, numpy as np\nm = keras.Sequential([keras.layers.Dense(1, 'sigmoid')])\n"
        "m.compile('adam', 'bce')\nm.fit(np.ones((2, 2)), np.ones(2))\n"
        "print(m.predict_classes(np.ones((2, 2))))\n",
        "import keras, numpy as np\nm = keras.Sequential([keras.layers.Dense(1, 'sigmoid')])\n"
        "m.compile('adam', 'bce')\nm.fit(np.ones((2, 2)), np.ones(2))\n"
        "print((m.predict(np.ones((2, 2))) > 0.5).astype('int32'))\n",
    ),
}


def fix(write: Write, tfcheck: Command, folder: Path, code: str, *words: str) -> str:
    write({"train.py": code})
    tfcheck("--select", "TFC9,integer-learning-rate", "--fix", *words, "train.py")
    return (folder / "train.py").read_text()


@pytest.mark.parametrize("before, after", CASES.values(), ids=CASES)
def test_safe_fix(write: Write, tfcheck: Command, folder: Path, before: str, after: str) -> None:
    assert fix(write, tfcheck, folder, before) == after


@pytest.mark.parametrize("before, after", UNSAFE.values(), ids=UNSAFE)
def test_unsafe_fix(write: Write, tfcheck: Command, folder: Path, before: str, after: str) -> None:
    assert fix(write, tfcheck, folder, before) != after
    assert fix(write, tfcheck, folder, before, "--unsafe-fixes") == after


@pytest.mark.parametrize(
    "code",
    [
        "from keras.layers.core import Merge\nMerge\n",
        "import keras\nm = keras.Sequential()\nm.fit_generator(g(), 10, 2)\n",
        "import keras\nm = keras.Sequential()\nm.save('models/')\n",
        "import keras\nm = keras.Sequential()\nn = 2\nm.save(f'model_{n}')\n",
        "import keras\nm = keras.Sequential()\nm.fit_generator(g(), samples_per_epoch=10)\n",
        "import keras\nm = keras.Sequential()\nprint(m.predict_classes(1))\n",
        "import keras\nkeras.layers.LSTM(4, time_major=True)\n",
        "import keras\nkeras.optimizers.SGD(0.1, **{'decay': 0.1})\n",
        "import tensorflow as tf\nwith tf.Session() as session:\n    pass\n",
    ],
)
def test_what_is_not_sure_is_left_alone(
    write: Write, tfcheck: Command, folder: Path, code: str
) -> None:
    assert fix(write, tfcheck, folder, code, "--unsafe-fixes") == dedent(code)
