"""HTTP routes of reporting."""
