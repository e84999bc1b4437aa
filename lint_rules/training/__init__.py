"""Rules about training runs and callbacks."""
