"""Corpora to a bundle: reading, vectors, arrays, the fit and its score."""
