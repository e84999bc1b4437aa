"""Running a script's own model on a sample of its own data, to put a finding on trial."""
