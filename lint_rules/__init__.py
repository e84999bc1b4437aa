"""The built-in rules: one file a rule, one folder a family, found by walking this package."""
