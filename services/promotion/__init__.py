"""Owns what was spent to bring visitors, and the visits; campaigns, coupons, commissions."""
