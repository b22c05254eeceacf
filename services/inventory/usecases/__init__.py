"""What this service does: each use case is one transaction, which its caller commits."""
