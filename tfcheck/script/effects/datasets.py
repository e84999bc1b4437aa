"""Effects of datasets."""
