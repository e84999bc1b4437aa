"""Names of Keras that are gone: classes, functions, and modules whose names went nowhere."""

from __future__ import annotations

from lint_rules.migration.rows import ALONE, BOTH, SAFE, UNSAFE, Name


def _each(module: str, names: str, **facts: object) -> tuple[Name, ...]:
    return tuple(Name(f"{module}.{name}", **facts) for name in names.split())  # type: ignore[arg-type]


def _renamed(module: str, names: str) -> tuple[Name, ...]:
    """Pairs of old and new names in one module, as ``old=new``."""
    pairs = (pair.split("=") for pair in names.split())
    return tuple(Name(f"{module}.{old}", f"{module}.{new}", SAFE) for old, new in pairs)


def _still_in_tensorflow(module: str, names: str, instead: str) -> tuple[Name, ...]:
    """What ``tf.keras`` has kept from Keras 2 for those who need it."""
    return tuple(
        Name(
            f"keras.{module}.{name}", f"tensorflow.keras.{module}.{name}", UNSAFE, instead
        )._replace(homes=ALONE)
        for name in names.split()
    )


_AUGMENTATION = (
    "keras.utils.image_dataset_from_directory with layers such as keras.layers.RandomFlip"
)
_FUNCTIONAL = "keras.layers.concatenate, add, multiply, average, maximum or dot"
_SKLEARN = "keras.wrappers.SKLearnClassifier or SKLearnRegressor, or the package scikeras"

_SHORT = {
    "mean_squared_error": "MSE mse",
    "mean_absolute_error": "MAE mae",
    "mean_absolute_percentage_error": "MAPE mape",
    "mean_squared_logarithmic_error": "MSLE msle",
    "kl_divergence": "KLD kld kullback_leibler_divergence",
    "log_cosh": "logcosh",
}

_TIME, _NUMPY, _TF_KERAS = (frozenset({each}) for each in ("time", "numpy", "tensorflow.keras"))

REMOVED_NAMES = (
    *_each("keras.layers", "merge Merge", instead=_FUNCTIONAL),
    *_renamed(
        "keras.layers",
        "CuDNNLSTM=LSTM CuDNNGRU=GRU Deconvolution2D=Conv2DTranspose Deconv2D=Conv2DTranspose "
        "Deconvolution3D=Conv3DTranspose",
    ),
    *_each(
        "keras.layers",
        "AtrousConvolution1D AtrousConvolution2D",
        instead="keras.layers.Conv2D(dilation_rate=...)",
    ),
    *_each("keras.layers", "TimeDistributedDense", instead="TimeDistributed(Dense(...))"),
    *_each("keras.layers", "LocallyConnected1D LocallyConnected2D AbstractRNNCell DenseFeatures"),
    *_each("keras.layers", "MaxoutDense Highway SReLU ParametricSoftplus Recurrent containers"),
    *_still_in_tensorflow("layers", "ThresholdedReLU", "a keras.layers.ReLU(threshold=...)"),
    *_still_in_tensorflow("layers", "RandomHeight RandomWidth", "keras.layers.RandomZoom"),
    Name("keras.layers.experimental.RandomFourierFeatures"),
    Name("keras.layers.experimental.EinsumDense", "keras.layers.EinsumDense", SAFE),
    Name(
        "keras.layers.experimental.SyncBatchNormalization",
        instead="keras.layers.BatchNormalization(synchronized=True)",
    ),
    *_renamed("keras.regularizers", "l1l2=l1_l2 activity_l1=l1 activity_l2=l2"),
    *_each("keras.regularizers", "activity_l1l2 WeightRegularizer ActivityRegularizer"),
    *_renamed("keras.constraints", "maxnorm=max_norm nonneg=non_neg unitnorm=unit_norm"),
    *_renamed("keras.initializers", "normal=random_normal uniform=random_uniform"),
    *_renamed(
        "keras.optimizers", "adam=Adam sgd=SGD rmsprop=RMSprop adagrad=Adagrad adadelta=Adadelta"
    ),
    *(
        Name(f"keras.optimizers.legacy.{name}", f"keras.optimizers.{name}", UNSAFE)
        for name in "Adadelta Adagrad Adam Adamax Ftrl Nadam RMSprop SGD".split()
    ),
    *_renamed(
        "keras.utils",
        "visualize_util.plot=plot_model visualize_util.model_to_dot=model_to_dot "
        "layer_utils.layer_from_config=deserialize_keras_object",
    ),
    *_each("keras.utils", "HDF5Matrix io_utils.HDF5Matrix", instead="h5py"),
    *_each(
        "keras.utils",
        "multi_gpu_model training_utils.multi_gpu_model multi_gpu_utils.multi_gpu_model",
        instead="tf.distribute.MirroredStrategy",
    ),
    *_each("keras.utils", "SequenceEnqueuer OrderedEnqueuer GeneratorEnqueuer"),
    *_each("keras.wrappers.scikit_learn", "KerasClassifier KerasRegressor", instead=_SKLEARN),
    Name("keras.wrappers.scikit_learn", instead=_SKLEARN),
    *_each("keras.models", "model_from_yaml", instead="keras.models.model_from_json"),
    *_each("keras.models", "Graph", instead="keras.Model"),
    *_each("keras.models", "model_from_config", instead="keras.models.clone_model"),
    *_each("keras.callbacks", "BaseLogger experimental"),
    *_each("keras", "dtensor estimator experimental"),
    *_each(
        "keras.mixed_precision", "experimental", instead="keras.mixed_precision.set_global_policy"
    ),
    *_each("keras.metrics", "precision recall fmeasure fbeta_score matthews_correlation"),
    *_each("keras.metrics", "MeanRelativeError MeanTensor"),
    # Each roof has one of the two names.
    *(
        Name(f"keras.{module}.{short}", f"keras.{module}.{long}", SAFE, homes=ALONE)
        for module in ("losses", "metrics")
        for long, shorts in _SHORT.items()
        for short in shorts.split()
    ),
    *(
        Name(
            f"keras.{module}.{long}",
            f"tensorflow.keras.{module}.{shorts.split()[0]}",
            SAFE,
            homes=_TF_KERAS,
        )
        for module in ("losses", "metrics")
        for long, shorts in _SHORT.items()
    ),
    Name("keras.losses.cosine_proximity", "keras.losses.cosine_similarity", SAFE, homes=BOTH),
    Name(
        "keras.losses.Reduction", instead="a string: reduction='sum_over_batch_size'", homes=ALONE
    ),
    *_still_in_tensorflow(
        "preprocessing.image",
        "ImageDataGenerator DirectoryIterator Iterator NumpyArrayIterator random_rotation "
        "random_shift random_shear random_zoom apply_affine_transform",
        _AUGMENTATION,
    ),
    *_still_in_tensorflow(
        "preprocessing.text",
        "Tokenizer one_hot hashing_trick text_to_word_sequence tokenizer_from_json",
        "keras.layers.TextVectorization",
    ),
    Name(
        "keras.preprocessing.text",
        "tensorflow.keras.preprocessing.text",
        UNSAFE,
        "keras.layers.TextVectorization",
        homes=ALONE,
    ),
    *_still_in_tensorflow(
        "preprocessing.sequence",
        "TimeseriesGenerator skipgrams make_sampling_table",
        "keras.utils.timeseries_dataset_from_array",
    ),
    # What else an old script meets where Keras 3 runs: a Python after 3.8, and a NumPy after 1.23.
    Name("time.clock", "time.perf_counter", SAFE, lacks="Python since 3.8", homes=_TIME),
    *(
        Name(f"numpy.{name}", name, SAFE, None, (1, 24), None, _NUMPY, "NumPy since 1.24")
        for name in "float int object str complex".split()
    ),
)
