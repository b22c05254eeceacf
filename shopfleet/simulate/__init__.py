"""Believable shop traffic, the same for the same seed."""
