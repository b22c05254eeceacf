"""HTTP of directory: parse, call, answer."""
