"""The event log: written with the rows, relayed in order, read exactly once."""
