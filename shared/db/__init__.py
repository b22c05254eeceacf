"""Engine, transaction and migrations."""
