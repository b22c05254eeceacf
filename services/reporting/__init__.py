"""Reporting owns the figures of all stores, built only from what the other services state."""
