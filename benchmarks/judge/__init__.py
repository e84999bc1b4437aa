"""Keras is the judge: what it holds at ``fit`` against what was read of the script."""
