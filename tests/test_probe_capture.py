"""Fits of whole scripts that are taken over, in this process and in one of their own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from intercepting import Run, intercepting

from runtime_probe.child.setup import Stop

keras = pytest.importorskip("keras")
tf_keras = pytest.importorskip("tf_keras")

DATA = """\
import numpy as np
x, y = np.random.rand(40, 3), np.random.randint(0, 2, 40)
"""
KERAS = "import keras\n" + DATA
MODEL = """\
model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1, activation="sigmoid")])
model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return intercepting(tmp_path, monkeypatch)


def test_the_script_goes_on_with_the_trained_model_and_a_history(run: Run) -> None:
    fit = "history = model.fit(x, y, epochs=3, validation_split=0.25)\nscores = model.evaluate(x, y)\n"
    ran = run(KERAS + MODEL + fit)
    (taken,) = ran.taken
    assert (taken.kind, taken.framework, taken.line) == ("sequential", "keras", 6)
    assert (taken.rows, taken.epochs, taken.steps, taken.validated) == (30, 3, 3, True)
    assert (taken.loss, taken.metrics) == ("binary_crossentropy", ["accuracy"])
    history = ran.names["history"]
    assert history.epoch == [0, 1, 2]
    assert history.history["loss"] == [0.5, 0.25, 0.25]
    assert history.history["accuracy"] == [0.5, 0.75, 0.75]
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(np.array_equal(each, np.ones(each.shape)) for each in ran.names["model"].variables)
    assert len(ran.names["scores"]) == 2
    assert ran.names["model"].run_eagerly is False


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
def test_the_lines_of_its_parts_are_known(run: Run, package: str) -> None:
    text = f"""\
import {package} as keras
import numpy as np
inner = keras.Sequential([
    keras.layers.Input((3,)),
    keras.layers.Dense(4, name="first"),
])
model = keras.Sequential([inner])
model.add(
    keras.layers.Dense(
        1,
        name="last",
    )
)
rate = keras.optimizers.SGD(0.1)
model.compile(
    rate, "mse")
model.fit(np.ones((8, 3)), np.ones(8))
"""
    (taken,) = run(text).taken
    parts = ("first", "last", "optimizer", "compile")
    assert [taken.lines[each] for each in parts] == [5, 9, 14, 15]
    ran = run(KERAS + MODEL + "model.fit(x, y)")
    (taken,) = ran.taken
    assert taken.lines["optimizer"] == taken.lines["compile"] == 5


def test_lines_of_another_file_are_not_taken_for_those_of_the_script(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "made_elsewhere.py").write_text(
        'import keras\n\n\nlast = keras.layers.Dense(1, "sigmoid", name="last")\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    model = MODEL.replace('keras.layers.Dense(1, activation="sigmoid")', "made_elsewhere.last")
    (taken,) = run(KERAS + "import made_elsewhere\n" + model + "model.fit(x, y)").taken
    assert "last" not in taken.lines
    assert taken.lines["compile"] == 6


def test_the_model_is_as_the_script_has_left_it(run: Run) -> None:
    unbuilt = """\
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dropout(0.5), keras.layers.BatchNormalization(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
"""
    ran = run(KERAS + unbuilt + "model.fit(x, y)\n")
    keras.utils.set_random_seed(1)
    same = keras.Sequential(
        [
            keras.layers.Dense(4),
            keras.layers.Dropout(0.5),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1),
        ]
    )
    same.build((None, 3))
    for one, other in zip(ran.states[0], same.variables, strict=True):
        np.testing.assert_array_equal(one, other)


def test_without_an_outcome_the_script_goes_on_with_a_step_of_its_own(run: Run) -> None:
    ran = run(KERAS + MODEL + "h = model.fit(x, y, epochs=4)\n", hear=lambda taken: None)
    assert len(ran.names["h"].history["accuracy"]) == 4
    assert not all(
        np.array_equal(one, other)
        for one, other in zip(ran.states[0], ran.names["model"].variables, strict=True)
    )


def test_each_line_is_taken_over_once_and_then_runs_a_few_steps(run: Run) -> None:
    loop = """\
steps = []
count = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: steps.append(batch))
for fold in range(3):
    history = model.fit(x, y, epochs=5, batch_size=1, validation_data=(x, y), callbacks=[count])
"""
    ran = run(KERAS + MODEL + loop)
    assert [each.line for each in ran.taken] == [9]
    assert ran.names["steps"] == [0, 0, 1, 2, 0, 1, 2]
    assert len(ran.names["history"].history["val_loss"]) == 5


def test_only_the_lines_that_are_asked_for_are_taken_over(run: Run) -> None:
    fits = "model.fit(x, y)\nmodel.fit(\n    x,\n    y,\n)\n"
    assert [each.line for each in run(KERAS + MODEL + fits, lines=(9,)).taken] == [7]
    assert [each.line for each in run(KERAS + MODEL + fits).taken] == [6, 7]


def test_the_line_is_one_of_the_script_where_a_module_of_it_trains(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "helper.py").write_text("def train(model, x, y):\n    model.fit(x, y)\n")
    text = f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nimport helper\n"
    text += KERAS + MODEL + "helper.train(model, x, y)\n"
    (inner,) = run(text).taken
    assert (Path(inner.filename).name, inner.line) == ("helper.py", 2)
    (outer,) = run(text, lines=(9,)).taken
    assert (Path(outer.filename).name, outer.line) == ("script.py", 9)


KINDS = {
    "functional": """\
inputs = keras.Input((3,))
model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
""",
    "subclassed": """\
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)
    def call(self, x):
        return self.dense(x)
model = Net()
""",
    "sequential": "model = keras.Sequential([keras.layers.Dense(1)])\n",
}


@pytest.mark.parametrize("package", ["keras", "tf_keras", "tensorflow.keras"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_of_every_keras(run: Run, kind: str, package: str) -> None:
    start = "from tensorflow import keras\n" if "." in package else f"import {package} as keras\n"
    ran = run(start + DATA + KINDS[kind] + 'model.compile("adam", "mse")\nmodel.fit(x, y)\n')
    (taken,) = ran.taken
    assert (taken.kind, taken.custom_train_step) == (kind, False)
    assert taken.framework == ("tf_keras" if package == "tf_keras" else "keras")
    rate = taken.optimizer.build().learning_rate
    assert float(rate) == pytest.approx(1e-3)


def test_a_model_that_trains_itself_is_known(run: Run) -> None:
    own = """\
class Net(keras.Model):
    def train_step(self, data):
        return super().train_step(data)
inputs = keras.Input((3,))
model = Net(inputs, keras.layers.Dense(1)(inputs))
model.compile("adam", "mse")
history = model.fit(x, y)
"""
    ran = run(KERAS + own)
    (taken,) = ran.taken
    assert (taken.kind, taken.custom_train_step) == ("functional", True)
    assert ran.names["history"].history["loss"] == [0.5]


CALLBACKS = """\
class Logs(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print(epoch, logs["loss"], self.model.predict(x[:1], verbose=0))
class Rate(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.optimizer.learning_rate.assign(0.1)
class Reader(keras.callbacks.Callback):
    def __init__(self, learning_rate):
        super().__init__()
        self.learning_rate = learning_rate
    def on_epoch_end(self, epoch, logs=None):
        print(self.model.optimizer.learning_rate.numpy(), self.model.layers[0].get_weights()[0])
class Setter(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch > 9:
            self.model.optimizer.learning_rate = 0.1
def stop(model):
    model.stop_training = True
class Target(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if logs["loss"] < 0.1:
            stop(self.model)
callbacks = keras.callbacks
"""


@pytest.mark.parametrize(
    "given, rate, unknown",
    [
        ("Logs()", [], []),
        ("[Rate(), Logs(), Target()]", [], ["Rate", "Target"]),
        ("[Reader(0.1), Setter()]", [], ["Setter"]),
        ("callbacks.ReduceLROnPlateau()", ["ReduceLROnPlateau"], []),
        ("[callbacks.LearningRateScheduler(lambda e: 0.1)]", ["LearningRateScheduler"], []),
        ("[callbacks.ModelCheckpoint('best.keras'), callbacks.CSVLogger('log.csv')]", [], []),
        ("[callbacks.LambdaCallback(on_epoch_end=lambda e, logs: print(e))]", [], []),
        (
            "[callbacks.LambdaCallback(on_epoch_end=lambda e, logs: model.set_weights(model.get_weights()))]",
            [],
            ["LambdaCallback"],
        ),
        ("[callbacks.SwapEMAWeights()]", [], ["SwapEMAWeights"]),
    ],
)
def test_callbacks_are_sorted_by_what_they_do(
    run: Run, given: str, rate: list[str], unknown: list[str]
) -> None:
    compiled = 'model.compile(keras.optimizers.SGD(use_ema=True), "mse")\n'
    text = KERAS + CALLBACKS + MODEL + compiled + f"model.fit(x, y, callbacks={given})\n"
    (taken,) = run(text).taken
    assert [type(each).__name__ for each in taken.rate_callbacks] == rate
    assert list(taken.unknown_callbacks) == unknown


def test_early_stopping_is_known_and_a_checkpoint_is_there_afterwards(run: Run) -> None:
    fit = """\
history = model.fit(x, y, epochs=9, validation_split=0.5, callbacks=[
    keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=2, min_delta=0.01),
    keras.callbacks.ModelCheckpoint("best.weights.h5", save_best_only=True, save_weights_only=True, monitor="val_accuracy"),
])
model.load_weights("best.weights.h5")
"""
    ran = run(KERAS + MODEL + fit)
    assert ran.taken[0].stop == Stop("val_accuracy", 2, 0.01, "max")
    assert all(np.array_equal(each, np.ones(each.shape)) for each in ran.names["model"].weights)


def test_a_schedule_of_the_scripts_own_is_kept(run: Run) -> None:
    text = """\
class Falling(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.1 / (1.0 + keras.ops.cast(step, "float32"))
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(Falling(), momentum=0.5), "mse")
model.fit(x, y)
"""
    (taken,) = run(KERAS + text).taken
    assert taken.optimizer.learning_rate is None
    assert float(taken.optimizer.build().learning_rate) == pytest.approx(0.1)
    assert taken.optimizer.config["momentum"] == 0.5


def test_a_model_for_one_size_of_batches_gets_no_other(run: Run) -> None:
    text = """\
model = keras.Sequential([keras.Input(batch_shape=(8, 3)), keras.layers.Reshape((3, 1)), keras.layers.LSTM(2, stateful=True), keras.layers.Dense(1)])
model.compile("sgd", "mse")
history = model.fit(x, y, batch_size=8, validation_data=(x[:16], y[:16]))
"""
    ran = run(KERAS + text)
    assert ran.taken[0].sample.batch_size == 8
    assert set(ran.names["history"].history) == {"loss", "accuracy", "val_loss"}


@pytest.mark.parametrize(
    "model, wrong",
    [
        (MODEL.replace("Dense(1,", "Dense(2,"), "rank|shape"),
        ("model = keras.Sequential([keras.layers.Dense(1)])\n", "compile"),
        (MODEL.replace("keras.layers.Dense(4)", "keras.Input((7,))"), "shape|incompatible"),
    ],
)
def test_what_keras_refuses_fails_at_the_call_of_fit(run: Run, model: str, wrong: str) -> None:
    text = KERAS + model + "model.fit(x, y)\n"
    with pytest.raises(ValueError, match=wrong) as caught:
        run(text)
    lines = [each.lineno for each in caught.traceback if Path(str(each.path)).name == "script.py"]
    assert [line + 1 for line in lines] == [len(text.splitlines())]


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
@pytest.mark.parametrize("held_out", ["", ", validation_data=(x, y)"])
def test_features_of_one_dimension_are_made_columns(run: Run, package: str, held_out: str) -> None:
    """As Keras did in fit before 2.16; now it raises where the model is not built."""
    text = f"""\
import {package} as keras
import numpy as np
x, y = np.linspace(0, 1, 40), np.linspace(0, 1, 40)
model = keras.Sequential([keras.layers.Dense(4, name="first"), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(x, y{held_out})
"""
    with pytest.raises(ValueError, match="expected min_ndim=2"):
        exec(text, {})
    (taken,) = run(text).taken
    assert taken.sample.x.shape == (40, 1)
    assert taken.refused_by == "first"
    if held_out:
        assert taken.sample.validation is not None
        assert taken.sample.validation.x.shape == (40, 1)
    (taken,) = run(text.replace("Sequential([", "Sequential([keras.layers.Input((1,)), ")).taken
    assert taken.refused_by is None
    own = """\
class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = keras.layers.Dense(1)

    def call(self, x):
        return self.first(x[:, None])


model = Own()
"""
    lines = text.splitlines(keepends=True)
    (taken,) = run("".join((*lines[:3], own, *lines[4:]))).taken
    assert (taken.refused_by, taken.sample.x.shape) == (None, (40,))


def test_data_that_cannot_be_read_are_named(run: Run) -> None:
    with pytest.raises(ValueError, match="Unrecognized data type"):
        run(KERAS + MODEL + "model.fit([1.0, 2.0], [0, 1])\n")


def test_a_script_that_puts_its_own_fit_in_the_place_is_found_out(run: Run) -> None:
    ran = run(KERAS + MODEL + "keras.Model.fit = lambda *a, **k: None\nmodel.fit(x, y)\n")
    is_replaced = ran.interception.is_replaced
    del keras.Model.fit  # the class that the original is of has another one
    assert (ran.taken, is_replaced) == ([], True)
    assert not run(KERAS + MODEL + "model.fit(x, y)\n").interception.is_replaced


def test_a_generator_that_was_read_is_not_needed_again(run: Run) -> None:
    text = """\
def batches():
    for start in range(0, 40, 10):
        yield x[start:start + 10], y[start:start + 10]
history = model.fit(batches(), epochs=1)
"""
    ran = run(KERAS + MODEL + text)
    assert ran.taken[0].sample.rows == 40
    assert "accuracy" in ran.names["history"].history


def test_the_hooks_wait_until_the_script_has_chosen_its_keras(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        'import os\nos.environ["TF_USE_LEGACY_KERAS"] = "1"\n'
        "from tensorflow import keras\n" + DATA + MODEL + "model.fit(x, y)\n"
    )
    runner = f"""\
    import sys, time
    from runtime_probe.child import interception
    from runtime_probe.job import Job
    job = Job({str(script)!r}, {str(tmp_path)!r}, (), (), (), 60, 3, 4096, None, False)
    hear = lambda taken, *_: print("TAKEN", taken.framework, taken.line)
    interception.install(job, print, time.monotonic() + 60, hear)
    assert not {{"tensorflow", "keras"}} & set(sys.modules)
    exec(compile(open(job.script).read(), job.script, "exec"), {{"__name__": "__main__"}})
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(runner)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "TAKEN tf_keras 8" in done.stdout, done.stderr
