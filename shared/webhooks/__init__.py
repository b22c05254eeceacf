"""Webhooks out (Standard Webhooks 1.0): endpoints, their queue behind the log, sending, replay."""
