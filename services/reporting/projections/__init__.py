"""Projections: events become sums, and sums become rows, once per batch."""
