"""Rows of this service; costs in minor units of the warehouse's currency."""
