"""Reads Keras training scripts and says, before any compute is spent, why they will not train."""

__version__ = "0.1.0"
