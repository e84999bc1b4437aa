"""One spelling for what libraries call by many names."""

from __future__ import annotations

import functools
import re

# Longest first: a prefix on the left is spelled as on the right.
_PREFIXES = (
    ("tensorflow.compat.v1.keras", "keras"),
    ("tensorflow.compat.v2.keras", "keras"),
    ("tensorflow.python.keras", "keras"),
    ("tensorflow_core.python.keras", "keras"),
    ("tensorflow.contrib.keras", "keras"),
    ("tensorflow.contrib.keras.api.keras", "keras"),
    ("tensorflow.compat.v1", "tensorflow"),
    ("tensorflow.compat.v2", "tensorflow"),
    ("tensorflow.keras", "keras"),
    ("tensorflow.optimizers", "keras.optimizers"),
    ("tensorflow.losses", "keras.losses"),
    ("tensorflow.metrics", "keras.metrics"),
    ("tensorflow.initializers", "keras.initializers"),
    ("tensorflow.python", "tensorflow"),
    ("tf_keras", "keras"),
    ("keras_core", "keras"),
    ("keras.src", "keras"),
    ("keras.api", "keras"),
    ("keras._tf_keras.keras", "keras"),
    ("keras_preprocessing", "keras.preprocessing"),
    ("keras.legacy", "keras"),
    ("keras_applications", "keras.applications"),
    ("sklearn.cross_validation", "sklearn.model_selection"),
    ("sklearn.grid_search", "sklearn.model_selection"),
    ("numpy.core", "numpy"),
    ("kerastuner", "keras_tuner"),
    ("keras_tuner.tuners", "keras_tuner"),
    ("keras_tuner.engine.tuner", "keras_tuner"),
)

_REWRITES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"^keras\.engine\.(?:\w+\.)?(Input|Model|Sequential|Layer)$", r"keras.layers.\1"),
        (r"^keras\.layers\.(?:[a-z_]+\.)+(?=[A-Z])", "keras.layers."),
        (
            r"^keras\.(?:models|engine|layers|training|functional)\.(?=(?:Model|Sequential|Input)$)",
            "keras.",
        ),
        (r"^keras\.(?:models|engine)\.(?:[a-z_]+\.)+(?=(?:Model|Sequential|Input)$)", "keras."),
        (
            r"^keras\.optimizers\.(?!schedules\.)(?:legacy|experimental|[a-z]+(?:_v\d)?)\.(?=[A-Z])",
            "keras.optimizers.",
        ),
        (r"^keras\.optimizers\.schedules\.(?:[a-z_]+\.)+", "keras.optimizers.schedules."),
        (r"^keras\.callbacks\.(?:[a-z_]+\.)+(?=[A-Z])", "keras.callbacks."),
        (
            r"^keras\.utils\.(?:np_utils|generic_utils|data_utils|vis_utils|io_utils)\.",
            "keras.utils.",
        ),
        (r"^keras\.np_utils\.", "keras.utils."),
        (r"^keras\.applications\.(?:\w+\.)+(?=[A-Z])", "keras.applications."),
        (
            r"^keras\.preprocessing\.(image|text|timeseries)_dataset_from_(\w+)$",
            r"keras.utils.\1_dataset_from_\2",
        ),
        (r"^keras\.preprocessing\.sequence\.pad_sequences$", "keras.utils.pad_sequences"),
        (
            r"^keras\.preprocessing\.image\.(load_img|img_to_array|array_to_img|save_img)$",
            r"keras.utils.\1",
        ),
        (
            r"^keras\.(?:saving|models)\.(?:\w+\.)*(load_model|save_model|clone_model)$",
            r"keras.models.\1",
        ),
        (
            r"^tensorflow\.data\.experimental\.(AUTOTUNE|cardinality|TFRecordDataset|CsvDataset)$",
            r"tensorflow.data.\1",
        ),
        (r"^sklearn\.preprocessing\.\w+\.(?=[A-Z])", "sklearn.preprocessing."),
        (r"^sklearn\.model_selection\._\w+\.", "sklearn.model_selection."),
    )
)

_RENAMED = {
    "keras.layers.Convolution1D": "keras.layers.Conv1D",
    "keras.layers.Convolution2D": "keras.layers.Conv2D",
    "keras.layers.Convolution3D": "keras.layers.Conv3D",
    "keras.layers.Deconvolution2D": "keras.layers.Conv2DTranspose",
    "keras.layers.SeparableConvolution2D": "keras.layers.SeparableConv2D",
    "keras.layers.MaxPool1D": "keras.layers.MaxPooling1D",
    "keras.layers.MaxPool2D": "keras.layers.MaxPooling2D",
    "keras.layers.MaxPool3D": "keras.layers.MaxPooling3D",
    "keras.layers.AvgPool1D": "keras.layers.AveragePooling1D",
    "keras.layers.AvgPool2D": "keras.layers.AveragePooling2D",
    "keras.layers.AvgPool3D": "keras.layers.AveragePooling3D",
    "keras.layers.GlobalAvgPool1D": "keras.layers.GlobalAveragePooling1D",
    "keras.layers.GlobalAvgPool2D": "keras.layers.GlobalAveragePooling2D",
    "keras.layers.GlobalMaxPool1D": "keras.layers.GlobalMaxPooling1D",
    "keras.layers.GlobalMaxPool2D": "keras.layers.GlobalMaxPooling2D",
    "keras.layers.CuDNNLSTM": "keras.layers.LSTM",
    "keras.layers.CuDNNGRU": "keras.layers.GRU",
    "keras.layers.InputLayer": "keras.layers.InputLayer",
    "keras.InputLayer": "keras.layers.InputLayer",
    "keras.optimizers.adam": "keras.optimizers.Adam",
    "keras.optimizers.sgd": "keras.optimizers.SGD",
    "keras.optimizers.rmsprop": "keras.optimizers.RMSprop",
    "tensorflow.AUTOTUNE": "tensorflow.data.AUTOTUNE",
    "PIL.Image.Image.open": "PIL.Image.open",
    "pandas.io.parsers.read_csv": "pandas.read_csv",
}

LIBRARIES = frozenset(
    "keras tensorflow tf_keras numpy pandas sklearn scipy matplotlib cv2 PIL os sys math random "
    "pathlib json csv re argparse absl click tensorflow_datasets tensorflow_addons imblearn "
    "seaborn glob datetime time collections itertools functools typing pickle h5py skimage "
    "keras_core tensorflow_core keras_preprocessing keras_applications tqdm torch jax logging "
    "copy string warnings shutil subprocess io abc dataclasses enum operator statistics "
    "keras_tuner kerastuner xgboost lightgbm catboost nltk gensim transformers joblib plotly "
    "tensorflow_hub tensorflow_probability optuna wandb mlflow gym contextlib zipfile tarfile "
    "urllib requests threading multiprocessing unittest pytest six yaml IPython keras_cv keras_hub "
    "keras_nlp statsmodels librosa imageio joblib albumentations".split()
)
"""Top-level names that are never looked for beside the script."""


def _replace_prefix(path: str) -> str:
    for prefix, replacement in _PREFIXES:
        if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "."):
            return replacement + path[len(prefix) :]
    return path


@functools.cache
def canonical(spelled: str) -> str:
    """The one spelling of a dotted path, ``tf.keras.layers.Dense`` and all its kin."""
    path = _replace_prefix(spelled)
    while path != (again := _replace_prefix(path)):
        path = again
    if path.startswith(("keras", "tensorflow", "sklearn")):
        for pattern, replacement in _REWRITES:
            path = pattern.sub(replacement, path)
    return _RENAMED.get(path, path)


# Short names that Keras accepts for losses and metrics.
_SHORT_NAMES = {
    "bce": "binary_crossentropy",
    "cosine": "cosine_similarity",
    "cosine_proximity": "cosine_similarity",
    "kld": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "mse": "mean_squared_error",
    "msle": "mean_squared_logarithmic_error",
    "acc": "accuracy",
}
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def function_name(name: str) -> str:
    """A loss or metric by the name of its function: ``MeanSquaredError``, ``mse`` and kin."""
    spaced = name if "_" in name else _WORDS.sub("_", name)
    return _SHORT_NAMES.get(spaced.lower(), spaced.lower())
