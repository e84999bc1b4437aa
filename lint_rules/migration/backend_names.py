"""Functions of ``keras.backend`` that are gone.

``keras.ops`` has those that take the same arguments, with the same defaults, and give the same.
``tf.keras.backend`` has kept most of the others.
"""

from __future__ import annotations

from lint_rules.migration.rows import ALONE, SAFE, UNSAFE, Name

_SAME = (
    "abs all any binary_crossentropy cast categorical_crossentropy cos elu equal exp greater "
    "greater_equal less less_equal log max maximum mean min minimum not_equal ones_like prod "
    "reshape round sigmoid sign sin softmax softplus softsign square squeeze stack std "
    "stop_gradient sum tanh tile transpose var zeros_like clip"
).split()
_OTHERWISE = {"flatten": "ravel", "permute_dimensions": "transpose", "pow": "power"}
_KEPT = (
    "arange argmax argmin batch_dot batch_flatten batch_get_value batch_normalization "
    "batch_set_value bias_add concatenate constant conv1d conv2d conv2d_transpose conv3d "
    "count_params ctc_batch_cost ctc_decode cumprod cumsum depthwise_conv2d dot dropout dtype eval "
    "expand_dims eye foldl foldr gather get_value gradients hard_sigmoid in_top_k int_shape "
    "is_sparse l2_normalize map_fn moving_average_update name_scope ndim one_hot ones pool2d "
    "pool3d random_bernoulli random_normal random_normal_variable random_uniform "
    "random_uniform_variable relu repeat repeat_elements resize_images resize_volumes reverse rnn "
    "separable_conv2d set_value shape sparse_categorical_crossentropy spatial_2d_padding "
    "spatial_3d_padding sqrt switch temporal_padding to_dense truncated_normal update update_add "
    "update_sub variable zeros"
).split()
_GONE = {
    "get_session": "TensorFlow 2 has no sessions",
    "set_session": "TensorFlow 2 has no sessions: tf.config sets up devices",
    "learning_phase": "the argument training of call",
    "set_learning_phase": "model(x, training=...)",
    "in_train_phase": "the argument training of call",
    "in_test_phase": "the argument training of call",
    "function": "keras.Model(inputs, outputs)",
    "placeholder": "keras.Input",
    "image_dim_ordering": "keras.backend.image_data_format()",
    "set_image_dim_ordering": "keras.backend.set_image_data_format('channels_last')",
    "print_tensor": "tf.print",
    "manual_variable_initialization": None,
    "tensorflow_backend": "keras.backend",
    "random_binomial": "keras.random.binomial",
}

BACKEND_NAMES = (
    *(Name(f"keras.backend.{name}", f"keras.ops.{name}", SAFE, homes=ALONE) for name in _SAME),
    *(
        Name(f"keras.backend.{name}", f"keras.ops.{to}", SAFE, homes=ALONE)
        for name, to in _OTHERWISE.items()
    ),
    *(
        Name(
            f"keras.backend.{name}",
            f"tensorflow.keras.backend.{name}",
            UNSAFE,
            f"keras.ops, or tf.keras.backend.{name}",
            homes=ALONE,
        )
        for name in _KEPT
    ),
    *(Name(f"keras.backend.{name}", instead=instead) for name, instead in _GONE.items()),
)
