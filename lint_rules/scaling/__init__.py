"""Rules about the scale of data."""
