"""The planner: the one way from a question to numbers."""
