"""Leakage and splits."""
