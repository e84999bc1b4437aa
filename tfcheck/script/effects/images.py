"""Effects of images."""
