"""Training runs: what is trained, how it is compiled, on what, for how long, watched by whom."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent, indent

import pytest
from reading import (
    compiled_of,
    head_of,
    layers_of,
    loss_of,
    model_of,
    optimizer_of,
    run_of,
    script_of,
)

from tfcheck.script.data import Data
from tfcheck.script.judgements import label_kind
from tfcheck.script.training import Callback, TrainingRun
from tfcheck.script.values import Answer, Class, Const, Unknown, constant

MODEL = """
import keras
from keras.callbacks import CSVLogger, EarlyStopping, ModelCheckpoint, TensorBoard
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
"""


def run_after_model(code: str, files: Mapping[str, str] | None = None) -> TrainingRun:
    """The last run of ``code``, which finds a compiled model under the name ``model``."""
    return run_of(MODEL + dedent(code), files)


def callbacks_of(code: str, files: Mapping[str, str] | None = None) -> list[str]:
    """The names of the callbacks, ``?`` where one is not known."""
    run = run_after_model(code, files)
    return [each.name if isinstance(each, Callback) else "?" for each in run.callbacks]


def epochs_of(run: TrainingRun) -> int:
    assert isinstance(run.epochs, Const), run.epochs
    assert isinstance(run.epochs.value, int)
    return run.epochs.value


# The ways to train


@pytest.mark.parametrize(
    ("call", "method"),
    [
        ("model.fit(x, y, 64, 7)", "fit"),
        ("model.fit(x=x, y=y, batch_size=64, epochs=7)", "fit"),
        ("model.fit(x, y, nb_epoch=7, batch_size=64)", "fit"),
        ("model.fit_generator(flow, 100, 7)", "fit_generator"),
        ("model.fit_generator(generator=flow, samples_per_epoch=9, epochs=7)", "fit_generator"),
        ("history = model.fit(x, y, epochs=7)", "fit"),
        ("train = model.fit\ntrain(x, y, epochs=7)", "fit"),
        ("print(model.fit(x, y, epochs=7).history)", "fit"),
        ("getattr(model, 'fit')(x, y, epochs=7)", "fit"),
    ],
)
def test_ways_to_call_fit(call: str, method: str) -> None:
    script = script_of(MODEL + call)
    (run,) = script.runs
    assert (run.method, epochs_of(run)) == (method, 7)
    assert run.resolved
    assert layers_of(run) == ["Dense"]
    assert loss_of(run).name == "categorical_crossentropy"
    assert optimizer_of(run).name == "adam"
    assert not run.in_loop


def test_batch_size_and_epochs_have_the_defaults_of_keras() -> None:
    run = run_after_model("model.fit(x, y)")
    assert (epochs_of(run), run.batch_size) == (1, 32)


def test_batch_size_by_position_and_what_is_not_known_of_it() -> None:
    assert run_after_model("model.fit(x, y, 64)").batch_size == 64
    assert run_after_model("model.fit(x, y, batch_size=size)").batch_size is None


def test_train_on_batch_in_a_loop() -> None:
    code = """
    for epoch in range(100):
        for start in range(0, 1000, 32):
            model.train_on_batch(x[start : start + 32], y[start : start + 32])
    """
    (run,) = script_of(MODEL + dedent(code)).runs
    assert run.method == "train_on_batch"
    assert run.in_loop
    assert run.resolved


@pytest.mark.parametrize(
    "code",
    [
        "for part in parts:\n    model.fit(x, y)",
        "while not done():\n    model.fit(x, y)",
        "losses = [model.fit(x, y) for part in parts]",
        "def step():\n    model.fit(x, y)\nfor part in parts:\n    step()",
        "for name in ('a', 'b'):\n    model.fit(x, y)",
        "from sklearn.model_selection import KFold\n"
        "for a, b in KFold(5).split(x):\n    model.fit(x[a], y[a])",
    ],
)
def test_training_in_a_loop(code: str) -> None:
    assert run_after_model(code).in_loop


def test_training_after_a_loop_is_not_in_it() -> None:
    assert not run_after_model("for part in parts:\n    print(part)\nmodel.fit(x, y)").in_loop


# Compilation


def test_a_model_that_is_not_compiled() -> None:
    run = run_of("import keras\nm = keras.Sequential([keras.layers.Dense(1)])\nm.fit(x, y)")
    assert isinstance(run.compiled, Unknown)
    assert not run.resolved


def test_a_model_compiled_twice_is_trained_as_it_is_compiled_at_each_time() -> None:
    code = """
    model.fit(x, y, epochs=1)
    model.compile("sgd", "mse")
    model.fit(x, y, epochs=2)
    """
    first, second = script_of(MODEL + dedent(code)).runs
    assert (optimizer_of(first).name, loss_of(first).name) == ("adam", "categorical_crossentropy")
    assert (optimizer_of(second).name, loss_of(second).name) == ("sgd", "mean_squared_error")


def test_compiled_twice_before_it_is_trained_means_as_the_second_says() -> None:
    (run,) = script_of(f"{MODEL}model.compile('sgd', 'mse')\nmodel.fit(x, y)").runs
    assert optimizer_of(run).string == "sgd"


def test_compile_through_keywords_that_are_unpacked() -> None:
    run = run_after_model(
        "settings = dict(loss='mse', metrics=['mae'])\n"
        "model.compile(optimizer='sgd', **settings)\nmodel.fit(x, y)"
    )
    assert (optimizer_of(run).string, loss_of(run).name) == ("sgd", "mean_squared_error")
    assert [each.name for each in compiled_of(run).metrics if not isinstance(each, Unknown)] == [
        "mean_absolute_error"
    ]


def test_compile_through_keywords_that_are_not_known_says_nothing_of_the_rest() -> None:
    run = run_after_model("model.compile(loss='mse', **settings)\nmodel.fit(x, y)")
    assert loss_of(run).name == "mean_squared_error"
    assert isinstance(compiled_of(run).optimizer, Unknown)


# Data


def test_arrays_are_features_and_labels() -> None:
    run = run_after_model(
        """
        import numpy as np
        model.fit(np.zeros((10, 4)), np.eye(3))
        """
    )
    (features,), (labels,) = run.features, run.labels
    assert isinstance(features, Data)
    assert isinstance(labels, Data)
    assert features.shape == (10, 4)
    assert (labels.labels, labels.classes) == ("one-hot", 3)


def test_a_dataset_is_taken_apart_into_features_and_labels() -> None:
    run = run_after_model(
        """
        import numpy as np, tensorflow as tf
        pairs = (np.zeros((10, 4)), np.eye(3))
        data = tf.data.Dataset.from_tensor_slices(pairs).shuffle(10).batch(2)
        model.fit(data, epochs=3)
        """
    )
    (features,), (labels,) = run.features, run.labels
    assert isinstance(features, Data)
    assert isinstance(labels, Data)
    assert features.shape == (None, 4)
    assert label_kind(labels)[:2] == ("one-hot", 3)  # type: ignore[index]


def test_a_generator_of_images_is_taken_apart_too() -> None:
    run = run_after_model(
        """
        from keras.preprocessing.image import ImageDataGenerator
        flow = ImageDataGenerator().flow_from_directory("photos", class_mode="categorical")
        model.fit_generator(flow, steps_per_epoch=10)
        """
    )
    (labels,) = run.labels
    assert isinstance(labels, Data)
    assert labels.labels == "one-hot"


def test_several_inputs_and_outputs() -> None:
    run = run_after_model("model.fit([a, b, c], {'one': d, 'two': e})")
    assert (len(run.features), len(run.labels)) == (3, 2)


def test_without_targets_there_are_no_labels() -> None:
    run = run_after_model("import numpy as np\nmodel.fit(np.zeros((10, 4)))")
    assert len(run.features) == 1
    assert run.labels == ()


@pytest.mark.parametrize(
    ("base", "answer"),
    [
        ("EfficientNetB0()", Answer.YES),
        ("ConvNeXtTiny()", Answer.YES),
        ("MobileNetV3Small()", Answer.YES),
        ("MobileNetV3Small(include_preprocessing=False)", Answer.UNKNOWN),
        ("VGG16()", Answer.UNKNOWN),
    ],
)
def test_an_application_that_rescales_for_itself(base: str, answer: Answer) -> None:
    """No finding shows the difference, because a rule is silent about both."""
    run = run_of(
        f"""
        import keras
        model = keras.applications.{base}
        model.compile("adam", "categorical_crossentropy")
        model.fit(x, y)
        """
    )
    assert [each.scales for each in model_of(run).entries] == [answer]


# Validation


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ("", Answer.NO),
        ("validation_data=(a, b)", Answer.YES),
        ("validation_data=[a, b]", Answer.YES),
        ("validation_data=None", Answer.NO),
        ("validation_data=held_out", Answer.UNKNOWN),
        ("validation_split=0.2", Answer.YES),
        ("validation_split=SHARE", Answer.YES),
        ("validation_split=0", Answer.NO),
        ("validation_split=0.0", Answer.NO),
        ("**{'validation_split': 0.2}", Answer.YES),
        ("**settings", Answer.UNKNOWN),
        ("validation_data=(a, b) if flag else None", Answer.UNKNOWN),
    ],
)
def test_validation(arguments: str, answer: Answer) -> None:
    run = run_after_model(f"SHARE = 1 / 5\nmodel.fit(x, y, {arguments})")
    assert run.validated is answer


def test_validation_by_position() -> None:
    assert run_after_model("model.fit(x, y, 32, 5, 1, [], 0.2)").validated is Answer.YES
    assert run_after_model("model.fit_generator(f, 9, 5, 1, [], g(1))").validated is Answer.UNKNOWN


# Callbacks


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("model.fit(x, y)", []),
        ("model.fit(x, y, callbacks=None)", []),
        ("model.fit(x, y, callbacks=[])", []),
        ("model.fit(x, y, callbacks=[EarlyStopping()])", ["EarlyStopping"]),
        ("model.fit(x, y, callbacks=EarlyStopping())", ["EarlyStopping"]),
        ("model.fit(x, y, callbacks=(EarlyStopping(),))", ["EarlyStopping"]),
        ("model.fit(x, y, 32, 5, 1, [EarlyStopping()])", ["EarlyStopping"]),
        ("model.fit_generator(f, 9, 5, 1, [EarlyStopping()])", ["EarlyStopping"]),
        ("stop = EarlyStopping()\nmodel.fit(x, y, callbacks=[stop])", ["EarlyStopping"]),
        ("all = [CSVLogger('a')]\nmodel.fit(x, y, callbacks=all)", ["CSVLogger"]),
        (
            "all = [CSVLogger('a')]\nall.append(EarlyStopping())\nmodel.fit(x, y, callbacks=all)",
            ["CSVLogger", "EarlyStopping"],
        ),
        (
            "all = []\nall += [CSVLogger('a'), EarlyStopping()]\nmodel.fit(x, y, callbacks=all)",
            ["CSVLogger", "EarlyStopping"],
        ),
        (
            "all = [CSVLogger('a')]\nall.extend([EarlyStopping()])\nmodel.fit(x, y, callbacks=all)",
            ["CSVLogger", "EarlyStopping"],
        ),
        (
            "first = [CSVLogger('a')]\nmodel.fit(x, y, callbacks=first + [EarlyStopping()])",
            ["CSVLogger", "EarlyStopping"],
        ),
        (
            "first = [CSVLogger('a')]\nmodel.fit(x, y, callbacks=[*first, EarlyStopping()])",
            ["CSVLogger", "EarlyStopping"],
        ),
        (
            "all = [CSVLogger('a')]\nall.insert(0, EarlyStopping())\n"
            "model.fit(x, y, callbacks=all)",
            ["EarlyStopping", "CSVLogger"],
        ),
        (
            "def watch():\n    return [EarlyStopping()]\nmodel.fit(x, y, callbacks=watch())",
            ["EarlyStopping"],
        ),
        (
            "def watch(more):\n    all = [CSVLogger('a')]\n    all.append(more)\n    return all\n"
            "model.fit(x, y, callbacks=watch(EarlyStopping()))",
            ["CSVLogger", "EarlyStopping"],
        ),
        (
            "class Trainer:\n"
            "    def __init__(self):\n        self.all = [CSVLogger('a')]\n"
            "    def watch(self):\n        self.all.append(EarlyStopping())\n"
            "        return self.all\n"
            "model.fit(x, y, callbacks=Trainer().watch())",
            ["CSVLogger", "EarlyStopping"],
        ),
        (
            "all = {'stop': EarlyStopping()}\nmodel.fit(x, y, callbacks=[all['stop']])",
            ["EarlyStopping"],
        ),
        (
            "all = {'stop': EarlyStopping()}\nmodel.fit(x, y, callbacks=list(all.values()))",
            ["EarlyStopping"],
        ),
        (
            "settings = {'callbacks': [EarlyStopping()]}\nmodel.fit(x, y, **settings)",
            ["EarlyStopping"],
        ),
        ("model.fit(x, y, callbacks=[None, EarlyStopping()])", ["EarlyStopping"]),
        ("model.fit(x, y, callbacks=something)", ["?"]),
        ("model.fit(x, y, callbacks=[something, EarlyStopping()])", ["?", "EarlyStopping"]),
        ("model.fit(x, y, **settings)", ["?"]),
        ("from watch import STOP\nmodel.fit(x, y, callbacks=[STOP])", ["EarlyStopping"]),
        (
            "stop = EarlyStopping() if flag else TensorBoard()\nmodel.fit(x, y, callbacks=[stop])",
            ["EarlyStopping", "TensorBoard"],
        ),
        (
            "if flag:\n    stop = EarlyStopping()\nelse:\n    stop = None\n"
            "model.fit(x, y, callbacks=[stop])",
            ["EarlyStopping"],
        ),
    ],
)
def test_callbacks(code: str, names: list[str]) -> None:
    files = {"watch.py": "import keras\nSTOP = keras.callbacks.EarlyStopping(patience=3)"}
    assert callbacks_of(code, files) == names


@pytest.mark.parametrize(
    "code",
    [
        "all = [CSVLogger('a')]\nif flag:\n    all.append(EarlyStopping())\n",
        "all = [CSVLogger('a')] if flag else [EarlyStopping()]\n",
        "all = [CSVLogger('a')]\nfor each in more:\n    all.append(each)\n",
        "all = [CSVLogger('a')]\nadd_more(all)\n",
        "all = [CSVLogger('a')] + more\n",
    ],
)
def test_callbacks_that_may_be_there_are_never_taken_for_absent(code: str) -> None:
    names = callbacks_of(f"{code}model.fit(x, y, callbacks=all)")
    assert {"EarlyStopping", "?"} & set(names)


def test_the_settings_of_a_callback() -> None:
    run = run_after_model(
        "model.fit(x, y, callbacks=[EarlyStopping('val_loss', patience=3, **more)])"
    )
    (callback,) = run.callbacks
    assert isinstance(callback, Callback)
    assert constant(callback.config["monitor"]) == "val_loss"
    assert constant(callback.config["patience"]) == 3
    assert callback.more is not None


def test_a_callback_of_the_project_is_known_as_such() -> None:
    run = run_after_model(
        """
        class Stop(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                self.model.stop_training = True
        model.fit(x, y, callbacks=[Stop()])
        """
    )
    (callback,) = run.callbacks
    assert isinstance(callback, Callback)
    assert callback.name == "Stop"
    assert isinstance(callback.of, Class)


# Settings


@pytest.mark.parametrize(
    ("code", "assumed"),
    [
        ("EPOCHS, SIZE = 42, 16\nmodel.fit(x, y, epochs=EPOCHS, batch_size=SIZE)", False),
        ("EPOCHS = 40\nEPOCHS += 2\nmodel.fit(x, y, epochs=EPOCHS, batch_size=4 ** 2)", False),
        ("options = {'epochs': 42, 'batch_size': 16}\nmodel.fit(x, y, **options)", False),
        (
            "C = {'train': {'epochs': 42, 'size': 16}}\n"
            "model.fit(x, y, epochs=C['train']['epochs'], batch_size=C['train']['size'])",
            False,
        ),
        (
            "class Config:\n    EPOCHS = 42\n    SIZE = 16\n"
            "model.fit(x, y, epochs=Config.EPOCHS, batch_size=Config().SIZE)",
            False,
        ),
        (
            "def train(**options):\n    model.fit(x, y, **options)\n"
            "train(epochs=42, batch_size=16)",
            False,
        ),
        (
            "def train(epochs, batch_size=16):\n"
            "    model.fit(x, y, epochs=epochs, batch_size=batch_size)\ntrain(42)",
            False,
        ),
        ("from settings import EPOCHS, SIZE\nmodel.fit(x, y, SIZE, EPOCHS)", False),
        (
            "import argparse\np = argparse.ArgumentParser()\n"
            "p.add_argument('--epochs', type=int, default=42)\n"
            "p.add_argument('--batch-size', type=int, default=16)\na = p.parse_args()\n"
            "model.fit(x, y, epochs=a.epochs, batch_size=a.batch_size)",
            True,
        ),
        (
            "from absl import app, flags\nFLAGS = flags.FLAGS\n"
            "flags.DEFINE_integer('epochs', 42, '')\nflags.DEFINE_integer('size', 16, '')\n"
            "def main(argv):\n    model.fit(x, y, epochs=FLAGS.epochs, batch_size=FLAGS.size)\n"
            "app.run(main)",
            True,
        ),
        (
            "import click\n@click.command()\n@click.option('--epochs', default=42)\n"
            "@click.option('--batch-size', '-b', default=16, type=int)\n"
            "def main(epochs, batch_size):\n"
            "    model.fit(x, y, epochs=epochs, batch_size=batch_size)\nmain()",
            True,
        ),
        (
            "def train(epochs=42, batch_size=16):\n"
            "    model.fit(x, y, epochs=epochs, batch_size=batch_size)",
            True,
        ),
    ],
)
def test_epochs_and_batch_size(code: str, assumed: bool) -> None:
    """What only a command line, or nobody, passes is known as a default."""
    run = run_after_model(code, {"settings.py": "EPOCHS = 42\nSIZE = 16"})
    assert isinstance(run.epochs, Const)
    assert run.epochs.value == 42
    assert (run.epochs.default is not None) is assumed
    assert run.batch_size == 16


@pytest.mark.parametrize(
    "epochs", ["int(input())", "count", "options['epochs']", "5 if flag else 500", "'many'"]
)
def test_epochs_that_are_not_known(epochs: str) -> None:
    run = run_after_model(f"model.fit(x, y, epochs={epochs})")
    assert isinstance(run.epochs, Unknown)


def test_keywords_that_are_not_known_may_hold_the_epochs() -> None:
    run = run_after_model("model.fit(x, y, **settings)")
    assert isinstance(run.epochs, Unknown)
    assert run.batch_size is None
    assert run.more is not None


# Where fit stands

TRAINER = """
import keras
class Trainer:
    def __init__(self, units):
        self.model = keras.Sequential([keras.layers.Dense(units)])
        self.model.compile("sgd", "mse")
    def train(self, x, y, epochs):
        self.model.fit(x, y, epochs=epochs)
"""


def test_fit_of_an_attribute_in_a_method_that_is_called() -> None:
    (run,) = script_of(TRAINER + "Trainer(5).train(x, y, epochs=9)").runs
    assert (head_of(run).units, epochs_of(run)) == (5, 9)
    assert optimizer_of(run).string == "sgd"


def test_fit_of_an_attribute_in_a_method_that_nobody_calls() -> None:
    (run,) = script_of(TRAINER).runs
    assert layers_of(run) == ["Dense"]
    assert head_of(run).units is None
    assert isinstance(run.epochs, Unknown)
    assert optimizer_of(run).string == "sgd"


def test_fit_of_an_attribute_that_a_subclass_sets() -> None:
    (run,) = script_of(
        """
        import keras
        class Base:
            def __init__(self):
                self.build()
            def train(self, x, y):
                self.model.fit(x, y)
        class Small(Base):
            def build(self):
                self.model = keras.Sequential([keras.layers.Dense(2)])
                self.model.compile("adam", "mse")
        Small().train(x, y)
        """
    ).runs
    assert head_of(run).units == 2


def test_fit_in_a_function_that_nobody_calls_knows_what_it_builds() -> None:
    (run,) = script_of(f"def main():\n{indent(MODEL, '    ')}    model.fit(x, y, epochs=3)").runs
    assert head_of(run).activation == "softmax"
    assert epochs_of(run) == 3


def test_fit_in_a_function_that_is_called_twice_is_two_runs() -> None:
    code = """
    def train(epochs):
        model.fit(x, y, epochs=epochs)
    train(3)
    train(epochs=4)
    """
    assert [epochs_of(run) for run in script_of(MODEL + dedent(code)).runs] == [3, 4]


def test_fit_of_a_parameter_that_nothing_passes_is_a_run_of_something_unknown() -> None:
    (run,) = script_of("import keras\ndef train(model, x, y):\n    model.fit(x, y, epochs=3)").runs
    assert isinstance(run.model, Unknown)
    assert not run.resolved


def test_fit_in_another_file_is_a_run_of_the_script_that_calls_it() -> None:
    files = {
        "lib/training.py": "def train(model, x, y, epochs):\n    model.fit(x, y, epochs=epochs)"
    }
    script = script_of(f"{MODEL}from lib.training import train\ntrain(model, x, y, 8)", files)
    (run,) = script.runs
    places = script.locate([run.site, run.call])
    assert places[run.site].filename.endswith("main.py")
    assert places[run.call].filename.endswith("training.py")
    assert (epochs_of(run), head_of(run).units) == (8, 3)


def test_a_trainer_of_another_file() -> None:
    code = "from trainer import Trainer\nt = Trainer(4)\nt.train(x, y, epochs=6)"
    (run,) = script_of(code, {"trainer.py": TRAINER}).runs
    assert (head_of(run).units, epochs_of(run)) == (4, 6)


def test_a_branch_that_never_runs_trains_nothing() -> None:
    assert script_of(f"{MODEL}if False:\n    model.fit(x, y)").runs == ()


# Training loops

LOOP = """
import tensorflow as tf
model = tf.keras.Sequential([tf.keras.layers.Dense(3)])
optimizer = tf.keras.optimizers.SGD()
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
{before}
for epoch in range(100):
    for x, y in data:
        {step}
"""
STEP = """
with tf.GradientTape() as tape:
    loss = loss_fn(y, model(x))
gradients = tape.gradient(loss, model.trainable_variables)
optimizer.apply_gradients(zip(gradients, model.trainable_variables))
"""


def test_a_loop_with_a_tape_is_one_run() -> None:
    step = indent(STEP, " " * 8).lstrip()
    (run,) = script_of(LOOP.format(before="", step=step)).runs
    assert run.method == "GradientTape"
    assert run.in_loop
    assert layers_of(run) == ["Dense"]
    assert (optimizer_of(run).name, optimizer_of(run).config) == ("sgd", {})


@pytest.mark.parametrize(
    "decorator", ["", "@tf.function\n", "@tf.function(jit_compile=True)\n", "@tf.autograph\n"]
)
def test_a_step_in_a_function(decorator: str) -> None:
    body = indent(STEP, "    ")
    before = f"{decorator}def step(x, y):{body}    return loss"
    (run,) = script_of(LOOP.format(before=before, step="step(x, y)")).runs
    assert run.method == "GradientTape"
    assert head_of(run).units == 3
    assert optimizer_of(run).name == "sgd"
    assert run.in_loop


def test_a_loop_of_which_no_optimizer_is_seen() -> None:
    code = """
    import tensorflow as tf
    model = tf.keras.Sequential([tf.keras.layers.Dense(3)])
    with tf.GradientTape() as tape:
        loss = compare(model(x))
    update(tape.gradient(loss, model.trainable_variables))
    """
    (run,) = script_of(code).runs
    assert isinstance(run.compiled, Unknown)
    assert layers_of(run) == ["Dense"]


def test_a_tape_that_watches_an_input_trains_nothing() -> None:
    code = """
    import tensorflow as tf
    with tf.GradientTape() as tape:
        tape.watch(image)
        loss = score(image)
    gradient = tape.gradient(loss, image)
    """
    assert script_of(code).runs == ()


def test_train_step_belongs_to_the_fit_that_calls_it() -> None:
    body = indent(STEP.replace("model", "self"), " " * 8)
    code = f"""
import tensorflow as tf
loss_fn = tf.keras.losses.MeanSquaredError()
optimizer = tf.keras.optimizers.SGD()
class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.out = tf.keras.layers.Dense(2)
    def call(self, x):
        return self.out(x)
    def train_step(self, data):
        x, y = data
{body}
        return {{"loss": loss}}
net = Net()
net.compile("adam")
net.fit(x, y, epochs=3)
"""
    (run,) = script_of(code).runs
    assert run.method == "fit"
    assert model_of(run).own_training
    assert list(run.outputs()) == []


# What is no training run


@pytest.mark.parametrize(
    "code",
    [
        "import re\npattern = re.compile('a+')\npattern.fit(x)",
        "from sklearn.preprocessing import StandardScaler\nStandardScaler().fit(x)",
        "from sklearn.ensemble import RandomForestClassifier\nRandomForestClassifier().fit(x, y)",
        "from sklearn.pipeline import make_pipeline\nmake_pipeline(a(), b()).fit(x, y)",
        "from sklearn.model_selection import GridSearchCV\n"
        "GridSearchCV(model, {'epochs': [5, 500]}).fit(x, y)",
        "from keras.preprocessing.image import ImageDataGenerator\nImageDataGenerator().fit(x)",
        "from keras.preprocessing.text import Tokenizer\nTokenizer().fit_on_texts(texts)",
        "import lightgbm\n"
        "lightgbm.LGBMClassifier().fit(x, y, eval_set=[(a, b)], callbacks=[lightgbm.log()])",
        "import xgboost\nxgboost.XGBClassifier().fit(x, y, eval_set=[(a, b)], verbose=False)",
        "from rl.agents.dqn import DQNAgent\nagent = DQNAgent(model=model, nb_actions=2)\n"
        "agent.compile('sgd', metrics=['mae'])\nagent.fit(env, nb_steps=50000, verbose=1)",
        "class Regression:\n    def fit(self, x, y, epochs=500):\n        self.w = x\n"
        "Regression().fit(x, y, epochs=500)",
        "something.fit(x, y)",
        "text = 'model.fit(x, y)'",
        "# model.fit(x, y)",
        "model.fit",
        "model.evaluate(x, y)\nmodel.predict(x)",
    ],
)
def test_what_is_no_training_run(code: str) -> None:
    assert script_of(MODEL + code).runs == ()
    assert len(script_of(f"{MODEL}{code}\nmodel.fit(x, y)").runs) == 1


def test_something_unknown_is_trained_where_only_keras_takes_what_is_passed() -> None:
    (run,) = script_of("import keras\nnet = build()\nnet.fit(x, y, epochs=500)").runs
    assert isinstance(run.model, Unknown)
    assert isinstance(run.compiled, Unknown)
    assert epochs_of(run) == 500


TUNED = """
import keras, keras_tuner as kt
def build(hp):
    model = keras.Sequential([keras.layers.Dense(hp.Int("units", 8, 64)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model
class Hyper(kt.HyperModel):
    def build(self, hp):
        return build(hp)
"""


@pytest.mark.parametrize(
    "tuner",
    [
        "kt.RandomSearch(build, objective='val_loss', max_trials=3)",
        "kt.Hyperband(hypermodel=build, objective='val_loss')",
        "kt.BayesianOptimization(Hyper(), objective='val_loss')",
        "kt.tuners.GridSearch(build)",
    ],
)
def test_a_search_trains_what_its_function_builds(tuner: str) -> None:
    code = f"{TUNED}{tuner}.search(x, y, epochs=70, validation_data=(a, b))"
    (run,) = [each for each in script_of(code).runs if each.method == "search"]
    assert layers_of(run) == ["Dense", "Dense"]
    assert run.epochs.value == 70  # type: ignore[union-attr]
    assert run.validated is Answer.YES


@pytest.mark.parametrize("variables", ["trainable_variables", "trainable_weights"])
def test_variables_by_both_of_their_names(variables: str) -> None:
    code = f"""
import keras, tensorflow as tf
model = keras.Sequential([keras.layers.Dense(1)])
with tf.GradientTape() as tape:
    loss = model(x)
gradients = tape.gradient(loss, model.{variables})
"""
    assert [each.method for each in script_of(code).runs] == ["GradientTape"]


def test_a_command_line_as_a_dict() -> None:
    code = """
import argparse, keras
parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=42)
arguments = vars(parser.parse_args())
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=arguments["epochs"])
"""
    epochs = run_of(code).epochs
    assert isinstance(epochs, Const)
    assert epochs.value == 42
    assert epochs.default is not None


def test_a_class_that_may_be_a_model_is_a_run_that_is_not_resolved() -> None:
    code = """
import somebodys_models
class Mine(somebodys_models.Model):
    pass
Mine().fit(data, epochs=3)
"""
    (run,) = script_of(code).runs
    assert not run.resolved
