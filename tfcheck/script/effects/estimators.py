"""Effects of estimators."""
