"""HTTP bodies of this service."""
