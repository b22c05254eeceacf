"""Importers: files of shops and platforms, one module per format, into orders of the API."""
