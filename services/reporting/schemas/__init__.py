"""What reporting takes and answers over HTTP."""
