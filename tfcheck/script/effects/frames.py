"""Effects of frames."""
