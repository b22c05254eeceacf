"""A package, so that its fleet ends when its last test has."""
