"""Modules of Keras that are gone, and where their names went."""

from __future__ import annotations

from lint_rules.migration.rows import Module, words

LAYERS = words(
    "Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention Average "
    "AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D "
    "BatchNormalization Bidirectional CategoryEncoding CenterCrop Concatenate Conv1D "
    "Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D "
    "ConvLSTM3D Convolution1D Convolution2D Convolution2DTranspose Convolution3D Cropping1D "
    "Cropping2D Cropping3D Dense DepthwiseConv1D DepthwiseConv2D Discretization Dot Dropout ELU "
    "EinsumDense Embedding Flatten GRU GRUCell GaussianDropout GaussianNoise "
    "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalAvgPool1D "
    "GlobalAvgPool2D GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPooling1D GlobalMaxPooling2D "
    "GlobalMaxPooling3D HashedCrossing Hashing Input InputLayer InputSpec IntegerLookup LSTM "
    "LSTMCell Lambda Layer LayerNormalization LeakyReLU Masking MaxPool1D MaxPool2D MaxPool3D "
    "MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum MultiHeadAttention Multiply "
    "Normalization PReLU Permute RNN RandomBrightness RandomContrast RandomCrop RandomFlip "
    "RandomRotation RandomTranslation RandomZoom ReLU RepeatVector Rescaling Reshape Resizing "
    "SeparableConv1D SeparableConv2D SeparableConvolution1D SeparableConvolution2D SimpleRNN "
    "SimpleRNNCell Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D StackedRNNCells "
    "StringLookup Subtract TextVectorization TimeDistributed UnitNormalization UpSampling1D "
    "UpSampling2D UpSampling3D Wrapper ZeroPadding1D ZeroPadding2D ZeroPadding3D add average "
    "concatenate dot maximum minimum multiply subtract"
)
_UTILS = words(
    "CustomObjectScope PyDataset Sequence custom_object_scope deserialize_keras_object get_file "
    "get_custom_objects get_registered_name get_registered_object get_source_inputs model_to_dot "
    "normalize pad_sequences plot_model register_keras_serializable serialize_keras_object "
    "set_random_seed to_categorical Progbar"
)
_CALLBACKS = words(
    "BackupAndRestore CSVLogger Callback CallbackList EarlyStopping History LambdaCallback "
    "LearningRateScheduler ModelCheckpoint ProgbarLogger ReduceLROnPlateau RemoteMonitor "
    "TensorBoard TerminateOnNaN"
)
_OPTIMIZERS = words("Adadelta Adagrad Adam Adamax Ftrl Nadam Optimizer RMSprop SGD")

_INITIALIZERS = words(
    "Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity Initializer LecunNormal "
    "LecunUniform Ones Orthogonal RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros"
)
_MIXED = ("engine", "legacy")  # their names went to several modules

MOVED_MODULES = tuple(
    Module(f"keras.{name}", to, names, not name.startswith(_MIXED))
    for to, names, modules in (
        (
            "keras.layers",
            LAYERS,
            "layers.advanced_activations layers.attention layers.convolutional "
            "layers.convolutional_recurrent layers.core layers.embeddings "
            "layers.experimental.preprocessing layers.local layers.merge layers.merging "
            "layers.noise layers.normalization layers.normalization.batch_normalization "
            "layers.pooling layers.preprocessing layers.recurrent layers.regularization "
            "layers.reshaping layers.rnn layers.wrappers engine engine.topology "
            "engine.base_layer engine.input_layer engine.input_spec legacy.layers",
        ),
        (
            "keras.utils",
            _UTILS,
            "utils.np_utils utils.generic_utils utils.data_utils utils.vis_utils utils.layer_utils "
            "utils.all_utils np_utils",
        ),
        ("keras.callbacks", _CALLBACKS, "callbacks.callbacks callbacks.tensorboard_v1"),
        (
            "keras.optimizers",
            _OPTIMIZERS,
            "optimizers.experimental optimizers.adam_v2 optimizers.adadelta_v2 "
            "optimizers.adagrad_v2 optimizers.adamax_v2 optimizers.ftrl_v2 optimizers.nadam_v2 "
            "optimizers.rmsprop_v2 optimizers.gradient_descent_v2 optimizers.optimizer_v2",
        ),
        ("keras", words("Model Sequential Input"), "engine.training engine.sequential"),
        (
            "keras.losses",
            words(
                "binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy "
                "mean_squared_error mean_absolute_error mean_absolute_percentage_error "
                "mean_squared_logarithmic_error hinge squared_hinge categorical_hinge poisson"
            ),
            "objectives",
        ),
        (
            "keras.initializers",
            words("glorot_normal glorot_uniform he_normal he_uniform lecun_uniform orthogonal"),
            "initializations",
        ),
        (
            "keras.initializers",
            _INITIALIZERS,
            "initializers.initializers_v1 initializers.initializers_v2",
        ),
    )
    for name in modules.split()
)
