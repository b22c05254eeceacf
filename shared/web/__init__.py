"""HTTP plumbing: application, problems, idempotency, pages, callers."""
