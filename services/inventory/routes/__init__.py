"""The HTTP API of this service."""
