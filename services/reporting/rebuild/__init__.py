"""Rebuild: all figures once more from the owners' logs, compared, then swapped for the first."""
