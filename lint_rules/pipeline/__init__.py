"""Rules about datasets of tf.data."""
