"""Directory: who we are and by which rules: stores, staff, roles, keys, settings."""
