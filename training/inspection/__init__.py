"""Corpora before a fit: statistics, leakage between splits, and the report of both; what a fit says of its inputs."""
