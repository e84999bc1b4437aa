"""Effects of text."""
