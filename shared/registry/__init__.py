"""A service's own replica of stores, staff, keys and settings."""
