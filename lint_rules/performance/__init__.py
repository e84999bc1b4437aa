"""Rules about memory, speed and precision."""
