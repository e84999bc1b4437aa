"""Arguments that functions of Keras took once: renamed, removed or ignored.

Functions are named as :class:`~tfcheck.script.Use` names them, whatever the script calls them:
``keras.layers.Conv2D`` for ``Convolution2D`` too, and ``model.fit`` for the method.
"""

from __future__ import annotations

from collections.abc import Iterable

from lint_rules.migration.moved_modules import LAYERS
from lint_rules.migration.rows import (
    AFTER_KERAS_1,
    IGNORED,
    SAFE,
    UNSAFE,
    WARNS,
    Argument,
)


def of_module(module: str, names: str) -> frozenset[str]:
    return frozenset(f"{module}.{name}" for name in names.split())


def _layers(names: str) -> frozenset[str]:
    return of_module("keras.layers", names)


_CONV = _layers("Conv1D Conv2D Conv3D Conv2DTranspose ConvLSTM2D SeparableConv2D")
_POOLING = _layers(
    "MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D"
)
_POOLING_1D = _layers("MaxPooling1D AveragePooling1D")
_IMAGES = _layers(
    "UpSampling2D UpSampling3D ZeroPadding2D ZeroPadding3D Cropping2D Cropping3D "
    "GlobalAveragePooling2D GlobalMaxPooling2D SpatialDropout2D SpatialDropout3D"
)
_RECURRENT = _layers("LSTM GRU SimpleRNN")
_GATED = _layers("LSTM GRU")
_WEIGHTED = (_CONV - _layers("SeparableConv2D")) | _RECURRENT | _layers("Dense")
_ANY_LAYER = frozenset(f"keras.layers.{name}" for name in LAYERS if name[0].isupper()) - _layers(
    "Input InputLayer InputSpec Layer Wrapper HashedCrossing CategoryEncoding Discretization"
)
_OPTIMIZERS = of_module(
    "keras.optimizers", "SGD Adam RMSprop Adagrad Adadelta Adamax Nadam Ftrl AdamW Lion Adafactor"
)
_METHODS = of_module("model", "fit evaluate predict")


def _renamed(of: Iterable[str], pairs: str) -> tuple[Argument, ...]:
    """Arguments of Keras 1 by their names of today, as ``old=new``."""
    split = (pair.split("=") for pair in pairs.split())
    return tuple(Argument(frozenset(of), old, new, SAFE, since=AFTER_KERAS_1) for old, new in split)


_SPEED = "workers use_multiprocessing max_queue_size"

ARGUMENTS = (
    *_renamed(_layers("Dense") | _RECURRENT, "output_dim=units"),
    *_renamed(
        _WEIGHTED,
        "init=kernel_initializer W_regularizer=kernel_regularizer b_regularizer=bias_regularizer "
        "W_constraint=kernel_constraint b_constraint=bias_constraint bias=use_bias",
    ),
    *_renamed(
        _RECURRENT,
        "inner_init=recurrent_initializer U_regularizer=recurrent_regularizer "
        "dropout_W=dropout dropout_U=recurrent_dropout",
    ),
    *_renamed(_GATED, "inner_activation=recurrent_activation"),
    *_renamed(
        _CONV,
        "nb_filter=filters filter_length=kernel_size subsample=strides subsample_length=strides "
        "border_mode=padding",
    ),
    Argument(
        _layers("Conv2D SeparableConv2D"),
        "nb_row",
        fix=SAFE,
        combined=True,
        instead="kernel_size=(rows, columns)",
        since=AFTER_KERAS_1,
    ),
    Argument(_layers("Conv2D SeparableConv2D"), "nb_col", since=AFTER_KERAS_1),
    Argument(
        _RECURRENT,
        "input_length",
        fix=SAFE,
        combined=True,
        instead="input_shape=(length, features)",
    ),
    *_renamed(_POOLING, "border_mode=padding"),
    Argument(
        _CONV | _POOLING | _IMAGES,
        "dim_ordering",
        "data_format",
        SAFE,
        values=(("th", "channels_first"), ("tf", "channels_last")),
        since=AFTER_KERAS_1,
    ),
    *_renamed(_POOLING_1D, "pool_length=pool_size stride=strides"),
    *_renamed(_layers("UpSampling1D"), "length=size"),
    *_renamed(_layers("Dropout GaussianDropout SpatialDropout1D SpatialDropout2D"), "p=rate"),
    *_renamed(_layers("GaussianNoise"), "sigma=stddev"),
    *_renamed(
        _layers("Embedding"),
        "init=embeddings_initializer W_regularizer=embeddings_regularizer "
        "W_constraint=embeddings_constraint",
    ),
    *_renamed(
        _layers("BatchNormalization"), "gamma_init=gamma_initializer beta_init=beta_initializer"
    ),
    *_renamed(_layers("PReLU"), "init=alpha_initializer"),
    *_renamed(of_module("keras", "Model"), "input=inputs output=outputs"),
    *_renamed(of_module("model", "fit"), "nb_epoch=epochs"),
    *_renamed(of_module("keras.utils", "to_categorical"), "nb_classes=num_classes y=x"),
    *_renamed(
        of_module("keras.datasets", "imdb.load_data reuters.load_data"), "nb_words=num_words"
    ),
    Argument(_RECURRENT, "consume_less", fix=SAFE, since=AFTER_KERAS_1),
    Argument(_RECURRENT, "forget_bias_init", fix=SAFE, only=("one", "ones"), since=AFTER_KERAS_1),
    Argument(_RECURRENT, "time_major", fix=SAFE, only=(False,), instead="keras.ops.swapaxes"),
    Argument(_layers("Embedding"), "dropout", instead="SpatialDropout1D", since=AFTER_KERAS_1),
    Argument(_layers("BatchNormalization"), "mode", fix=SAFE, only=(0, 2), since=AFTER_KERAS_1),
    *(
        Argument(_layers("BatchNormalization"), name, fix=SAFE, only=only)
        for name, only in (("fused", ()), ("virtual_batch_size", (None,)), ("adjustment", (None,)))
    ),
    Argument(
        _ANY_LAYER,
        "batch_input_shape",
        fix=SAFE,
        combined=True,
        instead="keras.Input(batch_shape=...) as the first layer of the model",
    ),
    Argument(
        _ANY_LAYER - _layers("Embedding Bidirectional"),
        "weights",
        instead="layer.set_weights once it is built",
    ),
    Argument(_OPTIMIZERS, "lr", "learning_rate", SAFE),
    Argument(of_module("keras.optimizers", "Nadam"), "schedule_decay", fix=UNSAFE),
    Argument(
        of_module("keras.callbacks", "ModelCheckpoint"),
        "period",
        fix=SAFE,
        only=(1,),
        instead="save_freq",
    ),
    *(
        Argument(of_module("keras.callbacks", "TensorBoard"), name, fix=SAFE)
        for name in "write_grads batch_size".split()
    ),
    *(
        Argument(of_module("keras.callbacks", "TensorBoard"), name, fix=SAFE, only=(None,))
        for name in "embeddings_layer_names embeddings_data".split()
    ),
    *(
        Argument(_METHODS, name, fix=SAFE, instead="the constructor of a keras.utils.PyDataset")
        for name in _SPEED.split()
    ),
    Argument(
        of_module("model", "fit evaluate"),
        "show_accuracy",
        fix=UNSAFE,
        instead="metrics=['accuracy'] in compile",
        since=AFTER_KERAS_1,
    ),
    Argument(of_module("model", "compile"), "class_mode", fix=SAFE, since=AFTER_KERAS_1),
    Argument(of_module("model", "compile"), "sample_weight_mode", fix=SAFE),
    Argument(of_module("model", "compile"), "target_tensors", fix=SAFE, only=(None,)),
    Argument(of_module("model", "train_on_batch test_on_batch"), "reset_metrics", fix=UNSAFE),
    Argument(of_module("model", "save_weights"), "save_format", fix=SAFE),
    Argument(
        of_module("keras.utils", "to_categorical"),
        "dtype",
        fix=UNSAFE,
        instead="keras.utils.to_categorical(...).astype(...)",
    ),
    Argument(of_module("keras.utils", "load_img"), "grayscale", instead="color_mode='grayscale'"),
    Argument(of_module("keras.activations", "relu"), "alpha", "negative_slope", SAFE),
    # Ignored, with a warning that is easily lost among others.
    Argument(
        _OPTIMIZERS,
        "decay",
        fix=SAFE,
        only=(0, 0.0, None),
        what=IGNORED,
        instead="a keras.optimizers.schedules.InverseTimeDecay as learning_rate",
    ),
    # Still understood, and announced to go.
    Argument(_layers("LeakyReLU"), "alpha", "negative_slope", SAFE, what=WARNS),
    Argument(_layers("Embedding"), "input_length", fix=SAFE, what=WARNS),
)
