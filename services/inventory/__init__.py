"""Owns SKUs, one truth of stock, reservations, purchasing and stocktakes."""
