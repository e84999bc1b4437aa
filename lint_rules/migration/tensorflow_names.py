"""Names of TensorFlow 1 that TensorFlow 2 has no longer.

``tf.compat.v1`` has kept nearly all of them; but what belongs to graphs and sessions works only
there, and a script that builds them has to be rewritten, or to turn eager execution off.
"""

from __future__ import annotations

from lint_rules.migration.rows import SAFE, TENSORFLOW_2, Name

_HOME = frozenset({"tensorflow"})

# The same function or class under another name.
_MOVED = {
    "set_random_seed": "random.set_seed",
    "random.set_random_seed": "random.set_seed",
    "random_normal": "random.normal",
    "random_uniform": "random.uniform",
    "random_shuffle": "random.shuffle",
    "truncated_normal": "random.truncated_normal",
    "log": "math.log",
    "log1p": "math.log1p",
    "log_sigmoid": "math.log_sigmoid",
    "erf": "math.erf",
    "ceil": "math.ceil",
    "rsqrt": "math.rsqrt",
    "is_nan": "math.is_nan",
    "is_inf": "math.is_inf",
    "is_finite": "math.is_finite",
    "real": "math.real",
    "imag": "math.imag",
    "conj": "math.conj",
    "mod": "math.mod",
    "floormod": "math.floormod",
    "squared_difference": "math.squared_difference",
    "logical_xor": "math.logical_xor",
    "segment_sum": "math.segment_sum",
    "unsorted_segment_sum": "math.unsorted_segment_sum",
    "matrix_inverse": "linalg.inv",
    "matrix_determinant": "linalg.det",
    "matrix_transpose": "linalg.matrix_transpose",
    "matrix_band_part": "linalg.band_part",
    "cholesky": "linalg.cholesky",
    "diag": "linalg.tensor_diag",
    "trace": "linalg.trace",
    "read_file": "io.read_file",
    "write_file": "io.write_file",
    "matching_files": "io.matching_files",
    "FixedLenFeature": "io.FixedLenFeature",
    "VarLenFeature": "io.VarLenFeature",
    "FixedLenSequenceFeature": "io.FixedLenSequenceFeature",
    "python_io.TFRecordWriter": "io.TFRecordWriter",
    "lin_space": "linspace",
    "AUTO_REUSE": "compat.v1.AUTO_REUSE",
}

# What tf.compat.v1 has, and what works there with eager execution too.
_WORKS_IN_COMPAT = (
    "ConfigProto GPUOptions GraphDef Summary RunOptions logging gfile app flags "
    "reset_default_graph enable_eager_execution disable_eager_execution disable_v2_behavior "
    "enable_v2_behavior "
    "to_float to_double to_int32 to_int64 div py_func count_nonzero decode_raw parse_example "
    "parse_single_example string_split string_to_number sparse_to_dense sparse_tensor_to_dense "
    "multinomial random_crop reverse_v2 image.resize_images image.resize_bilinear "
    "image.resize_nearest_neighbor Print arg_max arg_min batch_gather"
).split()

_GRAPHS = (
    "Session InteractiveSession placeholder placeholder_with_default variable_scope get_variable "
    "get_variable_scope global_variables global_variables_initializer local_variables_initializer "
    "initialize_all_variables trainable_variables get_collection add_to_collection GraphKeys "
    "get_default_graph get_default_session assign assign_add layers train.Saver "
    "train.AdamOptimizer train.GradientDescentOptimizer train.MomentumOptimizer "
    "train.AdagradOptimizer train.RMSPropOptimizer train.FtrlOptimizer train.exponential_decay "
    "train.MonitoredSession train.get_or_create_global_step summary.FileWriter summary.merge_all "
    "nn.softmax_cross_entropy_with_logits_v2 nn.dynamic_rnn nn.static_rnn nn.rnn_cell "
    "truncated_normal_initializer losses.softmax_cross_entropy "
    "losses.sparse_softmax_cross_entropy TFRecordReader"
).split()

TENSORFLOW_NAMES = (
    *(
        Name(f"tensorflow.{name}", f"tensorflow.{to}", SAFE, since=TENSORFLOW_2, homes=_HOME)
        for name, to in _MOVED.items()
    ),
    *(
        Name(
            f"tensorflow.{name}",
            f"tensorflow.compat.v1.{name}",
            SAFE,
            since=TENSORFLOW_2,
            homes=_HOME,
        )
        for name in _WORKS_IN_COMPAT
    ),
    *(
        Name(
            f"tensorflow.{name}",
            instead=f"Keras and eager execution, or tf.compat.v1.{name} "
            "after tf.compat.v1.disable_eager_execution()",
            since=TENSORFLOW_2,
            homes=_HOME,
        )
        for name in _GRAPHS
    ),
    Name(
        "tensorflow.contrib",
        instead="tensorflow_addons, tf_slim or Keras",
        since=TENSORFLOW_2,
        homes=_HOME,
    ),
    Name(
        "tensorflow.examples.tutorials",
        instead="keras.datasets",
        since=TENSORFLOW_2,
        homes=_HOME,
    ),
    Name("tensorflow.estimator", instead="keras.Model", since=(2, 16), homes=_HOME),
)
