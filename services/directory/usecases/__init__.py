"""What directory does: one function, one transaction."""
