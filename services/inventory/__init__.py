"""Inventory: SKUs, one truth of stock, reservations, purchasing, stocktakes."""
