"""The rules of an order: pure, no framework."""
