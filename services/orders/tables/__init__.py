"""Rows of this service; money in minor units of the order's currency."""
