"""What reporting counts, over which periods, and how far it has come: pure rules."""
