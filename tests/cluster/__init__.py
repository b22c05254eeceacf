"""A package, so that its three nodes serve all its tests and stop after the last."""
