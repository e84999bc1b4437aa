"""What runs beside the script, in the child process: here TensorFlow and NumPy are imported."""
