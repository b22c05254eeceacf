"""Owns conversations, agents' work, cases, reviews, callbacks and members."""
