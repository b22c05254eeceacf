"""The rules of stock: pure, no framework."""
