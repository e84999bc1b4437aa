"""Rules about graphs of TensorFlow and gradient tapes."""
