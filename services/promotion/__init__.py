"""Promotion: what was spent to bring visitors, the visits, campaigns, coupons, commissions."""
