"""Plumbing that every service needs; knows no service."""
