"""What later versions of Keras and TensorFlow took away, renamed or ignore."""
