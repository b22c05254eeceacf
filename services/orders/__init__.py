"""Owns what customers bought, paid, got and sent back."""
