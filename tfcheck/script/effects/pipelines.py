"""Effects of pipelines."""
