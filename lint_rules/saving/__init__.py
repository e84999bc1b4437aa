"""Rules about models that are saved and loaded again."""
